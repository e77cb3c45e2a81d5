"""`dawn-nar`: all frames at once (DAWN, arXiv 2410.13726) in ``rig61``.

Mechanism: pose and blink come from a variational transformer on the avatar's sound (PBNet); the rest of the motion comes from a
diffusion transformer with local attention, given sound, pose and blink, over the whole clip in one go: the number of network
calls does not depend on the length, and nothing drifts.

Ours: flow matching. PBNet has one latent per clip, for posture, and one per second, for blinks and small movement: a blink is as
likely at any time, and a latent of the whole clip would average it away.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, Moment, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.losses import gaussian_kl, motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS, LATENT = 64, 4, 2, 16
BEAT = 25  # frames per latent of small movement
REACH, STEPS, DIVERGENCE = 40, 10, 0.02  # frames of local attention either way
POSE_BLINK = (8, 9, 52, 53, 54, 55, 56, 57)


class DawnNetwork(DepartingNetwork):
    """PBNet and the flow of everything else."""

    liveliness = 2.0
    temperature = 0.25
    streams = ("avatar_audio",)

    def __init__(self) -> None:
        super().__init__()
        self.hear = nn.ModuleList(CausalConv(AUDIO, WIDTH, 9, causal=False) for _ in range(2))
        self.recognise = nn.GRU(len(POSE_BLINK), WIDTH, batch_first=True)
        self.parameters_of = nn.Linear(WIDTH, 2 * LATENT)
        self.use = nn.Linear(LATENT, WIDTH)
        self.recognise_beats = nn.Sequential(
            nn.Conv1d(len(POSE_BLINK), WIDTH, BEAT, BEAT), nn.GELU(), nn.Conv1d(WIDTH, 2 * LATENT, 1)
        )
        self.use_beats = nn.ConvTranspose1d(LATENT, WIDTH, BEAT, BEAT)
        self.pose_blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.pose_blink = nn.Linear(WIDTH, len(POSE_BLINK))
        self.enter = nn.Linear(MOTION + len(POSE_BLINK), WIDTH)
        self.moment = Moment(WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, condition=WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, MOTION)

    def recognised(self, posed: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, 1 + T / 25, latent) of the latents of true pose and blink (B, T, 8): the clip's, then the beats'."""
        beats = posed.reshape(len(posed), -1, BEAT, len(POSE_BLINK))
        small = (beats - beats.mean(2, keepdim=True)).flatten(1, 2)
        found = [self.parameters_of(self.recognise(posed)[1][0])[:, None], self.recognise_beats(small.mT).mT]
        mean, log_variance = torch.cat(found, dim=1).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8, 4)

    def posed(self, voice: Tensor, latents: Tensor) -> Tensor:
        """Pose and blink (B, T, 8) from the latents (B, 1 + beats, latent), with as many beats as cover the clip."""
        beats = self.use_beats(latents[:, 1:].mT).mT[:, : voice.shape[1]]
        rows = self.hear[0](voice) + self.use(latents[:, :1]) + beats
        for block in self.pose_blocks:
            rows = block(rows, self._bias(rows))
        moved: Tensor = self.pose_blink(rows)
        return moved

    def velocity(self, x: Tensor, times: Tensor, voice: Tensor, posed: Tensor) -> Tensor:
        """Velocity (B, T, 61)."""
        heard = self.hear[1](voice)
        rows = self.enter(torch.cat([x, posed], dim=-1)) + heard
        condition = heard + self.moment(times)
        for block in self.blocks:
            rows = block(rows, self._bias(rows), condition=condition)
        moved: Tensor = self.leave(rows)
        return moved

    def _bias(self, rows: Tensor) -> Tensor:
        return distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=False, width=REACH).to(rows.device)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction of pose and blink, their divergence, and the flow given the true ones."""
        posed = batch.target[..., POSE_BLINK]
        mean, log_variance = self.recognised(posed)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        return motion_loss(self.posed(batch.avatar_audio, latents), posed) | {
            "divergence": DIVERGENCE * gaussian_kl(mean, log_variance),
            "flow": flow_loss(lambda x, t: self.velocity(x, t, batch.avatar_audio, posed), batch.target),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Pose and blink, then all frames together; the drawn pose and blink stand in the result."""
        voice = batch.avatar_audio
        beats = -(-voice.shape[1] // BEAT)
        posed = self.posed(voice, noise((len(voice), 1 + beats, LATENT), rng, voice))
        start = noise((*voice.shape[:2], MOTION), rng, voice)
        motion = integrate(lambda x, t: self.velocity(x, t, voice, posed), start, STEPS)
        motion[..., POSE_BLINK] = posed
        return motion


class DawnNar(Learned):
    """The method."""

    name = "dawn-nar"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True)
    network = DawnNetwork
    recipe = Recipe(steps=400, batch=10, window=5 * BEAT, rate=2e-3)

"""`amuse`: content, emotion and style of a voice, each of which can be exchanged (AMUSE, arXiv 2312.04466) in ``rig61``.

Mechanism: speech is told apart into three latents: content over time, emotion and personal style of the whole; a classifier finds the
emotion in its latent, people are told apart by theirs, and the sound has to be rebuilt from all three. A diffusion in windows of
10 s makes motion from them, and a latent of another voice makes the same words felt, or said, in another way.

Ours: heads and not bodies; flow matching of motion and not of a latent of it; lips are told content alone, so that an exchange of
emotion cannot change what they say, and all else is told the lips and the other latents; content is normalised over time in a
window, which takes from it what stays the same; sound is rebuilt with the emotion and style of the other half of a window.
Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.diffusion_trunk import STEPS, Denoiser, Level
from echo_bench.methods.learned.diffusion_trunk import WIDTH as CONDITION
from echo_bench.methods.learned.emotion import KINDS, label_loss, of_window
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network, noise
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.methods.learned.windows import roll

LATENT, WINDOW = 16, 250
ALIKE = 5.0  # factor on the cosine of two styles
REST = [column for column in range(MOTION) if column not in LIPS]


class Whole(nn.Module):
    """One latent of a whole sound."""

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.leave = nn.Linear(WIDTH, LATENT)

    def forward(self, voice: Tensor) -> Tensor:
        """Latent (B, latent) of a sound (B, T, 52)."""
        latent: Tensor = self.leave(self.hear(voice).mean(dim=1))
        return latent


class AmuseNetwork(Network):
    """Three latents of speech, and the flows of lips and of all else."""

    def __init__(self) -> None:
        super().__init__()
        self.emotion, self.style = Whole(), Whole()
        self.say = nn.Sequential(*ear(), nn.Linear(WIDTH, AUDIO))
        self.tell = nn.Linear(LATENT, KINDS)
        self.rebuild = nn.Sequential(nn.Linear(AUDIO + 2 * LATENT, WIDTH), nn.GELU(), nn.Linear(WIDTH, AUDIO))
        self.use = nn.Linear(2 * LATENT, CONDITION)
        self.lips = Denoiser(Level(tuple(LIPS)))
        self.rest = Denoiser(Level(tuple(REST), told=tuple(LIPS)))

    def content(self, voice: Tensor) -> Tensor:
        """What is said in a window: (B, T, 52), each column with mean 0 and deviation 1 over time."""
        return F.layer_norm(self.say(voice).mT, voice.shape[1:2]).mT  # instance_norm refuses a window of one frame

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The latents of speech, and both flows under them."""
        voice, target = batch.avatar_audio, batch.target
        content, emotion, style = self.content(voice), self.emotion(voice), self.style(voice)
        condition, given = self.use(torch.cat([emotion, style], dim=-1))[:, None], target[:, :0]
        lips, rest = target[..., LIPS], target[..., REST]
        return self.speech(voice, batch.emotion) | {
            "lips": flow_loss(lambda x, t: self.lips(x, t, content, given, timed=True), lips),
            "rest": flow_loss(
                lambda x, t: self.rest(torch.cat([x, lips], -1), t, content, given, timed=True, style=condition), rest
            ),
        }

    def speech(self, voice: Tensor, labels: Tensor) -> dict[str, Tensor]:
        """What is learned of a sound (B, L, 52) with labels (B, L) alone.

        Its emotion; the sound itself, rebuilt with latents of the other half of the window; styles that are of one person in both.
        """
        middle = voice.shape[1] // 2
        halves = voice[:, :middle], voice[:, middle : 2 * middle]
        emotions, styles = [self.emotion(half) for half in halves], [self.style(half) for half in halves]
        rebuilt = torch.zeros((), device=voice.device)
        for half, felt, own in zip(halves, reversed(emotions), reversed(styles), strict=True):
            whole = torch.cat([felt, own], dim=-1)[:, None].expand(-1, middle, -1)
            rebuilt = rebuilt + F.mse_loss(self.rebuild(torch.cat([self.content(half), whole], dim=-1)), half)
        alike = F.normalize(styles[0], dim=-1) @ F.normalize(styles[1], dim=-1).T
        same = F.cross_entropy(ALIKE * alike, torch.arange(len(voice), device=voice.device))
        feeling = label_loss(self.tell(self.emotion(voice)), of_window(labels))
        return {"emotion": 0.1 * feeling, "sound": 0.5 * rebuilt, "style": 0.1 * same}

    def sample(
        self, batch: Batch, rng: torch.Generator, *, emotion: Tensor | None = None, style: Tensor | None = None
    ) -> Tensor:
        """In windows of 10 s; `emotion` and `style` (B, latent) are of other voices."""
        voice = batch.avatar_audio
        felt = self.emotion(voice) if emotion is None else emotion
        own = self.style(voice) if style is None else style
        condition = self.use(torch.cat([felt, own], dim=-1))[:, None]
        return roll(voice.shape[1], WINDOW, 0, lambda start, end, _: self._make(voice[:, start:end], condition, rng))

    def _make(self, voice: Tensor, condition: Tensor, rng: torch.Generator) -> Tensor:
        """Motion (B, L, 61) of one window: lips first."""
        content, motion = self.content(voice), voice.new_zeros(*voice.shape[:2], MOTION)
        starts, given = [noise((*voice.shape[:2], len(part)), rng, voice) for part in (LIPS, REST)], motion[:, :0]
        lips = integrate(lambda x, t: self.lips(x, t, content, given, timed=True), starts[0], STEPS)

        def velocity(x: Tensor, t: Tensor) -> Tensor:
            told = torch.cat([x, lips], dim=-1)
            return self.rest(told, t, content, given, timed=True, style=condition)  # type: ignore[no-any-return]

        motion[..., LIPS], motion[..., REST] = lips, integrate(velocity, starts[1], STEPS)
        return motion


class Amuse(Learned):
    """The method."""

    name = "amuse"
    capabilities = Capabilities(output="motion", stochastic=True)
    network = AmuseNetwork
    recipe = Recipe(steps=1000, batch=16, window=100, rate=2e-3)
    ships = False

"""`fantasytalking`: sound heard clip by clip for the face and frame by frame for the lips (FantasyTalking, arXiv 2504.04842) in ``rig61``.

Mechanism: a coarse branch attends to the sound of the whole clip, so that face, gaze and head move as the clip goes; a fine one sees no
sound but that of its own moment, and makes the lips alone. Two scalars, how much the face and how much the head is to move, are embedded
and modulate the coarse branch; the lips do not know them.

Ours: a regressor and no video diffusion; both branches are trained at once and not one after the other; intensity is deviation over time
of standardised motion in a window, and that which is usual in the train split is asked for when a benchmark generates. No identity
branch. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 96, 4, 2
HEARD, NEAR = 5, 2  # frames of a convolution of sound; frames to either side that lips attend to
HEAD = list(range(52, 58))
FACE = [k for k in range(MOTION) if k not in LIPS and k not in HEAD]
COARSE = FACE + HEAD


def intensities(motion: Tensor) -> Tensor:
    """How much the face without lips and the head move in a window: (B, 2) deviations of standardised motion (B, L, 61).

    Examples
    --------
    >>> intensities(torch.ones(1, 5, 61)).tolist()
    [[0.0, 0.0]]
    """
    spread = motion.std(dim=1, unbiased=False)
    return torch.stack([spread[:, FACE].mean(-1), spread[:, HEAD].mean(-1)], dim=-1)


class FantasyNetwork(Network):
    """The two branches."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hear, self.hear_near = (
            nn.Sequential(CausalConv(AUDIO, WIDTH, HEARD, causal=False), nn.GELU(), nn.Linear(WIDTH, WIDTH))
            for _ in range(2)
        )
        self.intensity = nn.Sequential(nn.Linear(2, WIDTH), nn.SiLU(), nn.Linear(WIDTH, WIDTH))
        self.start = nn.Parameter(torch.zeros(2, 1, 1, WIDTH))
        self.clip = nn.ModuleList(Block(WIDTH, HEADS, WIDTH, WIDTH) for _ in range(LAYERS))
        self.moment = Block(WIDTH, HEADS, WIDTH)
        self.leave = nn.Linear(WIDTH, len(COARSE))
        self.speak = nn.Linear(WIDTH, len(LIPS))
        self.register_buffer("usual", torch.ones(2))  # intensities of the train split

    def coarse(self, voice: Tensor, asked: Tensor) -> Tensor:
        """Face, gaze and head (B, T, columns of COARSE) of a clip under intensities (B, 2)."""
        size = voice.shape[1]
        rows, heard = self.start[0].expand(len(voice), size, -1), self.hear(voice)
        bias = distance_bias(HEADS, size, size, causal=False).to(voice.device)
        condition = self.intensity(asked)[:, None]
        for block in self.clip:
            rows = block(rows, bias, heard, bias, condition)
        moved: Tensor = self.leave(rows)
        return moved

    def fine(self, voice: Tensor) -> Tensor:
        """Lips (B, T, lips), each frame from the sound around it and nothing else."""
        size = voice.shape[1]
        rows = self.start[1].expand(len(voice), size, -1)  # alike in all frames: attention among them tells nothing
        bias = distance_bias(HEADS, size, size, causal=False, width=NEAR).to(voice.device)
        spoken: Tensor = self.speak(self.moment(rows, bias, self.hear_near(voice), bias))
        return spoken

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Each branch against its own columns; the coarse one is told how much these move."""
        found = intensities(batch.target)
        self.usual.lerp_(found.detach().mean(0), 0.02)
        coarse = motion_loss(self.coarse(batch.avatar_audio, found), batch.target[..., COARSE])
        fine = motion_loss(self.fine(batch.avatar_audio), batch.target[..., LIPS])
        return {f"clip-{name}": term for name, term in coarse.items()} | {f"lips-{k}": term for k, term in fine.items()}

    def sample(self, batch: Batch, rng: torch.Generator, *, face: float = 1.0, head: float = 1.0) -> Tensor:
        """There is no chance in it; `face` and `head` ask for more or less motion than usual."""
        voice = batch.avatar_audio
        asked = (self.usual * self.usual.new_tensor([face, head])).expand(len(voice), 2)
        motion = voice.new_zeros(*voice.shape[:2], MOTION)
        motion[..., COARSE] = self.coarse(voice, asked)
        motion[..., LIPS] = self.fine(voice)
        return motion


class FantasyTalking(Learned):
    """The method."""

    name = "fantasytalking"
    capabilities = Capabilities(output="motion")
    network = FantasyNetwork
    recipe = Recipe(steps=1000, batch=32, window=80, rate=2e-3)
    ships = False

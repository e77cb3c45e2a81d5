"""One diffusion trunk for talking heads: a `Design` says which columns are made, after which, and with what motion given.

A clip is made in chunks from the avatar's own voice. Each level is a flow (:mod:`~echo_bench.methods.learned.flow`) of some columns
with noise of its own; a later level may read the columns of earlier ones. Motion that is given stands before the chunk as clean
frames that are attended to, and its mean posture is added to every frame: either what was made right before, or a reference that lies
outside time.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.methods.learned.blocks import Block, CausalConv, Moment, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import Velocity, flow_loss, integrate
from echo_bench.methods.learned.network import Network, noise

WIDTH, HEADS, LAYERS, STEPS = 80, 4, 2, 10
Beside = Callable[[Tensor], Tensor]
"""What is added to what the rows of a block hear."""


@dataclass(frozen=True, slots=True)
class Level:
    """Columns that are made together, and columns of earlier levels that they are told."""

    columns: tuple[int, ...]
    told: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Design:
    """What one configuration does.

    Attributes
    ----------
    levels : tuple of Level
        Columns that no level makes stay at their mean.
    chunk : int
        Frames that are made at once.
    before : int
        Frames made right before a chunk that it is given.
    reference : int
        Frames of another stretch that every chunk is given, outside time.
    diagonal : int, optional
        Frames of sound to either side that a frame attends to; all when absent.
    withheld : float
        Share of training batches without sound, for guidance.
    louder : float
        Motion is scaled by up to this much more or less in training.
    smooth : float
        Weight of the losses of velocity and acceleration.
    """

    levels: tuple[Level, ...]
    chunk: int = 80
    before: int = 0
    reference: int = 0
    diagonal: int | None = None
    withheld: float = 0.0
    louder: float = 0.0
    smooth: float = 0.0


class Denoiser(nn.Module):
    """The velocity of the columns of one level."""

    def __init__(self, level: Level, diagonal: int | None = None) -> None:
        super().__init__()
        self.diagonal = diagonal
        self.hear = nn.Sequential(CausalConv(AUDIO, WIDTH, 9, causal=False), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.enter = nn.Linear(len(level.columns) + len(level.told), WIDTH)
        self.remember = nn.Linear(MOTION, WIDTH)
        self.resemble = nn.Linear(MOTION, WIDTH, bias=False)
        self.moment = Moment(WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, WIDTH, WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, len(level.columns))

    def sound_bias(self, frames: int) -> Tensor:
        """What is added to the attention of frames to sound, (heads, frames, frames)."""
        return distance_bias(HEADS, frames, frames, causal=False, width=self.diagonal)

    def forward(
        self, x: Tensor, times: Tensor, voice: Tensor, given: Tensor, *,
        timed: bool, style: Tensor | float = 0.0, beside: Sequence[Beside | None] = (None,) * LAYERS,
    ) -> Tensor:  # fmt: skip
        """Velocity (B, L, columns) at x (B, L, columns and told), under sound (B, L, 52) and given motion (B, G, 61).

        `timed`: what is given lies right before the chunk. `style` (B, 1 or G + L, width) is added to the condition,
        and what `beside` makes of the rows of a block to what they hear in it.
        """
        past, frames = given.shape[1], x.shape[1]
        heard = F.pad(self.hear(voice), (0, 0, past, 0))
        posture = given.sum(dim=1, keepdim=True) / max(1, past)
        rows = torch.cat([self.remember(given), self.enter(x) + self.resemble(posture)], dim=1)
        condition = self.moment(torch.cat([times.new_ones(len(times), past), times], dim=1)) + style
        seen = distance_bias(HEADS, past + frames, past + frames, causal=False).to(x.device)
        if not timed:
            seen[:, past:, :past] = 0.0
        sound = self.sound_bias(past + frames).to(x.device)
        for block, more in zip(self.blocks, beside, strict=True):
            rows = block(rows, seen, heard, sound, condition, more)
        moved: Tensor = self.leave(rows[:, past:])
        return moved


class DiffusionNetwork(Network):
    """The levels of a design."""

    design: ClassVar[Design]

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(Denoiser(level, self.design.diagonal) for level in self.design.levels)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching of each level, earlier levels and what is given taken from the truth."""
        design = self.design
        held = design.before + design.reference
        given, motion, voice = batch.target[:, :held], batch.target[:, held:], batch.avatar_audio[:, held:]
        given = given[:, : held * int(torch.rand(()) < 0.5)]
        voice = voice * (torch.rand(len(voice), 1, 1, device=voice.device) >= design.withheld)
        motion = motion * (1.0 + design.louder * (2.0 * torch.rand(len(motion), 1, 1, device=motion.device) - 1.0))
        terms = {}
        for number, level in enumerate(design.levels):
            rows, told = motion[..., level.columns], motion[..., level.told]

            def velocity(x: Tensor, t: Tensor, number: int = number, told: Tensor = told) -> Tensor:
                return self._velocity(number, x, t, told, voice, given)

            terms[f"flow-{number}"] = flow_loss(velocity, rows)
            if design.smooth:
                terms[f"smooth-{number}"] = design.smooth * _roughness(velocity, rows)
        return terms

    def _velocity(self, number: int, x: Tensor, times: Tensor, told: Tensor, voice: Tensor, given: Tensor) -> Tensor:
        denoise = self.levels[number]
        moved: Tensor = denoise(torch.cat([x, told], -1), times, voice, given, timed=self.design.before > 0)
        return moved

    def sample(
        self,
        batch: Batch,
        rng: torch.Generator,
        *,
        seeds: Sequence[int] | None = None,
        reference: Tensor | None = None,
        guidance: float = 1.0,
    ) -> Tensor:
        """Chunk by chunk; `seeds` sets the noise of each level, `reference` (B, G, 61) the motion that is given.

        With `guidance` above 1 the difference that the sound makes is exaggerated (classifier-free guidance, arXiv 2207.12598).
        """
        drawn = torch.randint(2**31, (len(self.levels),), generator=rng).tolist() if seeds is None else seeds
        chances = [torch.Generator().manual_seed(seed) for seed in drawn]
        motion = torch.zeros(*batch.avatar_audio.shape[:2], MOTION, device=batch.avatar_audio.device)
        for start in range(0, motion.shape[1], self.design.chunk):
            part = slice(start, start + self.design.chunk)
            given = motion[:, max(0, start - self.design.before) : start] if reference is None else reference
            self._make(motion[:, part], batch.avatar_audio[:, part], given, chances, guidance)
        return motion

    def _make(
        self, chunk: Tensor, voice: Tensor, given: Tensor, chances: Sequence[torch.Generator], guidance: float
    ) -> None:
        """Fill the columns of a chunk, level by level."""
        for number, (level, rng) in enumerate(zip(self.design.levels, chances, strict=True)):
            told = chunk[..., level.told]

            def velocity(x: Tensor, t: Tensor, number: int = number, told: Tensor = told) -> Tensor:
                free = self._velocity(number, x, t, told, torch.zeros_like(voice), given) if guidance != 1.0 else 0.0
                return free + guidance * (self._velocity(number, x, t, told, voice, given) - free)

            start = noise((*chunk.shape[:2], len(level.columns)), rng, chunk)
            chunk[..., level.columns] = integrate(velocity, start, STEPS)


def _roughness(velocity: Velocity, rows: Tensor) -> Tensor:
    """Error of the velocity of what a noisy chunk is taken for, and its acceleration."""
    times = torch.rand(len(rows), 1, device=rows.device).expand(rows.shape[:2])
    at = torch.lerp(torch.randn_like(rows), rows, times[..., None])
    made = at + (1.0 - times[..., None]) * velocity(at, times)
    return F.mse_loss(made.diff(dim=1), rows.diff(dim=1)) + 0.1 * made.diff(n=2, dim=1).pow(2).mean()

"""What is expected, and what departs from it: the part that all methods that draw their motion have in common.

Right reactions to one moment are much alike, and what a generative mechanism draws differs from them more than they differ from each
other. So a recurrent net tells the expected motion from the streams that the method is given, with the loss of a regression, and the
mechanism learns and draws what departs from it. At generation the departure is scaled by a temperature: the expected motion
carries what is right, and the temperature alone says by how much two reactions differ. The split into a predicted mean and a
generated residual is that of CorrDiff (arXiv 2309.15214); the residual is drawn here by whatever the method's mechanism is.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

import torch
from torch import Tensor, nn

from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.network import Network

WIDTH = 128
DROPPED = 0.2  # share of what enters and leaves that is dropped in training
WIDTHS = {"user_motion": MOTION, "user_audio": AUDIO, "avatar_audio": AUDIO}


class Expectation(nn.Module):
    """A recurrent net from streams to the expected motion; causal.

    Parameters
    ----------
    streams : sequence of str
        Fields of :class:`~echo_bench.methods.learned.corpus.Batch`.
    """

    def __init__(self, streams: Sequence[str]) -> None:
        super().__init__()
        self.streams = tuple(streams)
        entering = nn.Linear(sum(WIDTHS[name] for name in streams), WIDTH)
        self.enter = nn.Sequential(entering, nn.GELU(), nn.Dropout(DROPPED))
        self.follow = nn.GRU(WIDTH, WIDTH, batch_first=True)
        self.leave = nn.Sequential(nn.Dropout(DROPPED), nn.Linear(WIDTH, MOTION))

    def forward(self, batch: Batch) -> Tensor:
        """Standardised motion (B, T, 61)."""
        rows = self.enter(torch.cat([getattr(batch, name) for name in self.streams], dim=-1))
        told: Tensor = self.leave(self.follow(rows)[0])
        return told


class DepartingNetwork(Network):
    """Base of the networks whose mechanism makes what departs from the expected motion.

    `loss` and `sample` of a subclass are of the departure, in the units of standardised motion.
    """

    streams: ClassVar[tuple[str, ...]] = tuple(WIDTHS)
    """What the expectation is told from: no more than the mechanism is given."""
    temperature: ClassVar[float] = 1.0
    """Factor on what departs from the expected motion; chosen like `liveliness`, 1 means as it was learnt."""
    piece: ClassVar[int | None] = None
    """Frames of a training window that the mechanism learns from at once, where it makes motion in pieces; all when None."""

    def __init__(self) -> None:
        super().__init__()
        self.expectation = Expectation(self.streams)

    def terms(self, batch: Batch) -> dict[str, Tensor]:
        """The mechanism's loss of the departures, and that of the expectation, which the departures cannot move."""
        expected = self.expectation(batch)
        departing = replace(batch, target=batch.target - expected.detach())
        own = self.loss(departing if self.piece is None else pieces(departing, self.piece))
        told = self.regression(expected, batch.target)
        return own | {f"expected-{name}": value for name, value in told.items()}

    def made(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """What is expected, and the departure."""
        expected: Tensor = self.expectation(batch)
        return expected + self.temperature * self.sample(batch, rng)


def pieces(batch: Batch, frames: int) -> Batch:
    """Windows cut into consecutive ones of `frames` frames, which divides their length; each piece keeps its window's reference."""
    count = batch.target.shape[1] // frames
    cut = {
        name: getattr(batch, name).unflatten(1, (count, frames)).flatten(0, 1)
        for name in ("user_motion", "user_audio", "avatar_audio", "target", "emotion")
    }
    return Batch(**cut, reference=batch.reference.repeat_interleave(count, dim=0))

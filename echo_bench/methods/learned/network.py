"""What every learned network has: standardised inputs and outputs, a loss for training, a sample for generation.

A network sees standardised rows only: the statistics of the train split are buffers of its state, so a checkpoint is complete.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor, nn

from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import affect_loss, motion_loss

LEAST = 1e-3  # a column that moves less than this is held at its mean
AFFECT = 1.5  # weight of the loss of affect


class Scale(nn.Module):
    """Standardises the columns of one stream.

    Parameters
    ----------
    width : int
    """

    mean: Tensor
    std: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(width))
        self.register_buffer("std", torch.ones(width))

    def fit(self, rows: Sequence[np.ndarray[tuple[int, ...], np.dtype[np.float32]]]) -> None:
        """Take mean and deviation from all rows."""
        every = np.concatenate(rows).astype(np.float64)
        std = every.std(axis=0)
        self.mean.copy_(torch.from_numpy(every.mean(axis=0)))
        self.std.copy_(torch.from_numpy(np.where(std < LEAST, 0.0, std)))

    def forward(self, rows: Tensor) -> Tensor:
        """Standardised rows; still columns become 0."""
        return (rows - self.mean) / torch.where(self.std == 0, torch.inf, self.std)

    def undo(self, rows: Tensor) -> Tensor:
        """The original scale."""
        return rows * self.std + self.mean


class Network(nn.Module, ABC):
    """Base of all learned networks.

    A subclass implements :meth:`loss` and :meth:`sample`; both get standardised rows.
    """

    liveliness: ClassVar[float] = 1.0
    """Factor on what departs from the mean posture: what is expected of many right reactions moves less than each of them. Global
    variance compensation of statistical speech synthesis (Toda and Tokuda, IEICE Trans. E90-D, 2007), with one factor for all columns.
    Chosen per method on val and held-out train clips; it is no part of training, and 1 means as the network has it."""

    def __init__(self) -> None:
        super().__init__()
        self.motion = Scale(MOTION)
        self.audio = Scale(AUDIO)

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Take the statistics of the train split."""
        self.motion.fit([example.target for example in examples])
        self.audio.fit([example.inputs.avatar_audio for example in examples])

    def standardised(self, batch: Batch) -> Batch:
        """The batch as the network sees it."""
        return Batch(
            self.motion(batch.user_motion),
            self.audio(batch.user_audio),
            self.audio(batch.avatar_audio),
            self.motion(batch.reference),
            self.motion(batch.target),
            batch.emotion,
        )

    def terms(self, batch: Batch) -> dict[str, Tensor]:
        """All that training minimises the sum of, for a standardised batch."""
        return self.loss(batch)

    def regression(self, made: Tensor, target: Tensor) -> dict[str, Tensor]:
        """Loss of motion that is told and not drawn, (B, T, 61) standardised: squared errors, and the affect that it shows."""
        affect = affect_loss(self.motion.undo(made), self.motion.undo(target))
        return motion_loss(made, target) | {"affect": AFFECT * affect}

    @abstractmethod
    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Named terms of the training loss of a standardised batch; their sum is minimised."""

    @abstractmethod
    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Standardised motion (B, T, 61) for whole clips (`batch.target` holds no frame).

        All chance is drawn from `rng`, on the CPU, so that a seed means the same on every device.
        """

    def made(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Standardised motion (B, T, 61) of whole clips, with all that the trunk adds to the method's own mechanism."""
        return self.sample(batch, rng)

    @torch.inference_mode()
    def generate(self, batch: Batch, seed: int) -> Tensor:
        """Motion (B, T, 61) in ``rig61`` for raw inputs."""
        rng = torch.Generator().manual_seed(seed)
        return self.motion.undo(self.liveliness * self.made(self.standardised(batch), rng))


def noise(shape: Sequence[int], rng: torch.Generator, like: Tensor) -> Tensor:
    """Normal numbers drawn on the CPU, where `like` is."""
    return torch.randn(tuple(shape), generator=rng).to(like)

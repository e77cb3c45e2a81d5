"""videonet-eb: what happens in 16 frames and how good they look, in 64 numbers, for a distance of the FVD type.

Each frame is read beside its difference from the one before, then two layers look along time. Trained on the suite's own renderer to
tell the order of frames (as they were, shuffled, frozen, stuttering), how much moves, and what was done to the picture: order is learnt
as in Misra et al., "Shuffle and learn", ECCV 2016. A Fréchet distance on any features is no FVD: values compare only under this id.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.trunk import Reader, Trunk, centred

SIDE = 64
LENGTH = 16
FEATURES = 64
WIDTHS = (16, 32, 64)
PER_FRAME = 96
CHANGE = 4.0
"""Differences of frames are small beside frames, and count so much more."""


class VideoNetEB(nn.Module):
    """Features of stretches of 16 frames."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Reader(Trunk(6, 4, WIDTHS), WIDTHS[-1], (SIDE // 16) ** 2, PER_FRAME)
        self.early = nn.Conv1d(PER_FRAME, 96, 3, padding=1)
        self.late = nn.Conv1d(96, 96, 3, padding=1)
        self.describe = nn.Linear(2 * 96 + PER_FRAME, FEATURES)

    def forward(self, stretches: Tensor) -> Tensor:
        """``(N, 16, 64, 64, 3)`` RGB in 0..255 to ``(N, 64)``."""
        count = len(stretches)
        pictures = centred(stretches.flatten(0, 1)).view(count, LENGTH, 3, SIDE, SIDE)
        change = F.pad(CHANGE * pictures.diff(dim=1), (0, 0, 0, 0, 0, 0, 1, 0))
        frames = self.read(torch.cat([pictures, change], dim=2).flatten(0, 1)).view(count, LENGTH, PER_FRAME)
        frames = frames.transpose(1, 2)
        moving = F.relu(self.late(F.relu(self.early(frames))))
        pooled = torch.cat([moving.mean(dim=2), moving.amax(dim=2), frames.mean(dim=2)], dim=1)
        features: Tensor = self.describe(pooled)
        return features

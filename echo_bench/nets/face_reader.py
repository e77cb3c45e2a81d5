"""What the embedded nets of expression read a face with: the whole crop, and eyes and mouth once more in finer patches.

In a level crop (:func:`echo_bench.faces.level.face_region`) eyes and mouth are always in the same place.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.nets.trunk import WIDTHS, Reader, Trunk, centred

SIDE = 96
EYES, MOUTH = (slice(24, 44), slice(24, 72)), (slice(48, 84), slice(28, 68))
"""Rows and columns of the crop."""

FINE = (24, 48)
WHOLE_FEATURES, EYE_FEATURES, MOUTH_FEATURES = 160, 64, 96
FEATURES = WHOLE_FEATURES + EYE_FEATURES + MOUTH_FEATURES


class FaceReader(nn.Module):
    """A face as 320 numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.whole = Reader(Trunk(3), WIDTHS[-1], 6 * 6, WHOLE_FEATURES)
        self.eyes = Reader(Trunk(3, 2, FINE), FINE[-1], 5 * 12, EYE_FEATURES)
        self.mouth = Reader(Trunk(3, 2, FINE), FINE[-1], 9 * 10, MOUTH_FEATURES)

    def forward(self, faces: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` RGB in 0..255 to ``(N, 320)``, not negative."""
        face = centred(faces)
        eyes, mouth = (face[:, :, rows, columns] for rows, columns in (EYES, MOUTH))
        return torch.cat([self.whole(face), self.eyes(eyes), self.mouth(mouth)], dim=1)

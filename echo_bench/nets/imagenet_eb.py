"""imagenet-eb: what a frame shows and how good the picture is, in 64 numbers, for a distance of the FID type.

Trained on the suite's own renderer to tell motion, person and what was done to the picture (blur, noise, blocks of a codec), so the
distance between two sets of frames moves with all of them. A Fréchet distance on any features is no FID: values compare only under this id.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.trunk import Trunk, centred

SIDE = 96
FEATURES = 64
WIDTHS = (24, 48, 96)


class ImageNetEB(nn.Module):
    """Features of whole frames."""

    def __init__(self) -> None:
        super().__init__()
        self.trunk = Trunk(3, 4, WIDTHS)
        self.describe = nn.Linear(2 * WIDTHS[-1], FEATURES)

    def forward(self, frames: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` RGB in 0..255 to ``(N, 64)``."""
        seen = self.trunk(centred(frames))
        pooled = F.adaptive_avg_pool2d(seen, 1).flatten(1), F.adaptive_max_pool2d(seen, 1).flatten(1)
        return cast(Tensor, self.describe(torch.cat(pooled, dim=1)))

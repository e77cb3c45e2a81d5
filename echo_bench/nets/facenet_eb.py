"""facenet-eb: who a face of the suite's own renderer is.

Trained to name some hundred people; what it gives is the direction of the vector from which it names them, as in Wang et al., "CosFace",
CVPR 2018.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.trunk import WIDTHS, Reader, Trunk, centred

SIDE = 96
FEATURES = 64


class FaceNetEB(nn.Module):
    """Identity of a level crop (:func:`echo_bench.faces.level.face_region`)."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Reader(Trunk(3), WIDTHS[-1], (SIDE // 16) ** 2, 2 * FEATURES)
        self.embed = nn.Linear(2 * FEATURES, FEATURES)

    def forward(self, faces: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` uint8 RGB to directions ``(N, 64)`` of length 1."""
        return F.normalize(self.embed(self.read(centred(faces))), dim=1)

"""rignet: the ``rig61`` motion of a face from its pixels, for people of the suite's own renderer.

It sees a level crop, which knows neither where the face is in the frame nor how it is turned in it; where it was cut
(:func:`echo_bench.faces.level.place_of`) is added after the net, linearly.
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn

from echo_bench.nets.face_reader import FEATURES, FaceReader
from echo_bench.spaces import RIG61

PLACE = 4


class RigNet(nn.Module):
    """Motion from a crop, and from where it was cut."""

    def __init__(self) -> None:
        super().__init__()
        self.read = FaceReader()
        self.head = nn.Linear(FEATURES, RIG61.width)
        self.place = nn.Linear(PLACE, RIG61.width, bias=False)

    def forward(self, faces: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` RGB in 0..255 to ``(N, 61)``: motion but for what the place adds."""
        return cast(Tensor, self.head(self.read(faces)))

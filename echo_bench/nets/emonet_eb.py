"""emonet-eb: what a face of the suite's own renderer shows: eight words, valence and arousal."""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn

from echo_bench.nets.trunk import WIDTHS, Reader, Trunk, centred

SIDE = 96
FEATURES = 96
CLASSES = ("neutral", "happy", "surprise", "relief", "sad", "concern", "anger", "fear")


class EmoNetEB(nn.Module):
    """Expression of a level crop (:func:`echo_bench.faces.level.face_region`)."""

    def __init__(self) -> None:
        super().__init__()
        self.read = Reader(Trunk(3), WIDTHS[-1], (SIDE // 16) ** 2, FEATURES)
        self.words = nn.Linear(FEATURES, len(CLASSES))
        self.affect = nn.Linear(FEATURES, 2)

    def logits(self, faces: Tensor) -> tuple[Tensor, Tensor]:
        """``(N, 96, 96, 3)`` uint8 RGB to logits ``(N, 8)``, and to valence and arousal ``(N, 2)``, not yet clipped."""
        seen = self.read(centred(faces))
        return cast(Tensor, self.words(seen)), cast(Tensor, self.affect(seen))

    def forward(self, faces: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` uint8 RGB to ``(N, 10)``: probabilities in the order of :data:`CLASSES`, valence, arousal in [-1, 1]."""
        words, affect = self.logits(faces)
        return torch.cat([words.softmax(dim=1), affect.clamp(-1, 1)], dim=1)

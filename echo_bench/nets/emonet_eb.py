"""emonet-eb: what a face of the suite's own renderer shows: eight words, valence and arousal.

It reads a face as rignet does, with rignet's weights; only what it makes of that is its own.
"""

from __future__ import annotations

from typing import cast

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.face_reader import FEATURES, FaceReader

HIDDEN = 64
CLASSES = ("neutral", "happy", "surprise", "relief", "sad", "concern", "anger", "fear")


class EmoNetEB(nn.Module):
    """Expression of a level crop (:func:`echo_bench.faces.level.face_region`)."""

    def __init__(self) -> None:
        super().__init__()
        self.read = FaceReader()
        self.join = nn.Linear(FEATURES, HIDDEN)
        self.words = nn.Linear(HIDDEN, len(CLASSES))
        self.affect = nn.Linear(HIDDEN, 2)

    def judged(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Features ``(N, 320)`` of a face to logits ``(N, 8)``, and to valence and arousal ``(N, 2)``, not yet clipped."""
        joined = F.relu(self.join(seen))
        return cast(Tensor, self.words(joined)), cast(Tensor, self.affect(joined))

    def forward(self, faces: Tensor) -> Tensor:
        """``(N, 96, 96, 3)`` RGB in 0..255 to ``(N, 10)``: probabilities in the order of :data:`CLASSES`, valence, arousal in [-1, 1]."""
        words, affect = self.judged(self.read(faces))
        return torch.cat([words.softmax(dim=1), affect.clamp(-1, 1)], dim=1)

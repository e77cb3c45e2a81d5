"""Batches of faces, level and cut a little beside where they should be, and their labels."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from echo_bench.faces.level import cut_smoothly, face_region, place_of
from echo_bench.nets.face_reader import SIDE
from echo_bench.spaces import RIG61
from tools.specialists.corpus import SIZE, Corpus

Damage = Callable[[Tensor, torch.Generator], Tensor]
SHIFT, SCALE, TURN = 0.8, 0.04, 0.03
"""Standard deviations of how far landmarks are moved (pixels of a 128 px frame), scaled and turned (radians), all together."""


@dataclass(frozen=True, slots=True)
class Faces:
    """A batch.

    Attributes
    ----------
    pictures : Tensor (N, 96, 96, 3), float32
    places : Tensor (N, 4), float32
        See :func:`echo_bench.faces.level.place_of`.
    motion : Tensor (N, 61), float32
    rows : ndarray of shape (N,)
        Which frames of the corpus, flattened.
    """

    pictures: Tensor
    places: Tensor
    motion: Tensor
    rows: NDArray[np.int64]


class FaceSource:
    """Endless random faces of a corpus.

    Parameters
    ----------
    corpus : Corpus
    seed : int
    damage : callable, optional
        What happens to the pictures, which then are mirrored half of the time and cut a little beside; without it, faces are as they are.
    """

    def __init__(self, corpus: Corpus, seed: int, damage: Damage | None = None) -> None:
        self._frames = corpus.frames.reshape(-1, *corpus.frames.shape[2:])
        self._points = corpus.points.reshape(-1, *corpus.points.shape[2:])
        self._motion = corpus.motion.reshape(-1, RIG61.width)
        self._rng = np.random.default_rng(seed)
        self._torch = torch.Generator().manual_seed(seed)
        self._damage = damage
        found = np.isfinite(corpus.points).all(axis=(2, 3))
        self._length = found.shape[1]
        self._rows = np.flatnonzero(found)
        self._whole = np.flatnonzero(found.all(axis=1))

    def draw(self, count: int) -> Faces:
        """The next batch."""
        return self.at(self._rng.choice(self._rows, count))

    def together(self, count: int, each: int) -> Faces:
        """A batch with `each` frames of each stretch in it, side by side."""
        stretches = np.repeat(self._rng.choice(self._whole, count // each), each)
        return self.at(stretches * self._length + self._rng.integers(self._length, size=count))

    @torch.autocast("cpu", enabled=False)
    def at(self, rows: NDArray[np.int64]) -> Faces:
        """The faces of given frames."""
        points = [self._moved(self._points[row]) if self._damage else self._points[row] for row in rows]
        crops = [cut_smoothly(self._frames[row], face_region(p), SIDE) for row, p in zip(rows, points, strict=True)]
        pictures = torch.from_numpy(np.stack(crops)).float()
        places = np.stack([place_of(p, (SIZE, SIZE)) for p in points])
        motion = self._motion[rows]
        if self._damage:
            pictures = self._damage(pictures, self._torch)
            flip = self._rng.random(len(rows)) < 0.5
            turned = torch.from_numpy(flip)
            pictures[turned] = pictures[turned].flip(2)
            places = np.where(flip[:, None], places * np.array([-1, 1, 1, -1], np.float32), places)
            motion = np.where(flip[:, None], mirrored(motion), motion)
        return Faces(pictures, torch.from_numpy(places), torch.from_numpy(motion), rows)

    def _moved(self, points: NDArray[np.float32]) -> NDArray[np.float32]:
        angle, scale = TURN * self._rng.standard_normal(), 1 + SCALE * self._rng.standard_normal()
        turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        middle = points[:, :2].mean(axis=0)
        moved = scale * points
        moved[:, :2] = (points[:, :2] - middle) @ turn.T + middle + SHIFT * self._rng.standard_normal(2)
        return np.asarray(moved, np.float32)


def mirrored(motion: NDArray[np.float32]) -> NDArray[np.float32]:
    """The motion (N, 61) of the person in a mirror."""
    names = RIG61.columns
    swap = {"Left": "Right", "Right": "Left"}
    order = [
        names.index(next((name.replace(old, new) for old, new in swap.items() if name.endswith(old)), name))
        for name in names
    ]
    signs = [-1.0 if name in {"yaw", "roll", "x", "gazeYaw"} else 1.0 for name in names]
    return np.asarray(motion[:, order] * np.array(signs, np.float32))

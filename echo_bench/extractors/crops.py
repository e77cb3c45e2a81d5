"""Crops of the followed face, made once per frame however many nets ask for the same one.

Four nets of identity look at one alignment, the three embedded ones at one square. Sessions that are open on one video share its crops;
what was cut from the newest frame is all that is kept.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.faces.align import Alignment, aligned, cut, square

Cut = Callable[[NDArray[np.uint8], NDArray[np.float32]], NDArray[Any]]
"""From a frame and the landmarks (478, 3) of its face to what a net is fed; equal cuts give equal pixels."""


@dataclass(frozen=True, slots=True)
class Upright:
    """The upright square around the landmarks, as :func:`echo_bench.faces.align.square` without a margin.

    Attributes
    ----------
    side : int
        Of the crop, pixels.
    """

    side: int

    def __call__(self, frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The crop (side, side, 3), uint8."""
        return cut(frame, square(points, 0.0), self.side)


@dataclass(frozen=True, slots=True)
class Aligned:
    """The crop that puts points of the face on a template.

    Attributes
    ----------
    alignment : Alignment
    """

    alignment: Alignment

    def __call__(self, frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
        """The crop of the alignment's side, uint8."""
        return aligned(frame, points, self.alignment)


class Crops:
    """What was cut from the newest frame of one video."""

    def __init__(self) -> None:
        self._frame: NDArray[np.uint8] | None = None
        self._points = np.empty((0, 3), np.float32)
        self._made: dict[Cut, NDArray[Any]] = {}

    def of(self, cut: Cut, frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[Any]:
        """The cut of this frame; all nets are given the same array, which none may write to."""
        if frame is not self._frame or not np.array_equal(points, self._points):
            self._frame, self._points, self._made = frame, points, {}
        if cut not in self._made:
            self._made[cut] = cut(frame, points)
        return self._made[cut]


_OPEN: WeakValueDictionary[VideoRef, Crops] = WeakValueDictionary()


def crops_of(ref: VideoRef) -> Crops:
    """The crops of a video, the same for every session that is open on it."""
    crops = _OPEN.get(ref)
    if crops is None:
        crops = _OPEN[ref] = Crops()
    return crops

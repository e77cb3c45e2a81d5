"""Mouths on their way into a lip-sync net: windows of five, each with what stays the same around it."""

from __future__ import annotations

from collections import deque
from typing import Any

import numpy as np
from numpy.typing import NDArray

WINDOW = 5
REACH = 25
HALF = WINDOW // 2

Mouth = NDArray[Any]
Window = tuple[int, NDArray[np.float32]]
"""The frame that a window begins with; (6, side, side): five mouths, and the mean of those within a second of the middle one."""


class MouthRun:
    """Mouths of consecutive frames; holds 51 of them.

    Parameters
    ----------
    start : int
        The first one's frame.

    Examples
    --------
    >>> run = MouthRun()
    >>> waiting = [run.push(np.full((48, 48), k, np.uint8)) for k in range(7)]
    >>> [start for start, _ in run.finish()], sum(map(len, waiting))
    ([0, 1, 2], 0)
    """

    def __init__(self, start: int = 0) -> None:
        self._start = start
        self._mouths: deque[Mouth] = deque(maxlen=2 * REACH + 1)
        self._count = 0
        self._middle = HALF

    def push(self, mouth: Mouth) -> list[Window]:
        """Take the next mouth (side, side); give the windows whose mean is settled now."""
        self._mouths.append(mouth)
        self._count += 1
        return self._windows(self._count - REACH)

    def finish(self) -> list[Window]:
        """The windows that waited for more; their means end with the run."""
        return self._windows(self._count - HALF)

    def _windows(self, end: int) -> list[Window]:
        """Those whose middle lies before `end`."""
        ready = []
        while self._middle < end:
            ready.append((self._start + self._middle - HALF, self._window(self._middle)))
            self._middle += 1
        return ready

    def _window(self, middle: int) -> NDArray[np.float32]:
        first = self._count - len(self._mouths)
        near = np.stack(self._mouths)[max(middle - REACH - first, 0) : middle + REACH + 1 - first]
        at = middle - max(middle - REACH, first)
        still = near.mean(axis=0, dtype=np.float64)
        return np.concatenate([near[at - HALF : at + HALF + 1], still[None]]).astype(np.float32)

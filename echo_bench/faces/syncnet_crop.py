"""The crop that SyncNet was trained on: a smoothed square around the face that reaches to the chest, scaled to 224 px.

Constants and order of joonson/syncnet_python, run_pipeline.py `crop_video` (6efbb1c): centre and half side of the box, each through a
median of 13 frames (zeros beyond the ends of the track, as in scipy.signal.medfilt); from half a side above the centre to 1.8 below it
and 1.4 to either side; grey 110 outside the frame.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.iou_tracks import BoxTrack, Linker
from echo_bench.faces.resize import resize_bilinear

Frame = NDArray[np.uint8]

MEDIAN = 13
REACH = MEDIAN // 2
MARGIN = 0.40
OUTSIDE = 110
SIDE = 224


@dataclass(frozen=True, slots=True)
class Square:
    """Where a crop is taken: centre and half side, pixels of the frame."""

    x: float
    y: float
    half: float


@dataclass(frozen=True, slots=True)
class Crop:
    """A face cut out of a frame.

    Attributes
    ----------
    track : BoxTrack
    frame : int
    square : Square
    pixels : ndarray of shape (224, 224, 3), uint8
        RGB.
    """

    track: BoxTrack
    frame: int
    square: Square
    pixels: Frame


def smoothed(boxes: Sequence[NDArray[np.floating[Any]]], index: int) -> Square:
    """The square of one frame of a track.

    Parameters
    ----------
    boxes : sequence of ndarray of shape (4,)
        All of the track; those from ``index - 6`` to ``index + 6`` count.
    index : int

    Returns
    -------
    Square
        Near the ends of a track, where zeros enter the median, smaller than the face and nearer to the frame's corner; of a track
        of fewer than 7 frames, empty.

    Examples
    --------
    >>> smoothed([np.array([10.0, 20.0, 50.0, 80.0])] * 20, 10)
    Square(x=30.0, y=50.0, half=30.0)
    """
    near = np.asarray(boxes[max(index - REACH, 0) : index + REACH + 1], np.float64)
    size = (near[:, 2:] - near[:, :2]).max(axis=1) / 2
    values = np.zeros((MEDIAN, 3))
    values[: len(near)] = np.column_stack([(near[:, :2] + near[:, 2:]) / 2, size])
    x, y, half = np.median(values, axis=0)
    return Square(float(x), float(y), float(half))


def cut(frame: Frame, square: Square) -> Frame:
    """The crop of a frame.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8
    square : Square
        With a half side of at least 1 pixel, its centre inside the frame or near it.

    Returns
    -------
    ndarray of shape (224, 224, 3), uint8
    """
    half, reach = square.half, square.half * (1 + 2 * MARGIN)
    pad = int(reach)
    x, y = square.x + pad, square.y + pad  # truncation is in a frame that was padded all round
    rows = max(int(y - half), 0), min(int(y + reach), frame.shape[0] + 2 * pad)
    columns = max(int(x - half * (1 + MARGIN)), 0), min(int(x + half * (1 + MARGIN)), frame.shape[1] + 2 * pad)
    return resize_bilinear(_window(frame, [n - pad for n in rows], [n - pad for n in columns]), SIDE, SIDE)


def _window(frame: Frame, rows: Sequence[int], columns: Sequence[int]) -> Frame:
    """A stretch of rows and columns that may leave the frame."""
    (top, bottom), (left, right) = rows, columns
    window = np.full((bottom - top, right - left, 3), OUTSIDE, np.uint8)
    inner = frame[max(top, 0) : max(bottom, 0), max(left, 0) : max(right, 0)]
    y, x = max(-top, 0), max(-left, 0)
    window[y : y + inner.shape[0], x : x + inner.shape[1]] = inner
    return window


class Cropper:
    """Crops of every track of a video as it passes; what waits are the frames of one gap and of half a median, 32 at most.

    Parameters
    ----------
    linker : Linker
        Makes the tracks; :attr:`Linker.tracks` has them all at the end.
    """

    def __init__(self, linker: Linker) -> None:
        self._linker = linker
        self._waiting: dict[int, Frame] = {}
        self._next: dict[BoxTrack, int] = {}

    def push(self, frame: Frame, boxes: NDArray[np.floating[Any]]) -> list[Crop]:
        """Take the next frame and its boxes (N, 4); give the crops that are settled now, tracks in order of birth."""
        self._waiting[self._linker.frames] = frame
        self._linker.push(boxes)
        going = self._linker.open()
        for track in going:
            self._next.setdefault(track, 0)
        ready = [crop for track in list(self._next) for crop in self._settled(track, ended=track not in going)]
        first = min((track.start + done for track, done in self._next.items()), default=self._linker.frames)
        self._waiting = {k: waiting for k, waiting in self._waiting.items() if k >= first}
        return ready

    def finish(self) -> list[Crop]:
        """The crops that waited for the end of the video."""
        return [crop for track in list(self._next) for crop in self._settled(track, ended=True)]

    def _settled(self, track: BoxTrack, *, ended: bool) -> Iterator[Crop]:
        known = len(track.boxes)
        long_enough = known > REACH
        for index in range(self._next[track], known if ended and long_enough else known - REACH):
            square = smoothed(track.boxes, index)
            frame = track.start + index
            yield Crop(track, frame, square, cut(self._waiting[frame], square))
            self._next[track] = index + 1
        if ended:
            del self._next[track]

"""Face tracks by overlap, online: which box of a frame goes on which track, and boxes where a face was missed.

The rule of joonson/syncnet_python, run_pipeline.py `track_shot` (6efbb1c): a track takes the first free box that overlaps its last one by
more than a half, after at most 25 frames without one; what is left over starts new tracks. There each track is searched through
all frames in turn; going through the frames once with the tracks in order of birth gives the same tracks, and needs no clip in memory.
Boxes of missed frames lie on the line between their neighbours. There is no scene split: a cut ends a track by overlap, or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.boxes import iou

Box = NDArray[np.floating[Any]]

OVERLAP = 0.5
MAX_GAP = 25
"""Frames from one box of a track to the next, at most."""


@dataclass(slots=True, eq=False)
class BoxTrack:
    """One face through consecutive frames.

    Attributes
    ----------
    start : int
        Its first frame.
    boxes : list of ndarray of shape (4,)
        Left, top, right, bottom in pixels, one per frame from `start` on, gaps filled.
    """

    start: int
    boxes: list[NDArray[np.float64]] = field(default_factory=list)

    @property
    def last(self) -> int:
        """The frame of its last box."""
        return self.start + len(self.boxes) - 1

    def area(self) -> float:
        """Sum of its boxes' areas, square pixels: large and long-lived faces win."""
        return float(sum((box[2] - box[0]) * (box[3] - box[1]) for box in self.boxes))

    def add(self, frame: int, box: Box) -> None:
        """Go on with a box, and fill the frames since the last one."""
        if self.boxes:
            missed, last = frame - self.last, self.boxes[-1]
            self.boxes += [last + (box - last) * (k / missed) for k in range(1, missed)]
        self.boxes.append(np.asarray(box, np.float64))


class Linker:
    """All faces of a video as tracks.

    Attributes
    ----------
    tracks : list of BoxTrack
        In order of birth.
    frames : int
        How many were pushed.

    Examples
    --------
    >>> left, right = np.array([0, 0, 9, 9.0]), np.array([20, 0, 29, 9.0])
    >>> linker = Linker()
    >>> for t in range(4):
    ...     linker.push(np.array([left, right] if t % 2 else [right, left]))
    >>> [len(track.boxes) for track in linker.tracks]
    [4, 4]
    """

    def __init__(self) -> None:
        self.tracks: list[BoxTrack] = []
        self.frames = 0

    def push(self, boxes: NDArray[np.floating[Any]]) -> None:
        """Take the boxes (N, 4) of the next frame, best first."""
        free = list(range(len(boxes)))
        for track in self.open():
            if not free:
                break
            near = np.flatnonzero(iou(track.boxes[-1], boxes[free]) > OVERLAP)
            if len(near):
                track.add(self.frames, boxes[free.pop(int(near[0]))])
        for index in free:
            self._start(boxes[index])
        self.frames += 1

    def open(self) -> list[BoxTrack]:
        """The tracks that the next frame may go on with."""
        return [track for track in self.tracks if self.frames - track.last <= MAX_GAP]

    def _start(self, box: Box) -> None:
        track = BoxTrack(self.frames)
        track.add(self.frames, box)
        self.tracks.append(track)


class Follower(Linker):
    """The one face that somebody else follows: a jump to another place ends a track for good, so that tracks never overlap."""

    def push(self, boxes: NDArray[np.floating[Any]]) -> None:
        """Take the box (1, 4) of the next frame, or none (0, 4)."""
        for box in boxes:
            going = self.open()
            if going and iou(going[-1].boxes[-1], box[None])[0] > OVERLAP:
                going[-1].add(self.frames, box)
            else:
                self._start(box)
        self.frames += 1

    def open(self) -> list[BoxTrack]:
        """The newest track, while the next frame may go on with it."""
        return [track for track in self.tracks[-1:] if self.frames - track.last <= MAX_GAP]

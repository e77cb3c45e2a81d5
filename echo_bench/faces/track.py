"""Follow the faces of a clip: landmarks, blendshapes and head pose per frame.

Semantics of MediaPipe's Face Landmarker in VIDEO mode, without its smoothing: a face that was found is looked for around its last
landmarks; the detector runs only while fewer faces are followed than asked for; a face whose presence falls below 0.5 is lost
for that frame and detected anew from the next. Nothing looks ahead: frame `t` depends on frames up to `t` alone.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import MediaError
from echo_bench.faces.blendshapes import NAMES
from echo_bench.faces.nets import POINTS, FaceNets
from echo_bench.faces.pose import head_pose
from echo_bench.faces.roi import Frame, Points, Roi, around, overlap

MIN_PRESENCE = 0.5
KNOWN = 0.3
"""A detection that overlaps a followed region more than this is no new face: the two kinds of region differ in size."""

MERGED = 0.7
"""Two followed regions that overlap more than this are on one face; real neighbours, cheek to cheek, overlap less."""

MIN_SIDE = 32
EYE_LINE = (33, 263)
"""Outer corners of the person's right and left eye: the line that a region is levelled along."""

Choice = Literal["largest", "left", "right"]


@dataclass(frozen=True, slots=True)
class FaceTrack:
    """One face through a clip; rows that are not `valid` hold NaN.

    Attributes
    ----------
    landmarks : ndarray of shape (T, 478, 3), float32
        Pixels, x right, y down; z in the same scale, negative towards the camera. 468-472 and 473-477 are the irises.
    blendshapes : ndarray of shape (T, 52), float32
        In [0, 1], in the order of :data:`echo_bench.faces.blendshapes.NAMES` (``_neutral`` first).
    transform : ndarray of shape (T, 4, 4), float32
        Head pose: canonical face to camera, cm (:mod:`echo_bench.faces.pose`).
    score : ndarray of shape (T,), float32
        Presence in [0, 1]; 0 where there was no face to score.
    detected : ndarray of shape (T,), bool
        The face was found in this frame.
    valid : ndarray of shape (T,), bool
        The row may be used: found, or filled by :func:`echo_bench.faces.smooth.fill_gaps`.
    faces : ndarray of shape (T,), uint8
        Faces found in this frame, at most as many as the tracker was asked to follow.
    size : (int, int)
        Height and width of the frames.
    """

    landmarks: NDArray[np.float32]
    blendshapes: NDArray[np.float32]
    transform: NDArray[np.float32]
    score: NDArray[np.float32]
    detected: NDArray[np.bool_]
    valid: NDArray[np.bool_]
    faces: NDArray[np.uint8]
    size: tuple[int, int]


@dataclass(slots=True)
class _Slot:
    """One followed face: where it was last, and what was found so far."""

    roi: Roi | None = None
    active: bool = False
    velocity: tuple[float, float] = (0.0, 0.0)
    unrest: float = 0.0
    found: dict[int, tuple[Points, float]] = field(default_factory=dict)
    area: float = 0.0
    """Sum over frames of the box of the face, square pixels: large and long-lived faces win."""
    across: float = 0.0
    """Sum over frames of the face's x, pixels."""

    def keep(self, at: int, points: Points, presence: float) -> None:
        """Take what was found in frame `at`."""
        self.found[at] = (points, presence)
        self._count(points, 1)

    def drop(self, at: int) -> None:
        """Take it back."""
        self._count(self.found.pop(at)[0], -1)

    def _count(self, points: Points, sign: int) -> None:
        self.area += sign * float(np.prod(np.ptp(points[:, :2], axis=0)))
        self.across += sign * float(points[:, 0].mean())

    def move(self, roi: Roi, place: Roi) -> None:
        """Go on from `roi` to `place`; `unrest` is how far that is from going on as before, in regions."""
        velocity = (place.x - roi.x, place.y - roi.y)
        turn = np.hypot(velocity[0] - self.velocity[0], velocity[1] - self.velocity[1])
        self.unrest = float(turn + abs(place.width - roi.width)) / roi.width
        self.roi, self.velocity = place, velocity

    def place(self) -> float:
        """Mean x of the face, pixels."""
        return self.across / len(self.found)

    def distance(self, roi: Roi) -> float:
        """How far `roi` is from the last place, in regions; 1 for a slot that never held a face."""
        if self.roi is None:
            return 1.0
        return float(np.hypot(roi.x - self.roi.x, roi.y - self.roi.y)) / self.roi.width


class FaceTracker:
    """Track faces, frame by frame.

    Parameters
    ----------
    model : Path
        ``face_landmarker.task``, e.g. ``weight_path("tracker")``.
    faces : int, default 1
        How many faces are followed at most: 1 or 2. With 1 the clip's best detection is followed, and after a loss the next best.
    threads : int, default 1
        Threads per network. The bytes of a track are equal for equal frames and threads.

    Raises
    ------
    WeightsHashError
        When `model` is not a Face Landmarker bundle.

    Notes
    -----
    Two faces keep their identity by place: each is followed in its own region, and a face found after a loss continues the track
    that was last seen nearest to it. One that is found more than a region away from there starts the second track, if that is
    still free, so a cut to another place in the frame looks like another person. The numbers of a track are raw;
    :mod:`echo_bench.faces.smooth` filters and fills.
    """

    def __init__(self, model: Path, *, faces: int = 1, threads: int = 1) -> None:
        if faces not in (1, 2):
            raise ValueError(f"faces must be 1 or 2, not {faces}")
        self._nets = FaceNets(model, threads)
        self._wanted = faces
        self.reset()

    def reset(self) -> None:
        """Forget the clip; call between clips."""
        self._slots = [_Slot() for _ in range(self._wanted)]
        self._counts: list[int] = []
        self._size: tuple[int, int] | None = None

    def push(self, frame: Frame) -> None:
        """Track the next frame.

        Parameters
        ----------
        frame : ndarray of shape (height, width, 3), uint8
            RGB, both sides at least 32; one size through a clip.

        Raises
        ------
        MediaError
            On any other array, or when the size changes within the clip.
        """
        self._check(frame)
        frame = np.ascontiguousarray(frame)  # one compiled sampling loop serves every memory layout
        if not all(slot.active for slot in self._slots):
            self._find(frame)
        for slot in self._slots:
            if slot.active and slot.roi is not None:
                self._follow(slot, slot.roi, frame)
        self._part()
        self._counts.append(sum(slot.active for slot in self._slots))

    def present(self, choose: Choice = "largest") -> Points | None:
        """Landmarks (478, 3) in the newest frame of the face that :meth:`finish` would choose by what was seen so far.

        None where that face is not in the frame. With one face in the picture both agree; of two, the choice may change as
        one outgrows the other.
        """
        slot = self._choose(choose)
        found = slot.found.get(len(self._counts) - 1)
        return None if found is None else found[0]

    def finish(self, choose: Choice = "largest") -> FaceTrack:
        """The track of one face over all frames pushed since the start or the last reset.

        Parameters
        ----------
        choose : {"largest", "left", "right"}
            Which of two faces: the one with the largest box summed over its frames, or the left or right one in the image, among
            those found in at least half as many frames as the most frequent.

        Raises
        ------
        MediaError
            When no frame was pushed.
        """
        if self._size is None:
            raise MediaError("no frame was tracked", fix="is the video empty?")
        return self._assemble(self._choose(choose).found, self._size)

    def _choose(self, choose: Choice) -> _Slot:
        longest = max(len(slot.found) for slot in self._slots)
        rivals = [slot for slot in self._slots if slot.found and 2 * len(slot.found) >= longest]
        if choose == "largest" or not rivals:
            return max(self._slots, key=lambda slot: slot.area)
        return (min if choose == "left" else max)(rivals, key=_Slot.place)

    def _assemble(self, found: dict[int, tuple[Points, float]], size: tuple[int, int]) -> FaceTrack:
        frames = len(self._counts)
        landmarks = np.full((frames, POINTS, 3), np.nan, np.float32)
        blendshapes = np.full((frames, len(NAMES)), np.nan, np.float32)
        transform = np.full((frames, 4, 4), np.nan, np.float32)
        score = np.zeros(frames, np.float32)
        for at, (points, presence) in found.items():
            landmarks[at], score[at] = points, presence
            blendshapes[at] = self._nets.blendshapes(points)
            transform[at] = head_pose(points, size, self._nets.canonical)
        detected = score > 0
        counts = np.array(self._counts, np.uint8)
        return FaceTrack(landmarks, blendshapes, transform, score, detected, detected.copy(), counts, size)

    def _check(self, frame: Frame) -> None:
        if frame.dtype != np.uint8 or frame.ndim != 3 or frame.shape[2] != 3 or min(frame.shape[:2]) < MIN_SIDE:
            raise MediaError(
                f"a frame to track must be uint8 RGB of at least {MIN_SIDE} x {MIN_SIDE}, not {frame.dtype} {frame.shape}",
                where=f"frame {len(self._counts)}",
            )
        size = (frame.shape[0], frame.shape[1])
        if self._size not in (None, size):
            raise MediaError(
                f"the frame size changes from {self._size} to {size}",
                where=f"frame {len(self._counts)}",
                fix="scale the clip to one size, or reset the tracker between clips",
            )
        self._size = size

    def _find(self, frame: Frame) -> None:
        """Give detections that are not followed yet to the free slots, nearest first."""
        followed = [slot.roi for slot in self._slots if slot.active and slot.roi is not None]
        news = [roi for roi in self._nets.detect(frame) if all(overlap(roi, old) <= KNOWN for old in followed)]
        free = [slot for slot in self._slots if not slot.active]
        news = news[: len(free)]
        while news and free:
            slot, roi = min(((s, r) for s in free for r in news), key=lambda pair: pair[0].distance(pair[1]))
            slot.roi, slot.active, slot.velocity = roi, True, (0.0, 0.0)
            free.remove(slot)
            news.remove(roi)

    def _follow(self, slot: _Slot, roi: Roi, frame: Frame) -> None:
        landmarks, presence = self._nets.landmarks(frame, roi)
        slot.active = presence >= MIN_PRESENCE
        if slot.active:
            slot.keep(len(self._counts), landmarks, presence)
            slot.move(roi, around(landmarks, *EYE_LINE))

    def _part(self) -> None:
        """Lose a face that slid onto the other one: its region jumps and grows on the way, the other one's moves on evenly."""
        places = [slot.roi for slot in self._slots if slot.active and slot.roi is not None]
        if len(places) == 2 and overlap(*places) > MERGED:
            slid = max(self._slots, key=lambda slot: slot.unrest)
            slid.active = False
            slid.drop(len(self._counts))

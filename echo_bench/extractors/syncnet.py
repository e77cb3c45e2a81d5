"""SyncNet v2's embeddings of a person's mouth and of a person's sound (protocols ``syncnet-v2-memory`` and ``syncnet-v2``).

Rows count windows of 0.2 s, one per frame: row ``t`` of both sees frames ``t`` to ``t + 4``. The last full window is left out, as the
official code does (``lastframe = frames - 5``; its sound would lack a step). Rows hold NaN where no face was followed.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np
from echo_metrics.lipsync import WINDOW
from echo_metrics.mfcc import mfcc
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.extractors.speech import loudness
from echo_bench.faces.iou_tracks import BoxTrack, Follower
from echo_bench.faces.syncnet_crop import Crop, Cropper
from echo_bench.nets.device import policy
from echo_bench.weights.store import weight_file, weight_path

if TYPE_CHECKING:
    from echo_bench.nets.syncnet import SyncNet

BATCH = 16
FEATURES = 1024
COEFFICIENTS, STEPS = 13, 20
"""Sound that one row hears: MFCC coefficients, and steps of 10 ms."""

LAST = WINDOW
"""Frames of a clip after its last row's first frame: the official `lastframe`."""

PER_FRAME = 4
"""MFCC steps per frame at 25 fps."""

FULL_SCALE = 32768


class SyncNetLip:
    """Mouths of the followed face, cropped in the official geometry around the default tracker's box, straight from memory.

    Raises
    ------
    WeightsMissingError
        At construction, when the net's weights are not here.
    """

    name = "syncnet-lip"
    version = "1"

    def __init__(self) -> None:
        self.spec = InputSpec("face", batch=BATCH, policy=policy())
        self.weights = weight_file("syncnet-v2").sha256
        self._embed = later(open_lip)

    def begin(self, ref: VideoRef) -> LipSession:
        """Start a video."""
        return LipSession(self._embed, ref)


class LipSession:
    """One video on its way through crop and net; holds at most 32 frames and one batch."""

    def __init__(self, embed: Run, ref: VideoRef) -> None:
        self._ref = ref
        self._faces = Follower()
        self._cropper = Cropper(self._faces)
        self._rows = LipRows(embed)

    def push(self, *inputs: NDArray[np.generic]) -> None:
        """Take the next frame and the landmarks (478, 3) of its face, NaN where there is none."""
        frame, points = inputs[0].astype(np.uint8, copy=False), inputs[1][:, :2].astype(np.float64)
        found = np.isfinite(points).all()
        box = np.concatenate([points.min(axis=0), points.max(axis=0)])[None] if found else np.empty((0, 4))
        self._rows.add(self._cropper.push(frame, box))

    def finish(self) -> Arrays:
        """The arrays of :meth:`LipRows.finish`, over all tracks: they are one person's."""
        self._rows.add(self._cropper.finish())
        return self._rows.finish(self._faces.tracks, self._faces.frames, self._ref)


class LipRows:
    """Crops of tracks to rows of a clip.

    Parameters
    ----------
    embed : callable
        Takes (N, 224, 224, 15) uint8, five RGB frames; returns (N, 1024) float32.
    """

    def __init__(self, embed: Run) -> None:
        self._embed = embed
        self._recent: dict[BoxTrack, deque[Crop]] = {}
        self._batches: dict[BoxTrack, Batches] = {}
        self._squares: dict[BoxTrack, list[tuple[float, float, float]]] = {}

    def add(self, crops: Iterable[Crop]) -> None:
        """Take the next crops; those of a track come in order."""
        for crop in crops:
            track = crop.track
            recent = self._recent.setdefault(track, deque(maxlen=WINDOW))
            recent.append(crop)
            self._squares.setdefault(track, []).append((crop.square.x, crop.square.y, crop.square.half))
            if len(recent) == WINDOW:
                batches = self._batches.setdefault(track, Batches(self._embed, BATCH))
                batches.add(np.concatenate([seen.pixels for seen in recent], axis=2))

    def finish(self, tracks: Iterable[BoxTrack], frames: int, ref: VideoRef) -> Arrays:
        """``lip`` (frames - 5, 1024) float32, and ``crop`` (frames, 3) float32: centre x, y and half side of the crop, pixels.

        Raises
        ------
        NoFaceError
            When no row is left: a track of 7 frames is the shortest that is cropped.
        """
        lip = np.full((max(frames - LAST, 0), FEATURES), np.nan, np.float32)
        crop = np.full((frames, 3), np.nan, np.float32)
        for track in tracks:
            if track in self._batches:
                rows = self._batches[track].finish()[: max(len(lip) - track.start, 0)]
                lip[track.start : track.start + len(rows)] = rows
                squares = self._squares[track]
                crop[track.start : track.start + len(squares)] = squares
        if not np.isfinite(lip).any():
            raise NoFaceError(f"no face could be followed for 0.3 s in {frames} frames", where=ref.path.name)
        return {"lip": lip, "crop": crop}


class SyncNetAudio:
    """A person's sound, straight from memory.

    Raises
    ------
    WeightsMissingError
        At construction, when the net's weights are not here.
    """

    name = "syncnet-audio"
    version = "1"

    def __init__(self) -> None:
        self.spec = InputSpec("audio", batch=BATCH, policy=policy())
        self.weights = weight_file("syncnet-v2").sha256
        self._embed = later(_open_audio)

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """``audio`` (frames - 5, 1024) float32, and ``level`` (frames,) float32: root mean square of each frame's 40 ms, full scale 1."""
        samples = np.clip(np.rint(waveform * np.float32(FULL_SCALE)), -FULL_SCALE, FULL_SCALE - 1).astype(np.int16)
        hop = round(self.spec.rate / self.spec.fps)
        frames = len(samples) // hop
        batches = Batches(self._embed, BATCH)
        for window in sound_windows(samples, frames):
            batches.add(window)
        audio = batches.finish().reshape(-1, FEATURES)
        return {"audio": audio, "level": loudness(waveform, hop)}


def sound_windows(samples: NDArray[np.int16], frames: int) -> Iterable[NDArray[np.float32]]:
    """The MFCC (1, 13, 20) of the 0.2 s that begin with each of the first ``frames - 5`` frames."""
    if frames <= LAST:
        return
    steps = mfcc(samples).T.astype(np.float32)
    for start in range(0, PER_FRAME * (frames - LAST), PER_FRAME):
        yield steps[None, :COEFFICIENTS, start : start + STEPS]


def open_lip() -> Run:
    """The lip tower as a function of (N, 224, 224, 15) uint8: five RGB frames."""
    from echo_bench.nets.runs import on_device
    from echo_bench.nets.syncnet import lip_tower

    tower = lip_tower(_syncnet())
    # (N, H, W, 15) in memory, seen as (N, 15, H, W): channels_last without a copy
    return on_device(tower, lambda windows: tower(windows.permute(0, 3, 1, 2).float()))


def _open_audio() -> Run:
    """The audio tower as a function of (N, 1, 13, 20) float32."""
    from echo_bench.nets.runs import on_device
    from echo_bench.nets.syncnet import audio_tower

    tower = audio_tower(_syncnet())
    return on_device(tower, tower)


def _syncnet() -> SyncNet:
    from echo_bench.nets.loading import load_state
    from echo_bench.nets.syncnet import SyncNet

    net = SyncNet()
    net.load_state_dict(load_state(weight_path("syncnet-v2")), strict=True)
    return net.eval()

"""SyncNet's lip embeddings as the official scripts make them: S3FD, tracks by overlap, four lossy files (protocol ``syncnet-v2``).

Every generation of loss is repeated in memory: the video as MPEG-4 and as JPEGs before the detector, each crop as MPEG-4 and as JPEGs
before the net (joonson/syncnet_python 6efbb1c, run_pipeline.py and SyncNetInstance.py). Not repeated: the sound as MP3 on its way through
the first file, the scene split, and the refusal of tracks under 100 frames or 100 px, without which shorter clips have no score.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from functools import cache, partial
from statistics import median

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.extractors.syncnet import BATCH, LipRows, open_lip
from echo_bench.faces.iou_tracks import BoxTrack, Linker
from echo_bench.faces.syncnet_crop import SIDE, Crop, Cropper
from echo_bench.media.generations import Generations, Setting
from echo_bench.nets.device import policy
from echo_bench.weights.store import weight_file, weight_path

BEFORE = (Setting("mpeg4", quantiser=2), Setting("mjpeg", quantiser=2))
"""``ffmpeg -qscale:v 2`` to AVI, then to JPEGs."""

AFTER = (Setting("mpeg4", bit_rate=25 * SIDE * SIDE), Setting("mjpeg"))
"""OpenCV's XVID writer (one bit per pixel), then ``ffmpeg -f image2`` without a quality."""

Detect = Callable[[NDArray[np.uint8]], NDArray[np.float64]]
"""From a frame to its faces (N, 5): left, top, right, bottom, score."""


class SyncNetV2Lip:
    """Mouths of the wanted face, through everything the official scripts do to them.

    Raises
    ------
    WeightsMissingError
        At construction, when the weights of SyncNet or S3FD are not here.
    """

    name = "syncnet-v2-lip"
    version = "1"

    def __init__(self) -> None:
        self.spec = InputSpec("frames", batch=BATCH, policy=policy())
        self.weights = " ".join(weight_file(name).sha256 for name in ("syncnet-v2", "s3fd"))
        self._embed = later(open_lip)
        self._detect = cache(_open_detector)

    def begin(self, ref: VideoRef) -> OfficialSession:
        """Start a video; `ref.face` says which face is meant where there are two."""
        return OfficialSession(self._detect(), self._embed, ref)


class OfficialSession:
    """One video on its way through the official steps; holds at most 32 frames, and one batch per open track."""

    def __init__(self, detect: Detect, embed: Run, ref: VideoRef) -> None:
        self._detect = detect
        self._ref = ref
        self._faces = Linker()
        self._cropper = Cropper(self._faces)
        self._rows = LipRows(embed)
        self._before = Generations(BEFORE)
        self._after: dict[BoxTrack, Generations] = {}

    def push(self, *inputs: NDArray[np.uint8]) -> None:
        """Take the next frame."""
        frame = self._before(inputs[0])
        self._rows.add(self._worn(self._cropper.push(frame, self._detect(frame)[:, :4])))

    def finish(self) -> Arrays:
        """The arrays of :meth:`LipRows.finish`, of one track."""
        self._rows.add(self._worn(self._cropper.finish()))
        return self._rows.finish(chosen(self._faces.tracks, self._ref), self._faces.frames, self._ref)

    def _worn(self, crops: Iterable[Crop]) -> Iterable[Crop]:
        for crop in crops:
            wear = self._after.setdefault(crop.track, Generations(AFTER))
            yield replace(crop, pixels=wear(crop.pixels))


def chosen(tracks: list[BoxTrack], ref: VideoRef) -> list[BoxTrack]:
    """The track of the wanted face: the largest by area and time, or the left or right one of those at least half as long as the longest.

    Score and offset of a clip so come from one track; published tables average all of them, or take the best of each column.
    """
    if not tracks:
        return []
    longest = max(len(track.boxes) for track in tracks)
    rivals = [track for track in tracks if 2 * len(track.boxes) >= longest]
    if ref.face == "largest":
        return [max(tracks, key=BoxTrack.area)]
    return [(min if ref.face == "left" else max)(rivals, key=lambda t: median(box[0] + box[2] for box in t.boxes))]


def _open_detector() -> Detect:
    from echo_bench.nets.device import device
    from echo_bench.nets.loading import load_state
    from echo_bench.nets.s3fd import S3FD, find_faces

    net = S3FD()
    net.load_state_dict(load_state(weight_path("s3fd")), strict=True)
    return partial(find_faces, net.eval().to(device()))

"""Browser-playable videos of everybody in every clip, each stream once, each with a poster.

A file is named by what is in it: the hashes of its sources, the stretch, and how it is encoded. So equal streams share one file,
a second report reuses what the first wrote, and no name of a method or clip reaches the file system.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.image import imsave
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.datasets.base import Progress
from echo_bench.errors import EchoBenchError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.report.inputs import ReportClip, ReportInputs
from echo_bench.report.resize import fitted

Kind = Literal["user", "truth", "method"]
Seat = tuple[str, Kind, str]
"""Clip id, kind, and the method's name (empty for user and truth)."""

HEIGHT = 256
FPS = 25.0
RATE = 16000
CRF = 26
_RECIPE = {"height": HEIGHT, "fps": FPS, "rate": RATE, "crf": CRF, "version": 1}


@dataclass(frozen=True, slots=True)
class Tile:
    """What one seat of a clip can play.

    Attributes
    ----------
    video, poster : Path or None
        None where there is no video, or it cannot be used.
    sound : str
        Key of the sound heard in it, equal for equal sounds; empty without sound.
    reason : str
        What is missing or broken, for the reader; empty where all is well.
    motion_only : bool
        There is motion, but no video.
    """

    video: Path | None = None
    poster: Path | None = None
    sound: str = ""
    reason: str = ""
    motion_only: bool = False


@dataclass(frozen=True, slots=True)
class _Stream:
    """Video and sound of one seat."""

    video: VideoRef | None
    audio: AudioRef | None
    motion: bool


def write_media(inputs: ReportInputs, folder: Path, progress: Progress | None = None) -> dict[Seat, Tile]:
    """Write the videos of every clip into `folder`; those that exist are kept.

    Parameters
    ----------
    inputs : ReportInputs
    folder : Path
        Made if need be.
    progress : callable, optional
        Called with what is being done, done and total.

    Returns
    -------
    dict of Seat to Tile
        One tile for the user, the truth where there is one, and each method that has an artefact. A source that cannot be
        read gives a tile with the reason, and the rest goes on.
    """
    folder.mkdir(parents=True, exist_ok=True)
    seats = [(seat, clip, stream) for clip in inputs.clips for seat, stream in _seats(clip)]
    tiles: dict[Seat, Tile] = {}
    broken: dict[str, str] = {}
    for done, (seat, clip, stream) in enumerate(seats):
        tiles[seat] = _tile(stream, clip.duration, folder, broken)
        if progress is not None:
            progress("media", done + 1, len(seats))
    return tiles


def _seats(clip: ReportClip) -> Iterator[tuple[Seat, _Stream]]:
    yield (clip.id, "user", ""), _Stream(clip.user.video, clip.user.audio, "user" in clip.traces)
    if clip.truth is not None:
        yield (clip.id, "truth", ""), _Stream(clip.truth.video, clip.truth.audio, "truth" in clip.traces)
    for method, made in clip.artefacts.items():
        yield (clip.id, "method", method), _Stream(made.video, made.audio, method in clip.traces)


def _tile(stream: _Stream, duration: float, folder: Path, broken: dict[str, str]) -> Tile:
    if stream.video is None:
        return Tile(reason="motion only" if stream.motion else "no video", motion_only=stream.motion)
    key = _key(stream, duration)
    video, poster = folder / f"{key}.mp4", folder / f"{key}.jpg"
    if key not in broken and not (video.is_file() and poster.is_file()):
        try:
            sound = _sound(stream.audio, duration)
        except EchoBenchError as error:
            silent = _tile(replace(stream, audio=None), duration, folder, broken)
            return replace(silent, reason=silent.reason or f"without sound: {_without_folder(error)}")
        try:
            _encode(stream.video, sound, duration, video, poster)
        except EchoBenchError as error:
            broken[key] = f"cannot be shown: {_without_folder(error)}"
    if key in broken:
        return Tile(reason=broken[key])
    return Tile(video, poster, sound=_digest(_content(stream.audio)) if stream.audio else "")


def _sound(audio: AudioRef | None, duration: float) -> NDArray[np.float32] | None:
    return None if audio is None else waveform(audio, rate=RATE)[: round(duration * RATE)]


def _encode(source: VideoRef, sound: NDArray[np.float32] | None, duration: float, video: Path, poster: Path) -> None:
    """Write video and poster of a stream, not longer than the clip; the poster is the frame at its middle."""
    count = max(1, round(duration * FPS))
    kept: list[NDArray[np.uint8]] = []

    def small() -> Iterator[NDArray[np.uint8]]:
        for index, frame in enumerate(frames(source, fps=FPS, limit=count)):
            shown = fitted(frame, HEIGHT)
            if index in (0, count // 2):
                kept[:] = [shown]
            yield shown

    write_video(video, small(), fps=FPS, audio=sound, audio_rate=RATE, crf=CRF)
    draft = poster.with_name(f".{poster.name}.{os.getpid()}.tmp")
    imsave(draft, kept[0], format="jpg", pil_kwargs={"quality": 80})
    draft.replace(poster)


def _key(stream: _Stream, duration: float) -> str:
    return _digest({"video": _content(stream.video), "audio": _content(stream.audio), "duration": duration, **_RECIPE})


def _content(ref: VideoRef | AudioRef | None) -> Mapping[str, object] | None:
    """What a reference stands for, wherever the file lies."""
    if ref is None:
        return None
    return {field.name: repr(getattr(ref, field.name)) for field in fields(ref) if field.name != "path"}


def _digest(content: object) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:20]


def _without_folder(error: EchoBenchError) -> str:
    """The message with the file's name only: a page is handed on, the folders of the machine that made it are not."""
    where = Path(str(error.where)).name if error.where is not None else ""
    return f"{where}: {error.what}" if where else error.what

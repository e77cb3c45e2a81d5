"""Videos: files as they are, with the sound beside them; folders of frames; MoChaBench's tree."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, ImageRef, VideoRef
from echo_bench.importers.errors import FormatError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frame_count, still
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe

RATE = 16000
SLACK = 0.2
"""Seconds by which sound and picture may differ in length."""
NUMBER = re.compile(r"(\d+)\.png", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class VideoLayout:
    """One way in which a system lays out its videos.

    Attributes
    ----------
    columns : str
        What lies where, in words.
    suffix : str
        Of one clip; empty where it is a folder.
    write : callable
        (clip, stem to write to, frame rate or None) -> files written, the video first.
    find : callable, optional
        Root -> clips, for trees whose names have to be put together.
    """

    columns: str
    suffix: str
    write: Callable[[Path, Path, float | None], list[Path]]
    find: Callable[[Path], Mapping[str, Path]] | None = None


@dataclass(frozen=True, slots=True)
class VideoFormat:
    """A way in which systems deliver pictures.

    Attributes
    ----------
    name, title, source : str
    layouts : mapping of str to VideoLayout
    """

    name: str
    title: str
    source: str
    layouts: Mapping[str, VideoLayout]


def copy_video(clip: Path, stem: Path, fps: float | None) -> list[Path]:
    """The file as it is; it is opened first, so that what is no video is refused here.

    Raises
    ------
    FormatError, MediaError
        When it is no video, or has another frame rate than `fps`.
    """
    info = probe(clip)
    if not info.width:
        raise FormatError("has no video stream", where=clip)
    if fps is not None and info.fps and abs(info.fps - fps) > 0.01:
        raise FormatError(f"has {info.fps:g} frames per second, not {fps:g}", where=clip)
    frame_count(VideoRef(clip, ""))
    return [_copied(clip, stem)]


def copy_with_wav(clip: Path, stem: Path, fps: float | None) -> list[Path]:
    """The file and the wav of its name beside it, which have to be of one length.

    Raises
    ------
    FormatError, MediaError
    """
    sound = clip.with_suffix(".wav")
    if not sound.is_file():
        raise FormatError(f"has no {sound.name} beside it", where=clip, fix="name the layout `file`")
    _check_length(probe(clip).duration, sound)
    return [*copy_video(clip, stem, fps), _copied(sound, stem)]


def write_frames(clip: Path, stem: Path, fps: float | None) -> list[Path]:
    """A folder of numbered png as a video without loss but that of colour conversion.

    Raises
    ------
    FormatError, MediaError
        When frames are missing or of several sizes, or no frame rate is given.
    """
    return [_frames_to(clip, stem, fps, None)]


def write_frames_and_wav(clip: Path, stem: Path, fps: float | None) -> list[Path]:
    """A folder of numbered png and the wav of its name beside it.

    Raises
    ------
    FormatError, MediaError
    """
    sound = clip.with_name(f"{clip.name}.wav")
    if not sound.is_file():
        raise FormatError(f"has no {sound.name} beside it", where=clip, fix="name the layout `frames`")
    samples = waveform(AudioRef(sound, file_sha256(sound)), rate=RATE)
    if fps is not None:
        _check_length(len(_numbered(clip)) / fps, sound)
    return [_frames_to(clip, stem, fps, samples)]


def mocha_clips(root: Path) -> dict[str, Path]:
    """The videos ``<subtask>/<name>.mp4`` of MoChaBench as clips ``<subtask>--<name>``, each with its sound and its speech.

    Raises
    ------
    FormatError
        When there is none, or sounds are missing.
    """
    videos = {f"{path.parent.name}--{path.stem}": path for path in sorted(root.glob("*/*.mp4"))}
    if not videos:
        raise FormatError("holds no <subtask>/<name>.mp4", where=root, fix="give the folder of the subtasks")
    beside = [path.with_name(path.stem + end) for path in videos.values() for end in (".wav", "_speech.wav")]
    if missing := [path.relative_to(root).as_posix() for path in beside if not path.is_file()]:
        more = f" and {len(missing) - 3} more" if len(missing) > 3 else ""
        raise FormatError(f"lacks {', '.join(missing[:3])}{more}", where=root)
    return videos


def _check_length(seconds: float, sound: Path) -> None:
    heard = len(waveform(AudioRef(sound, file_sha256(sound)), rate=RATE)) / RATE
    if abs(heard - seconds) > SLACK:
        raise FormatError(f"lasts {heard:.2f} s and its pictures {seconds:.2f} s", where=sound)


def _copied(source: Path, stem: Path) -> Path:
    target = stem.with_name(stem.name + source.suffix.lower())
    shutil.copyfile(source, target)
    return target


def _frames_to(clip: Path, stem: Path, fps: float | None, sound: NDArray[np.float32] | None) -> Path:
    if fps is None:
        raise FormatError("is a folder of pictures, which have no frame rate", where=clip, fix="give it with --fps")
    return write_video(stem.with_name(stem.name + ".mp4"), _pictures(_numbered(clip)), fps=fps, audio=sound, crf=0)


def _pictures(files: list[Path]) -> Iterator[NDArray[np.uint8]]:
    for file in files:
        yield still(ImageRef(file, ""))


def _numbered(clip: Path) -> list[Path]:
    if not clip.is_dir():
        raise FormatError("is no folder of numbered png", where=clip)
    found = {int(match[1]): path for path in clip.iterdir() if (match := NUMBER.search(path.name))}
    if not found or sum(bool(NUMBER.search(path.name)) for path in clip.iterdir()) != len(found):
        raise FormatError("holds no png whose names end in a number, or a number twice", where=clip)
    first, last = min(found), max(found)
    if len(found) != last - first + 1:
        raise FormatError(f"lacks picture {next(n for n in range(first, last) if n not in found)}", where=clip)
    return [found[n] for n in sorted(found)]


VIDEO = VideoFormat(
    name="video",
    title="Videos (every system that writes pictures)",
    source="outputs of SyncTalk, Sonic, EDTalk, Ditto and others: mp4, mp4 with wav, folders of png",
    layouts={
        "file": VideoLayout("mp4 or another container", ".mp4", copy_video),
        "file-wav": VideoLayout("mp4 and a wav of the same name", ".mp4", copy_with_wav),
        "frames": VideoLayout("folder of numbered png", "", write_frames),
        "frames-wav": VideoLayout("folder of numbered png, and a wav of the folder's name", "", write_frames_and_wav),
    },
)
MOCHABENCH = VideoFormat(
    name="mochabench",
    title="MoChaBench's tree (MoCha)",
    source="congwei1230/MoChaBench README",
    layouts={
        "benchmark": VideoLayout(
            "`<subtask>/<name>.mp4`, `<name>.wav`, `<name>_speech.wav`", ".mp4", copy_with_wav, mocha_clips
        )
    },
)

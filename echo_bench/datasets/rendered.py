"""Video that is drawn from motion on first use and kept in the cache."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, MotionRef, VideoRef
from echo_bench.datasets.base import Progress
from echo_bench.media.audio import waveform
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import load_motion
from echo_bench.simulator.identity import identity
from echo_bench.simulator.render import render


@dataclass(frozen=True, slots=True)
class Drawing:
    """One person of one clip, to be drawn.

    Attributes
    ----------
    name : str
        Stem of the file.
    motion : MotionRef
        ``rig61``.
    audio : AudioRef
        The person's own voice, laid under the picture for whoever watches it; metrics read the sound from the clip's audio.
    face : int
        Seed of the looks.
    size : int
        Pixels.
    folder : Path
        Where the video is kept.
    """

    name: str
    motion: MotionRef
    audio: AudioRef
    face: int
    size: int
    folder: Path

    @property
    def path(self) -> Path:
        """The file; its name carries a hash of all it is drawn from, the renderer included, so a stale one is never taken."""
        parts = (self.motion.sha256, self.audio.sha256, str(self.face), str(self.size), renderer_sha256())
        key = hashlib.sha256("/".join(parts).encode()).hexdigest()[:16]
        return self.folder / f"{self.name}.{self.size}.{key}.mp4"

    def video(self) -> VideoRef:
        """The drawn video."""
        return VideoRef(self.path, file_sha256(self.path))


@cache
def renderer_sha256() -> str:
    """Hash of all code and assets of the simulator: what decides about pixels, and a little more."""
    folder = Path(str(files("echo_bench.simulator")))
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("*.py"), *(folder / "assets").glob("*")]):
        digest.update(path.name.encode() + b"\0" + file_sha256(path).encode())
    return digest.hexdigest()


def draw_all(what: str, drawings: list[Drawing], progress: Progress) -> None:
    """Draw what is not there yet. Each video appears whole or not at all, so an interrupted call can be repeated.

    Parameters
    ----------
    what : str
        For the progress callback, which counts frames.
    drawings : list of Drawing
    progress : callable
    """
    missing = [drawing for drawing in drawings if not drawing.path.is_file()]
    motions = [load_motion(drawing.motion)[0] for drawing in missing]
    total, done = sum(map(len, motions)), 0
    for drawing, motion in zip(missing, motions, strict=True):
        frames = _counted(render(motion, identity(drawing.face), drawing.size), what, done, total, progress)
        drawing.folder.mkdir(parents=True, exist_ok=True)
        write_video(drawing.path, frames, audio=waveform(drawing.audio))
        done += len(motion)


def _counted(
    frames: Iterator[NDArray[np.uint8]], what: str, done: int, total: int, progress: Progress
) -> Iterator[NDArray[np.uint8]]:
    for number, frame in enumerate(frames, done + 1):
        yield frame
        progress(what, number, total)

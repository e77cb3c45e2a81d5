"""Video that is drawn from motion on first use and kept in the cache, each with a record of what was drawn."""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, ValidationError

from echo_bench.clip import AudioRef, MotionRef, VideoRef
from echo_bench.datasets.base import Progress
from echo_bench.media.audio import waveform
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import load_motion
from echo_bench.processes import worked
from echo_bench.simulator.identity import identity
from echo_bench.simulator.render import render

SIMULATOR = "echo_bench.simulator"
ENTRANCES = ("render", "identity")  # what a drawing calls; all that these import decides about pixels


class Record(BaseModel):
    """What is known of a drawn video; lies beside it.

    Attributes
    ----------
    video : str
        sha256 of the file.
    pixels : str
        sha256 of all frames before they were encoded.
    libraries : mapping of str to str
        Versions that decide about pixels: equal versions give equal pixels on one processor, and on another equal ones but
        for rounding.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    video: str
    pixels: str
    libraries: dict[str, str]


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

    def record(self) -> Record | None:
        """The record of the video, where there is one."""
        return record_of(self.path)

    def intact(self) -> bool:
        """Whether the video is there and is what was drawn."""
        record = self.record()
        return record is not None and self.path.is_file() and file_sha256(self.path) == record.video

    def video(self) -> VideoRef:
        """The drawn video."""
        return VideoRef(self.path, file_sha256(self.path))


def record_of(video: Path) -> Record | None:
    """The record that lies beside a drawn video; None where there is none, or a torn one."""
    try:
        return Record.model_validate_json(video.with_suffix(".json").read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def libraries() -> dict[str, str]:
    """The versions that decide about pixels."""
    return {name: version(name) for name in ("numba", "numpy")}


@cache
def renderer_sha256() -> str:
    """Hash of the code and assets that decide about pixels."""
    folder = Path(str(files(SIMULATOR)))
    digest = hashlib.sha256()
    for path in sorted([*(folder / f"{name}.py" for name in _drawing_modules()), *(folder / "assets").glob("*")]):
        digest.update(path.name.encode() + b"\0" + file_sha256(path).encode())
    return digest.hexdigest()


def _drawing_modules() -> set[str]:
    """The simulator's modules that drawing imports, wherever in them: behaviour may change without a new picture."""
    found: set[str] = set()
    waiting = list(ENTRANCES)
    while waiting:
        name = waiting.pop()
        found.add(name)
        tree = ast.parse(Path(str(files(SIMULATOR) / f"{name}.py")).read_text("utf-8"))
        modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
        used = {module.rpartition(".")[2] for module in modules if module.startswith(f"{SIMULATOR}.")}
        waiting += used - found
    return found


def draw_all(what: str, drawings: Sequence[Drawing], progress: Progress, workers: int = 1) -> None:
    """Draw what is not there yet or is damaged. Each video appears whole or not at all, so a killed call can be repeated.

    Parameters
    ----------
    what : str
        For the progress callback, which counts videos.
    drawings : sequence of Drawing
    progress : callable
    workers : int, default 1
        Processes; no pixel depends on it.
    """
    missing = [drawing for drawing in drawings if not drawing.intact()]
    for done, _ in enumerate(worked(draw, missing, workers), 1):
        progress(what, done, len(missing))


def draw(drawing: Drawing) -> Record:
    """Draw one video and write its record."""
    motion, _ = load_motion(drawing.motion)
    pixels = hashlib.sha256()
    drawing.folder.mkdir(parents=True, exist_ok=True)
    frames = _hashed(render(motion, identity(drawing.face), drawing.size), pixels)
    write_video(drawing.path, frames, audio=waveform(drawing.audio))
    record = Record(video=file_sha256(drawing.path), pixels=pixels.hexdigest(), libraries=libraries())
    # Written last: a video without its record is drawn again. A torn record does not parse, so it counts as none.
    drawing.path.with_suffix(".json").write_text(record.model_dump_json() + "\n", "utf-8")
    return record


def _hashed(frames: Iterator[NDArray[np.uint8]], digest: hashlib._Hash) -> Iterator[NDArray[np.uint8]]:
    for frame in frames:
        digest.update(frame.tobytes())
        yield frame

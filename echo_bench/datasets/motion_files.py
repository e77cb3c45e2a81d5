"""Motion files of published datasets as the suite's npz, written into the cache when they are first asked for."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.cache import cache_root
from echo_bench.clip import MotionRef
from echo_bench.datasets.manifest import SideEntry
from echo_bench.datasets.windows import FRAMES, rows
from echo_bench.importers.base import FORMATS, layout_of, read_motion
from echo_bench.importers.errors import FormatError
from echo_bench.media.hashing import FileStamp, file_sha256, file_stamp
from echo_bench.motion_io import save_motion

Layout = tuple[str, str]
WINDOWS = ("flame", "l2l")


def frames_of(path: Path, layout: Layout, side: SideEntry, fps: float) -> int:
    """Frames of the stretch of a motion file that a clip uses.

    Raises
    ------
    FormatError
        When it is not of the layout, or ends before the stretch does.
    """
    return len(_stretch(path, layout, side, fps)[0])


def motion_file(path: Path, layout: Layout, side: SideEntry, fps: float) -> MotionRef:
    """The stretch of a motion file that a clip uses.

    Parameters
    ----------
    path : Path
    layout : (str, str)
        Format and layout.
    side : SideEntry
        `start` and `duration` are the stretch.
    fps : float
        Of the dataset; a file that states another is refused.

    Raises
    ------
    FormatError
        When it is not of the layout, or ends before the stretch does.
    """
    format_ = layout_of(FORMATS.get(layout[0]), layout[1])[1]
    key = f"{file_sha256(path)}/{layout}/{side.start}/{side.duration}/{fps}"
    kept = cache_root() / "motion" / f"{hashlib.sha256(key.encode()).hexdigest()}.npz"
    if kept.is_file():
        return MotionRef(kept, file_sha256(kept), format_.space, "native", fps)
    motion, valid = _stretch(path, layout, side, fps)
    return save_motion(kept, motion, valid, space=format_.space, fps=fps)


def _stretch(path: Path, layout: Layout, side: SideEntry, fps: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    if layout == WINDOWS and side.start is not None and side.duration is not None:
        begin = round(side.start * fps)
        window = rows(path, begin, begin + round(side.duration * fps))
        if not np.isfinite(window).all():
            raise FormatError(f"holds NaN or Inf in window {begin // FRAMES}", where=path)
        return window, np.ones(len(window), bool)
    motion, valid = _read(file_stamp(path), layout, fps)
    begin = round((side.start or 0.0) * fps)
    end = len(motion) if side.duration is None else begin + round(side.duration * fps)
    if not 0 <= begin < end <= len(motion):
        raise FormatError(f"has {len(motion)} frames, and {begin} to {end} are asked for", where=path)
    return motion[begin:end], valid[begin:end]


@lru_cache(maxsize=4)  # the clips of one file follow each other
def _read(stamp: FileStamp, layout: Layout, fps: float) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    recording = read_motion(layout_of(FORMATS.get(layout[0]), layout[1])[1], Path(stamp.path), fps)
    valid = np.ones(len(recording.motion), bool) if recording.valid is None else recording.valid
    return recording.motion, valid

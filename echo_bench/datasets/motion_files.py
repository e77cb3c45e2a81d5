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
from echo_bench.importers.base import FORMATS, Recording, layout_of, read_motion
from echo_bench.importers.errors import FormatError
from echo_bench.media.hashing import FileStamp, file_sha256, file_stamp
from echo_bench.motion_io import save_motion

Layout = tuple[str, str]


def frames_of(path: Path, layout: Layout, side: SideEntry) -> int:
    """Frames of the stretch of a motion file that a clip uses.

    Raises
    ------
    FormatError
        When it is not of the layout, or ends before the stretch does.
    """
    return len(_stretch(path, layout, side)[0])


def motion_file(path: Path, layout: Layout, side: SideEntry) -> MotionRef:
    """The stretch of a motion file that a clip uses.

    Parameters
    ----------
    path : Path
    layout : (str, str)
        Format and layout.
    side : SideEntry
        `start` and `duration` are the stretch.

    Raises
    ------
    FormatError
        When it is not of the layout, or ends before the stretch does.
    """
    recording = _read(file_stamp(path), layout)
    space = layout_of(FORMATS.get(layout[0]), layout[1])[1].space
    key = f"{file_sha256(path)}/{layout}/{side.start}/{side.duration}"
    kept = cache_root() / "motion" / f"{hashlib.sha256(key.encode()).hexdigest()}.npz"
    if kept.is_file():
        return MotionRef(kept, file_sha256(kept), space, "native", recording.fps or 0.0)
    motion, valid = _stretch(path, layout, side)
    return save_motion(kept, motion, valid, space=space, fps=recording.fps or 0.0)


def _stretch(path: Path, layout: Layout, side: SideEntry) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    recording = _read(file_stamp(path), layout)
    motion, valid, fps = recording.motion, recording.valid, recording.fps
    if valid is None or fps is None:
        raise FormatError("states no frame rate", where=path)
    begin = round((side.start or 0.0) * fps)
    end = len(motion) if side.duration is None else begin + round(side.duration * fps)
    if not 0 <= begin < end <= len(motion):
        raise FormatError(f"has {len(motion)} frames, and {begin} to {end} are asked for", where=path)
    return motion[begin:end], valid[begin:end]


@lru_cache(maxsize=4)  # the clips of one file follow each other
def _read(stamp: FileStamp, layout: Layout) -> Recording:
    return read_motion(layout_of(FORMATS.get(layout[0]), layout[1])[1], Path(stamp.path))

"""OpenFace csv: intensities of action units, head pose and gaze, with a flag per frame. Its header has white space before each name."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.tables import columns, read_table
from echo_bench.spaces import OPENFACE

Rows = NDArray[np.float64]


def read_openface(path: Path) -> Recording:
    """Intensities, rotation, translation and gaze of the one face; frames without ``success`` are not valid.

    Raises
    ------
    FormatError
        When columns are missing, it holds several faces, frames are left out, or no frame succeeded.
    """
    names, rows = read_table(path)
    index = columns(names, rows, ("frame", "timestamp", "confidence", "success"), path)
    if not np.isfinite(index).all():
        raise FormatError("holds NaN or Inf among frame, timestamp, confidence and success", where=path)
    if "face_id" in names and len(np.unique(columns(names, rows, ("face_id",), path))) > 1:
        raise FormatError("holds several faces", where=path, fix="keep the rows of one face_id")
    if (np.diff(index[:, 0]) != 1).any():
        raise FormatError("leaves frames out, or they are not in order", where=path)
    valid = index[:, 3] == 1
    if not valid.any():
        raise FormatError("has no frame with success 1", where=path)
    motion = columns(names, rows, OPENFACE, path)
    motion[~valid] = 0.0  # what stands there is no measurement
    return Recording(motion.astype(np.float32), _fps(index[:, 1], path), valid)


def _fps(seconds: Rows, path: Path) -> float | None:
    """The frame rate of the time stamps, which OpenFace rounds to milliseconds; None of a single frame."""
    if len(seconds) < 2:
        return None
    step = float(np.median(np.diff(seconds)))
    length = float(seconds[-1] - seconds[0])
    if step <= 0 or abs(length - step * (len(seconds) - 1)) > 0.1 * max(length, 0.1):
        raise FormatError("has time stamps that do not advance evenly", where=path)
    return round((len(seconds) - 1) / length, 2)


OPENFACE25 = Format(
    name="openface",
    title="OpenFace csv (TalkingGaussian, SyncTalk)",
    source="TadasBaltrusaitis/OpenFace wiki, output format; Fictionarry/TalkingGaussian data_utils",
    layouts={
        "csv": Layout(
            "openface25",
            "csv, found by name: AU01_r ... AU45_r, pose_R, pose_T, gaze_angle; frame, timestamp, confidence, success",
            "intensities 0..5, rotation and gaze rad, translation mm",
            ".csv",
            read_openface,
            None,
            {"exp": (0.0, 5.5), "pose": (-3.2, 3.2), "gaze": (-3.2, 3.2)},
        )
    },
)

"""ARKit's 52 coefficients: Live Link Face csv, other csv with ARKit's names, and arrays in ARKit's order (SyncTalk's `bs.npy`)."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from echo_bench.importers.arrays import numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.tables import columns, read_table
from echo_bench.spaces import ARKIT, LIVELINK

LIMITS = {"exp": (-0.25, 1.25)}
"""Coefficients lie in [0, 1]; smoothed ones may overshoot a little."""


def read_livelink(path: Path) -> Recording:
    """A take of Live Link Face: ``Timecode``, ``BlendShapeCount``, 52 coefficients, head and eyes, found by name.

    Raises
    ------
    FormatError
    """
    names, rows = read_table(path)
    wanted = [name[0].upper() + name[1:] for name in ARKIT] + list(LIVELINK)
    return Recording(columns(names, rows, wanted, path).astype(np.float32))


def read_named(path: Path) -> Recording:
    """A csv whose header has ARKit's 52 names, in any order and case; ``_neutral`` and other columns are left out.

    Raises
    ------
    FormatError
    """
    names, rows = read_table(path)
    lowered = [name.lower() for name in names]
    if len(set(lowered)) < len(lowered):
        raise FormatError("has two columns of one name, apart from case", where=path)
    return Recording(columns(lowered, rows, [name.lower() for name in ARKIT], path).astype(np.float32))


def read_array(path: Path) -> Recording:
    """An npy (T, 52) in ARKit's order without ``_neutral``: blinks at 8 and 9, tongueOut at 51.

    Raises
    ------
    FormatError
        When it is no such array, or its blinks do not go together.
    """
    rows = numbers(read_npy(path), "the array", (None, len(ARKIT)), path)
    check_blinks(rows[:, 8], rows[:, 9], path)
    return Recording(rows.astype(np.float32))


def check_blinks(left: np.ndarray, right: np.ndarray, path: Path) -> None:
    """Two columns that both move and go against each other are no pair of eyelids: the order is another one.

    Raises
    ------
    FormatError
    """
    if len(left) >= 25 and np.isfinite([left, right]).all() and min(left.std(), right.std()) > 0.05:
        together = float(np.corrcoef(left, right)[0, 1])
        if together < -0.2:
            raise FormatError(
                f"its two blink columns correlate by {together:.2f}", where=path, fix="is it another order of columns?"
            )


ARKIT52 = Format(
    name="arkit",
    title="ARKit-52 coefficients (Live Link Face, SyncTalk, 3D-CAVFA)",
    source="Live Link Face csv; ZiqiaoPeng/SyncTalk data_utils/blendshape_capture (bs.npy)",
    layouts={
        "livelink": Layout(
            "livelink61", "csv with Live Link Face's names", "coefficients 0..1, head and eyes rad", ".csv", read_livelink,
            limits=LIMITS | {"pose": (-3.2, 3.2), "gaze": (-3.2, 3.2)},
        ),
        "named": Layout("arkit52", "csv with ARKit's 52 names, any order", "coefficients 0..1", ".csv", read_named, limits=LIMITS),
        "array": Layout(
            "arkit52", "npy (T, 52), ARKit's order without `_neutral`", "coefficients 0..1", ".npy", read_array, limits=LIMITS
        ),
    },
)  # fmt: skip

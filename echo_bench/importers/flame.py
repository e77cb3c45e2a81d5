"""FLAME: 50 of expression, 3 of jaw, 3 of rotation, in the four orders and three containers in which they are published.

===============  ======================================================================  =============================
layout           columns or keys                                                         written by
===============  ======================================================================  =============================
dualtalk-truth   npz ``exp`` (T, 50), ``pose`` (T, 6) = rotation 3, jaw 3                DualTalk's dataset
dualtalk-result  npy (T, 56): expression 50, jaw 3, rotation 3                           DualTalk
dim              npy (T, 56): rotation 3, jaw 3, expression 50                           DIM
l2l              npy (T, 56 or 184), (N, 64, 184): expression 50, rotation 3, jaw 3 ...  Learning2Listen, lm-listener
emote            pickle ``expression`` (T, 50), ``jaw_pose``, ``global_pose`` (T, 3)     EMOTE
spectre          as dualtalk-truth, at the frame rate of the video                       SPECTRE
===============  ======================================================================  =============================

Read in another order, each of them gives plausible numbers. Rotations are axis-angle in rad.
"""

from __future__ import annotations

import math
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import member, numbers, read_npy, read_npz, zip_members
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.pickles import plain, read_pickle

LIMITS = {"exp": (-20.0, 20.0), "jaw": (-1.6, 1.6), "rot": (-math.pi, math.pi)}
"""A jaw that turns by more than a right angle is a column of something else."""
WINDOW = 64


def read_keys(path: Path) -> Recording:
    """An npz with ``exp`` (T, 50) and ``pose`` (T, 6), rotation first.

    Raises
    ------
    FormatError
    """
    arrays = read_npz(path)
    exp, pose = member(arrays, "exp", (None, 50), path), member(arrays, "pose", (None, 6), path)
    return Recording(_joined(path, exp, pose[:, 3:], pose[:, :3]))


def read_dualtalk_result(path: Path) -> Recording:
    """An npy (T, 56): expression, jaw, rotation.

    Raises
    ------
    FormatError
    """
    return Recording(numbers(read_npy(path), "the array", (None, 56), path).astype(np.float32))


def read_dim(path: Path) -> Recording:
    """An npy (T, 56): rotation, jaw, expression.

    Raises
    ------
    FormatError
    """
    rows = numbers(read_npy(path), "the array", (None, 56), path)
    return Recording(_joined(path, rows[:, 6:], rows[:, 3:6], rows[:, :3]))


def read_l2l(path: Path) -> Recording:
    """An npy of rows of 56 or 184: expression, rotation, jaw, detail; a stack of windows of 64 frames is one clip per window.

    Raises
    ------
    FormatError
    """
    array = read_npy(path)
    windowed = array.ndim == 3
    if windowed:
        array = numbers(array, "the array", (None, WINDOW, array.shape[-1]), path).reshape(-1, array.shape[-1])
    rows = numbers(array, "the array", (None, 184 if array.shape[-1:] == (184,) else 56), path)
    return Recording(_joined(path, rows[:, :50], rows[:, 53:56], rows[:, 50:53]), window=WINDOW if windowed else None)


def read_lm(path: Path, person: int) -> Recording:
    """``p0_`` or ``p1_`` ``exp`` (T, 50) and ``pose`` (T, 6) of all segments of a lm-listener file, one after the other.

    A ``.pth`` is a zip whose ``data.pkl`` is read as plain data; nothing in it is executed.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    parts = lm_segments(path)
    exp = np.vstack([member(part, f"p{person}_exp", (None, 50), path) for part in parts])
    pose = np.vstack([member(part, f"p{person}_pose", (None, 6), path) for part in parts])
    return Recording(_joined(path, exp, pose[:, 3:], pose[:, :3]))


def lm_segments(path: Path) -> list[dict[str, Any]]:
    """The segments of a lm-listener ``segments_*.pth``: dictionaries of names, frames, arrays and words.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    found = zip_members(path, "/data.pkl", "file of torch.save")
    if len(found) != 1:
        raise FormatError("is no file of torch.save", where=path)
    segments = plain(*found.values())
    if not isinstance(segments, list) or not segments or not all(isinstance(each, dict) for each in segments):
        raise FormatError("holds no list of segments", where=path)
    return segments


def read_emote(path: Path) -> Recording:
    """A pickled dictionary with ``expression``, ``jaw_pose`` and ``global_pose``.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    data = read_pickle(path)
    if not isinstance(data, dict):
        raise FormatError(f"holds {type(data).__name__} instead of a dictionary", where=path)
    exp = member(data, "expression", (None, 50), path)
    jaw, rotation = (member(data, name, (None, 3), path) for name in ("jaw_pose", "global_pose"))
    return Recording(_joined(path, exp, jaw, rotation))


def _joined(
    path: Path, exp: NDArray[np.float64], jaw: NDArray[np.float64], rot: NDArray[np.float64]
) -> NDArray[np.float32]:
    if not len(exp) == len(jaw) == len(rot):
        raise FormatError(
            f"has {len(exp)} frames of expression, {len(jaw)} of jaw and {len(rot)} of rotation", where=path
        )
    return np.hstack([exp, jaw, rot]).astype(np.float32)


UNITS = "rotations axis-angle rad"
FLAME = Format(
    name="flame",
    title="FLAME expression, jaw and rotation (DualTalk, DIM, Learning2Listen, EMOTE, SPECTRE)",
    source=(
        "ZiqiaoPeng/DualTalk README, CoderChen01/towards-seamless-interaction util/metrics.py; "
        "Boese0601/Dyadic-Interaction-Modeling test_l2l.py; radekd91/inferno inferno_apps/TalkingHead; filby89/spectre"
    ),
    layouts={
        "dualtalk-truth": Layout(
            "flame56", "npz `exp` (T, 50), `pose` (T, 6): rotation 3, jaw 3", UNITS, ".npz", read_keys, 25.0, LIMITS
        ),
        "dualtalk-result": Layout(
            "flame56", "npy (T, 56): expression 50, jaw 3, rotation 3", UNITS, ".npy", read_dualtalk_result, 25.0, LIMITS
        ),
        "dim": Layout("flame56", "npy (T, 56): rotation 3, jaw 3, expression 50", UNITS, ".npy", read_dim, 30.0, LIMITS),
        "l2l": Layout(
            "flame56",
            "npy (T, 56), (T, 184) or (N, 64, 184): expression 50, rotation 3, jaw 3, detail 128",
            UNITS, ".npy", read_l2l, 30.0, LIMITS,
        ),
        "lm-listener-p0": Layout(
            "flame56", "segments_*.pth, `p0_exp` (T, 50), `p0_pose` (T, 6): rotation 3, jaw 3", UNITS, ".pth",
            partial(read_lm, person=0), 30.0, LIMITS,
        ),
        "lm-listener-p1": Layout(
            "flame56", "segments_*.pth, `p1_exp` (T, 50), `p1_pose` (T, 6): rotation 3, jaw 3", UNITS, ".pth",
            partial(read_lm, person=1), 30.0, LIMITS,
        ),
        "emote": Layout(
            "flame56", "pickle: `expression` (T, 50), `jaw_pose`, `global_pose` (T, 3)", UNITS, ".pkl", read_emote, 25.0, LIMITS
        ),
        "spectre": Layout(
            "flame56", "npz `exp` (T, 50), `pose` (T, 6): rotation 3, jaw 3", UNITS, ".npz", read_keys, None, LIMITS
        ),
    },
)  # fmt: skip

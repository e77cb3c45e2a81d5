"""LivePortrait's motion: templates of LivePortrait and JoyVASA (pickles), and Ditto's arrays.

Rotation matrices in templates are the transpose of ``roll @ yaw @ pitch``; where a template has angles too, the two have to agree.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import member, numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.pickles import read_pickle

Rows = NDArray[np.float64]
ANGLES = ("pitch", "yaw", "roll")
BINS, STEP, LOWEST = 66, 3.0, -97.5  # Ditto: an angle is the expectation over 66 bins of 3 degrees
LIMITS = {"pose": (-100.0, 100.0), "exp": (-1.0, 1.0)}


def read_template(path: Path) -> Recording:
    """``motion``: per frame ``exp`` (1, 21, 3), ``scale`` (1, 1), ``t`` (1, 3), and ``R`` or ``R_d`` (1, 3, 3) or the angles in degrees.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    data = _template(path)
    rows = np.array([_frame(frame, path) for frame in data["motion"]])
    return Recording(rows.astype(np.float32), _stated_fps(data, path))


def read_ratios(path: Path) -> Recording:
    """A template and its eye (2) and lip (1) ratios: ``c_eyes_lst`` and ``c_lip_lst``, in older files with ``c_d_``.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    data = _template(path)
    recording = read_template(path)
    eyes, lips = (_ratios(data, name, width, path) for name, width in (("eyes", 2), ("lip", 1)))
    return Recording(np.hstack([recording.motion, eyes, lips]).astype(np.float32), recording.fps)


def read_ditto(path: Path) -> Recording:
    """An npy (T, 265): scale 1, logits of pitch, yaw and roll 66 each, translation 3, keypoint offsets 63.

    Raises
    ------
    FormatError
    """
    rows = numbers(read_npy(path), "the array", (None, 265), path)
    if not np.isfinite(rows).all():
        raise FormatError("holds NaN or Inf", where=path)
    angles = [_expected(rows[:, 1 + BINS * axis : 1 + BINS * (axis + 1)]) for axis in range(3)]
    motion = np.column_stack([rows[:, 202:265], rows[:, :1], rows[:, 199:202], *angles])
    return Recording(motion.astype(np.float32))


def angles_of(rotation: Rows) -> Rows:
    """Pitch, yaw and roll (3,) in degrees of a rotation matrix (3, 3) as templates hold it.

    Examples
    --------
    >>> angles_of(np.eye(3)).round(6) + 0.0
    array([0., 0., 0.])
    """
    turned = rotation.T
    pitch = np.arctan2(turned[2, 1], turned[2, 2])
    yaw = np.arcsin(np.clip(-turned[2, 0], -1.0, 1.0))
    roll = np.arctan2(turned[1, 0], turned[0, 0])
    angles: Rows = np.degrees(np.array([pitch, yaw, roll]))
    return angles


def _template(path: Path) -> dict[Any, Any]:
    data = read_pickle(path)
    if not isinstance(data, dict) or not isinstance(data.get("motion"), list) or not data["motion"]:
        raise FormatError("is no template: it has no list `motion`", where=path)
    if not all(isinstance(frame, dict) for frame in data["motion"]):
        raise FormatError("is no template: `motion` holds something else than dictionaries", where=path)
    if data.get("n_frames") not in (None, len(data["motion"])):
        raise FormatError(f"says {data['n_frames']!s:.20} frames and holds {len(data['motion'])}", where=path)
    return data


def _frame(frame: dict[Any, Any], path: Path) -> Rows:
    exp = member(frame, "exp", (1, 21, 3), path).reshape(63)
    scale = member(frame, "scale", (1, 1), path).reshape(1)
    shift = member(frame, "t", (1, 3), path).reshape(3)
    return np.concatenate([exp, scale, shift, _angles(frame, path)])


def _angles(frame: dict[Any, Any], path: Path) -> Rows:
    name = next((key for key in ("R", "R_d") if key in frame), None)
    given = [
        np.asarray(frame[key], float).reshape(-1) for key in ANGLES if isinstance(frame.get(key), np.ndarray | float)
    ]
    stated = np.concatenate(given) if len(given) == 3 and all(a.size == 1 for a in given) else None
    if name is None:
        if stated is None:
            raise FormatError("has neither a rotation `R` nor pitch, yaw and roll", where=path)
        return stated
    rotation = member(frame, name, (1, 3, 3), path)[0]
    if (
        not np.isfinite(rotation).all()
        or np.abs(rotation @ rotation.T - np.eye(3)).max() > 1e-2
        or np.linalg.det(rotation) < 0
    ):
        raise FormatError(f"{name} is no rotation", where=path)
    found = angles_of(rotation)
    if stated is not None and not np.abs(found - stated).max() <= 0.5:
        raise FormatError(f"{name} turns by {found.round(1)} degrees, but the angles say {stated.round(1)}", where=path)
    return found


def _stated_fps(data: dict[Any, Any], path: Path) -> float | None:
    fps = data.get("output_fps")
    if fps is None:
        return None
    if isinstance(fps, bool) or not isinstance(fps, int | float | np.integer | np.floating):
        raise FormatError("states its frame rate as something that is no number", where=path)
    return float(fps)


def _ratios(data: dict[Any, Any], name: str, width: int, path: Path) -> Rows:
    key = next((k for k in (f"c_{name}_lst", f"c_d_{name}_lst") if k in data), None)
    if key is None:
        raise FormatError(f"has no `c_{name}_lst`", where=path, fix="name the layout `template`")
    values = data[key]
    if not isinstance(values, list) or len(values) != len(data["motion"]):
        raise FormatError(f"{key} is no list of one entry per frame", where=path)
    return np.concatenate([numbers(value, key, (1, width), path) for value in values])


def _expected(logits: Rows) -> Rows:
    weights = np.exp(logits - logits.max(axis=1, keepdims=True))
    degrees = np.arange(BINS) * STEP + LOWEST
    found: Rows = (weights * degrees).sum(axis=1) / weights.sum(axis=1)
    return found


UNITS = "keypoint offsets in the canonical unit, angles degrees"
LIVEPORTRAIT = Format(
    name="liveportrait",
    title="LivePortrait motion (LivePortrait, JoyVASA, Ditto)",
    source="KwaiVGI/LivePortrait src/live_portrait_pipeline.py; antgroup/ditto-talkinghead core/atomic_components",
    layouts={
        "template": Layout(
            "liveportrait70", "pickle, `motion`: list of exp, scale, t, R (or R_d, or angles)", UNITS, ".pkl",
            read_template, limits=LIMITS,
        ),
        "template-ratios": Layout(
            "liveportrait73", "as `template`, with `c_eyes_lst` and `c_lip_lst`", UNITS, ".pkl",
            read_ratios, limits=LIMITS | {"blink": (0.0, 10.0), "mouth": (0.0, 10.0)},
        ),
        "ditto": Layout(
            "liveportrait70", "npy (T, 265): scale 1, pitch 66, yaw 66, roll 66, t 3, exp 63", UNITS, ".npy",
            read_ditto, fps=25.0, limits=LIMITS,
        ),
    },
)  # fmt: skip

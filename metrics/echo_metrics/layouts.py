"""Named column layouts of motion, and the check that a track has the one its protocol expects.

The same 56 numbers come in at least three orders. A swapped layout gives plausible wrong numbers, so every protocol names its own and a
track of another width is refused by that name. Of a right width in a wrong order only the gross case shows: angles beyond pi.

Sources: Dyadic-Interaction-Modeling code/test_l2l.py; learning2listen README; TIMAR util/metrics.py; vico_challenge_baseline vico/data.py.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.bindings import WHOLE
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.sequences import as_clips

__all__ = ["BFM70", "DECA56", "DIM56", "DUALTALK56", "EMOCA56", "RIG61", "SPECTRE56", "Layout", "dualtalk_clip"]

Floats = NDArray[np.float64]

SHORT_S = 2.0  # seconds; correlations and covariances of fewer frames are mostly chance


@dataclass(frozen=True, slots=True)
class Layout:
    """What the columns of a motion track are.

    Attributes
    ----------
    name : str
    columns : str
        In words, for messages and tables.
    width : int
    parts : mapping of str to slice
        The groups that are scored apart, in the order in which they are printed.
    angles : slice
        Columns that are angles in radians; empty for none.
    fps : float
    """

    name: str
    columns: str
    width: int
    parts: Mapping[str, slice]
    angles: slice
    fps: float

    def split(self, clips: Sequence[ArrayLike], name: str) -> dict[str, list[Floats]]:
        """Check a list of ``(T_i, width)`` tracks and cut it into the parts; the whole is there under ``""``.

        Raises
        ------
        MetricInputError
            When the tracks are no finite (frames, columns) arrays, or not of this width.

        Warns
        -----
        MetricWarning
            When columns that should be angles go beyond pi, or clips are short.
        """
        arrays = as_clips(clips, name)
        if arrays[0].shape[1] != self.width:
            raise MetricInputError(
                f"{name} has {arrays[0].shape[1]} columns; this protocol reads layout {self.name}, {self.width} columns: {self.columns}"
            )
        if any(np.abs(clip[:, self.angles]).max(initial=0.0) > np.pi for clip in arrays):
            text = f"{name}: columns that {self.name} holds angles in go beyond pi radians: are they in degrees, or in another order?"
            warnings.warn(text, MetricWarning, stacklevel=2)
        short = sum(len(clip) < SHORT_S * self.fps for clip in arrays)
        if short:
            text = f"{name}: {short} of {len(arrays)} clips last less than {SHORT_S:g} s at {self.fps:g} fps: too short to say much"
            warnings.warn(text, MetricWarning, stacklevel=2)
        return {WHOLE: arrays} | {part: [clip[:, columns] for clip in arrays] for part, columns in self.parts.items()}


def _layout(name: str, columns: str, parts: dict[str, slice], angles: tuple[int, int], fps: float) -> Layout:
    width = max(part.stop for part in parts.values())
    return Layout(name, columns, width, MappingProxyType(parts), slice(*angles), fps)


_POSE_FIRST = {"pose": slice(0, 6), "exp": slice(6, 56), "joint": slice(0, 56)}
_EXP_FIRST = {"exp": slice(0, 50), "pose": slice(50, 56), "joint": slice(0, 56)}
_EXP_FIRST_COLUMNS = "expression 0:50, pose 50:56 (head rotation, jaw)"

DIM56 = _layout(
    "DIM-56 (EMOCA)", "pose 0:6 (head rotation, jaw; axis-angle), expression 6:56", _POSE_FIRST, (0, 6), 30.0
)
DECA56 = _layout("L2L-56 (DECA)", _EXP_FIRST_COLUMNS, _EXP_FIRST, (50, 56), 30.0)
EMOCA56 = _layout("lm-listener-56 (EMOCA)", _EXP_FIRST_COLUMNS, _EXP_FIRST, (50, 56), 30.0)
SPECTRE56 = _layout("AvatarForcing-56 (SPECTRE)", _EXP_FIRST_COLUMNS, _EXP_FIRST, (50, 56), 25.0)
DUALTALK56 = _layout(
    "DualTalk-56",
    "expression 0:50, jaw 50:53, head rotation 53:56 (or a file's exp and pose, whose pose has the rotation first)",
    {"exp": slice(0, 50), "jaw": slice(50, 53), "rot": slice(53, 56)},
    (50, 56),
    25.0,
)
BFM70 = _layout(
    "ViCo-70 (Deep3DFaceRecon angle.exp.trans)",
    "head angles 0:3, expression 3:67, translation 67:70",
    {"angle": slice(0, 3), "exp": slice(3, 67), "trans": slice(67, 70)},
    (0, 3),
    30.0,
)
RIG61 = _layout(
    "rig61",
    "ARKit coefficients 0:52, head rotation 52:55 and translation 55:58, gaze 58:61 (yaw, pitch, vergence)",
    {
        "exp": slice(0, 52),
        "pose": slice(52, 58),
        "rotation": slice(52, 55),
        "gaze": slice(58, 61),
        "gaze_direction": slice(58, 60),
    },
    (52, 55),
    25.0,
)


def dualtalk_clip(clip: ArrayLike | Mapping[str, Any], where: str) -> Floats:
    """A DualTalk track in the order of predictions: expression 50, jaw 3, rotation 3.

    Parameters
    ----------
    clip : array_like of shape (T, 56) or mapping
        A prediction as it is, or a file of the dataset as `numpy.load` opens it, with ``exp`` (T, 50) and ``pose`` (T, 6). In the files the
        pose is rotation first, jaw second: the opposite of a prediction's.
    where : str
        Its name in messages.

    Raises
    ------
    MetricInputError
        When a mapping lacks ``exp`` or ``pose``, or they have other shapes.

    Examples
    --------
    >>> file = {"exp": np.zeros((2, 50)), "pose": np.tile([1.0, 1, 1, 2, 2, 2], (2, 1))}
    >>> dualtalk_clip(file, "gt clip 0")[0, 50:]
    array([2., 2., 2., 1., 1., 1.])
    """
    if not isinstance(clip, Mapping):
        return np.asarray(clip, dtype=np.float64)
    missing = {"exp", "pose"} - set(clip)
    if missing:
        raise MetricInputError(f"{where} lacks {' and '.join(sorted(missing))}: a DualTalk file has exp and pose")
    exp, pose = (np.asarray(clip[key], dtype=np.float64) for key in ("exp", "pose"))
    if exp.ndim != 2 or exp.shape[1] != 50 or pose.shape != (len(exp), 6):
        raise MetricInputError(
            f"{where} must have exp (frames, 50) and pose (frames, 6); got {exp.shape}, {pose.shape}"
        )
    return np.concatenate([exp, pose[:, 3:], pose[:, :3]], axis=1)

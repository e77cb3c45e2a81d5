"""What motion of different spaces has in common, in a form that no convention of axes, signs or scales can falsify.

Angles from the mean and not speeds: of three real videos, Deep3DFaceRecon's and the face tracker's agree on the first at a correlation
of 0.84 to 0.88, and on the speed from frame to frame, which is mostly the trackers' own noise, at 0.09 to 0.26.

=========== =====================================================================================================================
column      meaning
=========== =====================================================================================================================
head        how far the head is turned from its mean posture in the clip, in rad: the angle between two rotations, the same in all axes
gaze        how far the gaze is from its mean direction in the clip, in the space's own unit
blink       how far the lids are closed, in the space's own scale; greater is more closed
mouth       how far the mouth is open, in the space's own scale; greater is more open
=========== =====================================================================================================================

A space that has no such quantity, or whose files do not say what its sign or scale is, has NaN in the column. Nothing else is ever
compared across spaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echo_bench.spaces import SPACES

if TYPE_CHECKING:
    from scipy.spatial.transform import Rotation

Rows = NDArray[np.float64]
SHARED = ("head", "gaze", "blink", "mouth")


def shared_motion(space: str, motion: NDArray[np.float32], valid: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The columns that can be compared across spaces.

    Parameters
    ----------
    space : str
    motion : ndarray of shape (T, D)
    valid : ndarray of shape (T,), bool
        Frames that count in means.

    Returns
    -------
    ndarray of shape (T, 4), float64
        head, gaze, blink, mouth; what stands in frames that are not valid means nothing.

    Examples
    --------
    >>> nod = np.zeros((2, 61), np.float32)
    >>> nod[:, 52] = [0.0, 0.1]
    >>> shared_motion("rig61", nod, np.ones(2, bool))[:, 0].round(6)
    array([0.05, 0.05])
    """
    rows = motion.astype(np.float64)
    found = np.full((len(rows), len(SHARED)), np.nan)
    parts = _READERS.get(space, {})
    if not valid.any():
        return found
    if "head" in parts:
        found[:, 0] = _turned(parts["head"](rows), valid)
    if "gaze" in parts:
        directions = parts["gaze"](rows)
        found[:, 1] = np.linalg.norm(directions - directions[valid].mean(axis=0), axis=1)
    for column, name in ((2, "blink"), (3, "mouth")):
        if name in parts:
            found[:, column] = parts[name](rows)
    return found


def _turned(rotations: Rows, valid: NDArray[np.bool_]) -> Rows:
    """Angle in rad of rotations, given as quaternions (T, 4), from their mean."""
    from scipy.spatial.transform import Rotation

    turns = Rotation.from_quat(rotations)
    angles: Rows = (turns[valid].mean().inv() * turns).magnitude()
    return angles


def _euler(order: str, first: int, degrees: bool = False) -> Callable[[Rows], Rows]:
    """Three columns of angles from `first` on, in the order of `order` (capitals: intrinsic, the leftmost matrix first)."""

    def read(rows: Rows) -> Rows:
        from scipy.spatial.transform import Rotation

        return _quaternions(Rotation.from_euler(order, rows[:, first : first + 3], degrees=degrees))

    return read


def _axis_angle(*firsts: int) -> Callable[[Rows], Rows]:
    """The product of rotations whose axis-angles start at these columns."""

    def read(rows: Rows) -> Rows:
        from scipy.spatial.transform import Rotation

        turns = [Rotation.from_rotvec(rows[:, first : first + 3]) for first in firsts]
        total = turns[0]
        for turn in turns[1:]:
            total = total * turn
        return _quaternions(total)

    return read


def _quaternions(turns: Rotation) -> Rows:
    found: Rows = turns.as_quat()
    return found


def _columns(*places: int) -> Callable[[Rows], Rows]:
    return lambda rows: rows[:, list(places)]


def _mean(*places: int, sign: float = 1.0) -> Callable[[Rows], Rows]:
    def read(rows: Rows) -> Rows:
        mean: Rows = sign * rows[:, list(places)].mean(axis=1)
        return mean

    return read


def _eyes(*firsts: int) -> Callable[[Rows], Rows]:
    """The mean over two eyes of two columns each."""

    def read(rows: Rows) -> Rows:
        mean: Rows = np.mean([rows[:, first : first + 2] for first in firsts], axis=0)
        return mean

    return read


def _lids(axes: int) -> Callable[[Rows], Rows]:
    """Closure from landmarks: 1 - the mean eye aspect ratio (Soukupova and Cech 2016)."""

    def read(rows: Rows) -> Rows:
        points = rows.reshape(len(rows), 68, axes)

        def apart(a: int, b: int) -> Rows:
            distance: Rows = np.linalg.norm(points[:, a] - points[:, b], axis=1)
            return distance

        ratios = [(apart(i + 1, i + 5) + apart(i + 2, i + 4)) / (2 * apart(i, i + 3)) for i in (36, 42)]
        closed: Rows = 1.0 - np.mean(ratios, axis=0)
        return closed

    return read


def _lips(axes: int) -> Callable[[Rows], Rows]:
    """Opening from landmarks: the inner lips apart, over the distance of the outer corners of the eyes."""

    def read(rows: Rows) -> Rows:
        points = rows.reshape(len(rows), 68, axes)
        face = np.linalg.norm(points[:, 36] - points[:, 45], axis=1)
        opening: Rows = np.linalg.norm(points[:, 62] - points[:, 66], axis=1) / face
        return opening

    return read


_Readers = Mapping[str, Callable[[Rows], Rows]]
# Pitch, yaw, roll columns with R = roll @ yaw @ pitch are the extrinsic order "xyz" of scipy.
_READERS: Mapping[str, _Readers] = MappingProxyType({
    "rig61": {"head": _euler("xyz", 52), "gaze": _columns(58, 59), "blink": _mean(8, 9), "mouth": _mean(24)},
    "bfm70": {"head": _euler("xyz", 64)},
    "flame56": {"head": _axis_angle(53), "mouth": _mean(50)},
    "liveportrait70": {"head": _euler("xyz", 67, degrees=True)},
    "liveportrait73": {
        "head": _euler("xyz", 67, degrees=True), "blink": _mean(70, 71, sign=-1.0), "mouth": _mean(72),
    },
    "arkit52": {"blink": _mean(8, 9), "mouth": _mean(24)},
    "livelink61": {"head": _euler("YXZ", 52), "gaze": _eyes(55, 58), "blink": _mean(8, 9), "mouth": _mean(24)},
    "metahuman174": {"gaze": _columns(0, 1), "mouth": _mean(4)},
    "openface25": {"head": _euler("XYZ", 17), "gaze": _columns(23, 24), "blink": _mean(16), "mouth": _mean(15)},
    "landmarks68-2d": {"blink": _lids(2), "mouth": _lips(2)},
    "landmarks68-3d": {"blink": _lids(3), "mouth": _lips(3)},
    "smplx115": {"head": _axis_angle(103, 106), "gaze": _eyes(109, 112), "mouth": _mean(100)},
})  # fmt: skip
UNSHARED = tuple(sorted(set(SPACES) - set(_READERS)))
"""Spaces of which nothing can be compared with another: normalised, or learned codes."""

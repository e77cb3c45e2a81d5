"""Cutting motion to the frames that can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, is_native
from echo_bench.spaces import RIG61, SPACES, MotionSpace

Rows = NDArray[np.float64]
Mask = NDArray[np.bool_]
MIN_FRAMES = 10


def motion_of(metric_id: str) -> str:
    """The feature that holds the motion an id scores: as delivered ``native`` (``native/SPACE`` of another space than ``rig61``), or
    measured from pixels ``motion`` (by the tracker) or ``rignet``.

    Examples
    --------
    >>> [motion_of(f"fd_exp@dim-{source}") for source in ("native", "bfm70-native", "tracker", "rignet")]
    ['native', 'native/bfm70', 'motion', 'rignet']
    """
    if is_native(metric_id):
        space = metric_id.removesuffix("-native").partition("@")[2].partition("-")[2]
        return f"native/{space}" if space in SPACES else "native"
    return "rignet" if metric_id.endswith("-rignet") else "motion"


def space_of(feature: str) -> MotionSpace:
    """The space of the motion of a feature.

    Examples
    --------
    >>> space_of("native/bfm70").name, space_of("motion").name
    ('bfm70', 'rig61')
    """
    return SPACES[feature.partition("/")[2] or RIG61.name]


def part(features: ClipFeatures, sides: tuple[str, ...], name: str, feature: str = "motion") -> list[Rows]:
    """The columns `name` of the motion of each side, at the frames where all of them are valid.

    Neighbouring rows need not be neighbours in time: what takes differences or lags takes :func:`timed`.

    Parameters
    ----------
    features : ClipFeatures
    sides : tuple of str
        Of pred, truth, user.
    name : str
        A part of the space: exp, pose, gaze, ...
    feature : {"motion", "rignet", "native"} or "native/SPACE"
        Measured by the tracker or by rignet, or as delivered.

    Returns
    -------
    list of ndarray of shape (T, D)
        One per side, of equal length.

    Raises
    ------
    MetricInputError
        When fewer than 10 frames remain.
    """
    rows, valid = timed(features, sides, name, feature)
    return [side[valid] for side in rows]


def timed(
    features: ClipFeatures, sides: tuple[str, ...], name: str, feature: str = "motion"
) -> tuple[list[Rows], Mask]:
    """The columns `name` of the motion of each side, from the first frame where all of them are valid to the last.

    Parameters
    ----------
    features, sides, name, feature
        As :func:`part`.

    Returns
    -------
    list of ndarray of shape (T, D)
        One per side, of equal length; 0 in frames that are not valid.
    ndarray of shape (T,), bool
        The frames where all sides are valid.

    Raises
    ------
    MetricInputError
        When fewer than 10 frames are valid.
    """
    arrays: list[dict[str, NDArray[Any]]] = [dict(features[f"{side}:{feature}"]) for side in sides]
    length = min(len(a["motion"]) for a in arrays)
    keep = np.logical_and.reduce([a["valid"][:length] for a in arrays])
    if keep.sum() < MIN_FRAMES:
        raise MetricInputError(
            f"a face was found in {int(keep.sum())} common frames of {length} ({' and '.join(sides)}); "
            f"{MIN_FRAMES} are needed. Do the videos show the faces?"
        )
    columns = space_of(feature).parts[name]
    first, *_, last = np.flatnonzero(keep)
    span = slice(first, last + 1)
    rows = [a["motion"][span][:, columns].astype(np.float64) for a in arrays]
    return [np.where(keep[span, None], side, 0.0) for side in rows], keep[span]

"""Cutting motion to the frames that can be compared."""

from __future__ import annotations

from typing import Any

import numpy as np
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, is_native
from echo_bench.spaces import RIG61

Rows = NDArray[np.float64]
MIN_FRAMES = 10


def motion_of(metric_id: str) -> str:
    """The feature that holds the motion an id scores: ``native``, or measured from pixels ``motion`` (by the tracker) or ``rignet``.

    Examples
    --------
    >>> [motion_of(f"fd_exp@dim-{source}") for source in ("native", "tracker", "rignet")]
    ['native', 'motion', 'rignet']
    """
    if is_native(metric_id):
        return "native"
    return "rignet" if metric_id.endswith("-rignet") else "motion"


def part(features: ClipFeatures, sides: tuple[str, ...], name: str, feature: str = "motion") -> list[Rows]:
    """The columns `name` of the motion of each side, at the frames where all of them are valid.

    Parameters
    ----------
    features : ClipFeatures
    sides : tuple of str
        Of pred, truth, user.
    name : str
        A part of ``rig61``: exp, pose, gaze.
    feature : {"motion", "rignet", "native"}
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
    arrays: list[dict[str, NDArray[Any]]] = [dict(features[f"{side}:{feature}"]) for side in sides]
    length = min(len(a["motion"]) for a in arrays)
    keep = np.logical_and.reduce([a["valid"][:length] for a in arrays])
    if keep.sum() < MIN_FRAMES:
        raise MetricInputError(
            f"a face was found in {int(keep.sum())} common frames of {length} ({' and '.join(sides)}); "
            f"{MIN_FRAMES} are needed. Do the videos show the faces?"
        )
    return [a["motion"][:length][keep][:, RIG61.parts[name]].astype(np.float64) for a in arrays]

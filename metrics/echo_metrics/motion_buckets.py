"""How much a face moves about and how much it moves in itself, as Sonic's buckets tell it (arXiv 2411.16331).

Sonic asks its generator for a bucket of translation, of the variance of the face's box, and one of expression, of the variance of its
landmarks within the box; a bucket is 16 plus 16 times the variance. It does not say in which unit: here lengths are in tenths of the box's
mean side (protocol ``eb1``), by which talking heads fall between 16 and 64. Compare what was asked for, or the truth's, with what was made.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from echo_metrics.errors import MetricInputError

__all__ = ["Buckets", "motion_buckets"]

LEAST, PER_UNIT = 16.0, 16.0  # bucket of stillness, buckets per unit of variance
TENTHS = 10.0


class Buckets(NamedTuple):
    """Buckets of a clip; 16 is stillness."""

    translation: float
    expression: float


def motion_buckets(landmarks: ArrayLike) -> Buckets:
    """Buckets of translation and expression of one clip, not rounded.

    Parameters
    ----------
    landmarks : array_like of shape (T, P, 2)
        Of one face in pixels; frames without a face are NaN and left out. The box of a frame is that of its landmarks.

    Returns
    -------
    Buckets
        `translation`: of the variance over time of the box's centre; `expression`: of the landmarks relative to the box, mean over
        landmarks. Both are summed over x and y. Faces of any size, anywhere in the picture, compare.

    Raises
    ------
    MetricInputError
        When fewer than two frames show a face, or its landmarks are one point.

    Examples
    --------
    >>> face = np.random.default_rng(0).random((68, 2)) * 100
    >>> motion_buckets([face, face])
    Buckets(translation=16.0, expression=16.0)
    >>> drifting = [face + shift for shift in np.linspace(0, 40, 50)[:, None]]
    >>> motion_buckets(drifting).translation > 40 > 16.1 > motion_buckets(drifting).expression
    True
    """
    points = np.asarray(landmarks, np.float64)
    if points.ndim != 3 or points.shape[-1] != 2:
        raise MetricInputError(f"landmarks have shape {points.shape} instead of (frames, points, 2)")
    points = points[np.isfinite(points).all(axis=(1, 2))]
    if len(points) < 2:
        raise MetricInputError(f"{len(points)} frames show a face: a variance over time needs two")
    low, high = points.min(axis=1), points.max(axis=1)
    side = float((high - low).mean())
    if side == 0:
        raise MetricInputError("the landmarks of a frame are all one point: are they landmarks?")
    scaled = TENTHS * points / side
    centre = TENTHS * (low + high) / (2 * side)
    within = (scaled - centre[:, None]) / np.maximum((high - low) / side, 1e-12)[:, None]
    spread = centre.var(axis=0).sum(), within.var(axis=0).sum(axis=-1).mean()
    return Buckets(*(float(LEAST + PER_UNIT * value) for value in spread))

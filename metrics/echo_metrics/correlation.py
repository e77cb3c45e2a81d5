"""Correlation and concordance of sequences along their last axis; leading axes broadcast.

Both are NaN exactly where undefined, so that the caller has to decide what a motionless sequence means.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["concordance_correlation", "lagged_concordance", "pearson"]

Floats = NDArray[np.float64]


def pearson(a: Floats, b: Floats) -> Floats:
    """Pearson correlation in [-1, 1]; NaN where either sequence is constant.

    Parameters
    ----------
    a, b : ndarray of shape (..., T), float64

    Returns
    -------
    ndarray of shape (...), float64

    Examples
    --------
    >>> pearson(np.array([1.0, 2, 3]), np.array([[2.0, 4, 6], [3, 2, 1], [5, 5, 5]]))
    array([ 1., -1., nan])
    """
    return _ratio(_covariance(a, b), np.sqrt(a.var(-1) * b.var(-1)), _still(a) | _still(b))


def concordance_correlation(a: Floats, b: Floats) -> Floats:
    """Lin's concordance ``2 cov / (var a + var b + (mean a - mean b)^2)`` in [-1, 1]; 0 where one sequence is constant.

    Parameters
    ----------
    a, b : ndarray of shape (..., T), float64

    Returns
    -------
    ndarray of shape (...), float64
        NaN where both are the same constant.

    Notes
    -----
    Population moments, and no epsilon in the denominator: REACT's own 1e-8 is in :func:`echo_metrics.reaction.concordance`.
    Source: Lin, Biometrics 45 (1989).

    Examples
    --------
    >>> concordance_correlation(np.array([3, -0.5, 2, 7]), np.array([2.5, 0.0, 2, 8])).round(6)
    np.float64(0.976789)
    """
    one_still = _still(a) | _still(b)  # then cov is 0; computed, it would leave rounding dust
    covariance = np.where(one_still, 0.0, _covariance(a, b))
    same = _still(a) & _still(b) & (a[..., 0] == b[..., 0])
    return _ratio(2 * covariance, a.var(-1) + b.var(-1) + (a.mean(-1) - b.mean(-1)) ** 2, same)


def lagged_concordance(a: Floats, b: Floats, lags: Sequence[int]) -> Floats:
    """Concordance of ``a[t]`` with ``b[t - lag]`` over their overlap, one value per lag on a new last axis.

    Parameters
    ----------
    a, b : ndarray of shape (..., T), float64
    lags : sequence of int
        Positive where `a` trails `b`; each shorter than T.

    Returns
    -------
    ndarray of shape (..., len(lags)), float64

    Examples
    --------
    >>> wave = np.sin(np.arange(30.0))
    >>> lagged_concordance(np.roll(wave, 2), wave, range(-3, 4)).argmax() - 3
    np.int64(2)
    """
    frames = a.shape[-1]
    later = [slice(max(0, lag), frames + min(0, lag)) for lag in lags]
    earlier = [slice(max(0, -lag), frames - max(0, lag)) for lag in lags]
    values = [concordance_correlation(a[..., x], b[..., y]) for x, y in zip(later, earlier, strict=True)]
    return np.stack(values, axis=-1)


def _covariance(a: Floats, b: Floats) -> Floats:
    return np.asarray(((a - a.mean(-1, keepdims=True)) * (b - b.mean(-1, keepdims=True))).mean(-1))


def _still(a: Floats) -> NDArray[np.bool_]:
    return np.asarray(np.ptp(a, axis=-1) == 0)


def _ratio(top: Floats, bottom: Floats, undefined: NDArray[np.bool_]) -> Floats:
    """The ratio, kept within [-1, 1] against rounding; NaN where undefined."""
    ratio = np.clip(top / np.where(bottom == 0, 1.0, bottom), -1.0, 1.0)
    return np.where(undefined, np.nan, ratio)[()]

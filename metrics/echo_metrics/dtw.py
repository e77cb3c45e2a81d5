"""Dynamic time warping of multivariate sequences, and the nearest of several candidates, exactly and without wasted work.

Conventions
-----------
DTW is the square root of the least sum of squared Euclidean distances along a warping path, without a band and without length
normalisation (tslearn's definition): it grows with about the square root of the frames.

A *part* is a slice of channels with a weight; parts are warped independently and their distances are added with these weights, as REACT
does with action units, valence-arousal and expression probabilities.

The search for the nearest candidate is exact: the Euclidean distance is the cost of one path and so bounds DTW from above, the cells of
a diagonal bound it from below, and a candidate is abandoned once its lower bound passes the best value known.

Arithmetic is done in the type of the inputs (REACT's files are float32; then relative errors reach about 1e-6).

Source: Sakoe and Chiba, IEEE Trans. ASSP 26(1), 1978; for cutting cells off by an upper bound: Silva and Batista, SDM 2016.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["Part", "dtw", "nearest"]

Floats = NDArray[np.floating]
Part = tuple[slice, float]

WHOLE: Sequence[Part] = ((slice(None), 1.0),)  # every channel in one part

ROUNDING = 1.0001  # a limit is widened by this much: sums of float32 may pass the bound that they equal in theory


def dtw(a: Floats, b: Floats) -> float:
    """DTW distance of two sequences, in the unit of the channels.

    Parameters
    ----------
    a : ndarray of shape (T, D)
    b : ndarray of shape (S, D)

    Raises
    ------
    MetricInputError
        When a sequence is empty or not finite, or the channels differ.

    Examples
    --------
    >>> a = np.array([[0.0], [0.0], [1.0], [2.0]])
    >>> dtw(a, a[[0, 2, 3]]), dtw(a, a + 1.0) < 2.0
    (0.0, True)
    """
    first, second = _sequences(np.asarray(a)[None], "a"), _sequences(np.asarray(b)[None], "b")
    _check_channels(first, second)
    return _weighted(_columns(first[0], WHOLE), _columns(second[0, ::-1], WHOLE), WHOLE, np.inf)


def nearest(queries: Floats, candidates: Floats, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Least weighted sum of part-wise DTW distances from each query to any candidate.

    Parameters
    ----------
    queries : ndarray of shape (M, T, D)
    candidates : ndarray of shape (K, T, D)
    parts : sequence of (slice, float)
        Channels and weight of each part; weights are positive.

    Returns
    -------
    float64 ndarray of shape (M,)
        The same as the minimum over all M x K distances.

    Raises
    ------
    MetricInputError
        When the sequences are empty, not finite, or differ in frames or channels.

    Examples
    --------
    >>> still = np.zeros((1, 50, 3))
    >>> nearest(still, np.concatenate([still + 1.0, still]), [(slice(0, 2), 0.5), (slice(2, 3), 1.0)])
    array([0.])
    """
    queries, candidates = _sequences(np.asarray(queries), "queries"), _sequences(np.asarray(candidates), "candidates")
    _check_channels(queries, candidates)
    if queries.shape[1] != candidates.shape[1]:
        frames = queries.shape[1], candidates.shape[1]
        raise MetricInputError(
            f"queries have {frames[0]} frames and candidates {frames[1]}: cut both to a common length"
        )
    reversed_candidates = [_columns(candidate[::-1], parts) for candidate in candidates]
    return np.array([_nearest(query, candidates, reversed_candidates, parts) for query in queries])


def _nearest(query: Floats, candidates: Floats, reversed_candidates: list[Floats], parts: Sequence[Part]) -> float:
    bounds = _euclidean(query, candidates, parts)
    columns, best, limit = _columns(query, parts), np.inf, float(bounds.min()) * ROUNDING
    for k in np.argsort(bounds, kind="stable"):
        best = min(best, _weighted(columns, reversed_candidates[k], parts, limit))
        limit = min(limit, best * ROUNDING)
    return best


def _euclidean(query: Floats, candidates: Floats, parts: Sequence[Part]) -> NDArray[np.float64]:
    """Cost of the unwarped path, (K,): an upper bound of the weighted DTW distance."""
    squares = ((candidates - query) ** 2).sum(1, dtype=np.float64)
    bounds: NDArray[np.float64] = np.sum(
        [weight * np.sqrt(squares[:, channels].sum(1)) for channels, weight in parts], axis=0
    )
    return bounds


def _weighted(a: Floats, b_reversed: Floats, parts: Sequence[Part], limit: float) -> float:
    from echo_metrics._dtw_kernels import weighted_dtw

    starts = np.cumsum([0, *(len(range(*channels.indices(a.shape[0]))) for channels, _ in parts)])
    return weighted_dtw(a, b_reversed, starts, np.array([weight for _, weight in parts]), limit)


def _columns(sequence: Floats, parts: Sequence[Part]) -> Floats:
    """Channels of all parts one after another, frames contiguous: (channels, T)."""
    return np.ascontiguousarray(np.concatenate([sequence[:, channels] for channels, _ in parts], axis=1).T)


def _sequences(array: Floats, name: str) -> Floats:
    if array.ndim != 3 or 0 in array.shape:
        raise MetricInputError(f"{name} must be non-empty sequences (frames, channels); got shape {array.shape}")
    if not np.isfinite(array).all():
        raise MetricInputError(f"{name} hold NaN or Inf: was the face lost there?")
    return array if array.dtype == np.float32 else array.astype(np.float64)


def _check_channels(a: Floats, b: Floats) -> None:
    if a.shape[2] != b.shape[2]:
        raise MetricInputError(f"sequences have {a.shape[2]} and {b.shape[2]} channels: are both in one layout?")

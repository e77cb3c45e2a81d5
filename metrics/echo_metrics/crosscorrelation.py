"""Pearson correlation of two sequences at every lag of a window, channel by channel, by FFT.

Conventions
-----------
A lag is counted in frames and is positive when the first sequence trails the second: at lag l, ``a[t]`` meets ``b[t - l]``.
The means and variances are those of the overlap, as a loop over lags with ``corrcoef`` would have them.
Frames that were lost are told by a mask and keep their place in time: frames on both sides of a gap are not neighbours.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_metrics.correlation import pearson
from echo_metrics.errors import MetricInputError

__all__ = ["enough_pairs", "lagged_pearson"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROUNDING = 64 * float(np.finfo(np.float64).eps)


def lagged_pearson(a: NDArray[np.floating], b: NDArray[np.floating], max_lag: int, valid: Mask | None = None) -> Floats:
    """Correlation of each channel at each lag from ``-max_lag`` to ``max_lag``.

    Parameters
    ----------
    a, b : ndarray of shape (..., T, D)
        Leading axes broadcast; frames are the last axis but one.
    max_lag : int
        At most ``T - 2`` frames.
    valid : ndarray of shape (T,), bool, optional
        Frames that both sequences have; a pair counts where both its frames are among them. Other rows are not read. Default: all.

    Returns
    -------
    float64 ndarray of shape (..., 2 * max_lag + 1, D)
        In [-1, 1]; NaN exactly where a channel is constant over the overlap, and at lags without :func:`enough_pairs`.
        Entry ``max_lag + l`` is lag l.

    Raises
    ------
    MetricInputError
        When the lag leaves fewer than two frames of overlap, or the frames or channels differ.

    Examples
    --------
    >>> b = np.random.default_rng(0).normal(size=(200, 3))
    >>> a = np.roll(b, 7, axis=0)
    >>> lagged_pearson(a, b, 10).mean(-1).argmax() - 10
    np.int64(7)
    """
    frames = a.shape[-2]
    if a.shape[-2:] != b.shape[-2:]:
        raise MetricInputError(
            f"sequences are {a.shape[-2:]} and {b.shape[-2:]}: were the tracks cut to a common length?"
        )
    if not 0 <= max_lag <= frames - 2:
        raise MetricInputError(f"a clip of {frames} frames is too short to search {max_lag} frames either way")
    a, b = (np.swapaxes(x, -1, -2).astype(np.float64) for x in (a, b))
    lags = np.arange(-max_lag, max_lag + 1)
    if valid is not None and not valid.all():
        return _over_pairs(a, b, lags, valid)
    sum_a, variance_a, dead_a = _window_moments(a, lags)
    sum_b, variance_b, dead_b = _window_moments(b, -lags)
    covariance = _cross_products(_centred(a), _centred(b), max_lag) - sum_a * sum_b / (frames - abs(lags))
    dead = dead_a | dead_b
    correlation = covariance / np.sqrt(np.where(dead, 1.0, variance_a * variance_b))
    return np.swapaxes(np.where(dead, np.nan, np.clip(correlation, -1.0, 1.0)), -1, -2)


def enough_pairs(valid: Mask, max_lag: int) -> Mask:
    """Whether a quarter of the valid frames has a valid partner, at each lag from ``-max_lag`` to ``max_lag``.

    Examples
    --------
    >>> enough_pairs(np.array([True, True, True, True, False, False, False, True]), 4)
    array([False, False,  True,  True,  True,  True,  True, False, False])
    """
    pairs = [np.count_nonzero(valid[lag:] & valid[: len(valid) - lag]) for lag in range(max_lag + 1)]
    enough = 4 * np.array(pairs) >= np.count_nonzero(valid)
    return np.concatenate([enough[:0:-1], enough])


def _over_pairs(a: Floats, b: Floats, lags: NDArray[np.integer], valid: Mask) -> Floats:
    """Channels (..., D, T), lag by lag over the pairs of valid frames: the sums of the faster way know of no gaps."""
    frames = len(valid)
    shape = np.broadcast_shapes(a.shape, b.shape)[:-1]
    curve = np.full((len(lags), *shape), np.nan)
    for i in np.flatnonzero(enough_pairs(valid, int(lags[-1]))):
        later = np.arange(max(0, lags[i]), frames + min(0, lags[i]))
        later = later[valid[later] & valid[later - lags[i]]]
        curve[i] = pearson(a[..., later], b[..., later - lags[i]])
    return np.moveaxis(curve, 0, -2)


def _centred(x: Floats) -> Floats:
    """Remove the mean of the whole sequence: sums over overlaps then cancel less."""
    centred: Floats = x - x.mean(-1, keepdims=True)
    return centred


def _window_moments(x: Floats, lags: NDArray[np.integer]) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    """Sum, squared deviation and constancy of what takes part at each lag: ``x[lag:]``, or ``x[:lag]`` below 0.

    Constancy is decided on the values themselves, since a variance computed from sums is hardly ever exactly 0; a variance that is
    lost in the rounding of those sums counts as constant too.
    """
    y = _centred(x)
    zero = np.zeros((*x.shape[:-1], 1))
    start, stop = np.maximum(lags, 0), x.shape[-1] + np.minimum(lags, 0)
    sums, squares = (np.concatenate([zero, np.cumsum(v, -1)], -1) for v in (y, y * y))
    window_sum = sums[..., stop] - sums[..., start]
    variance = squares[..., stop] - squares[..., start] - window_sum**2 / (stop - start)
    changes = np.concatenate(
        [zero, zero, np.cumsum(x[..., 1:] != x[..., :-1], -1)], -1
    )  # [..., t]: changes before frame t
    dead = (changes[..., stop] == changes[..., start + 1]) | (variance <= ROUNDING * squares[..., -1:])
    return window_sum, variance, dead


def _cross_products(a: Floats, b: Floats, max_lag: int) -> Floats:
    """sum_t a[t] b[t - l] for every lag, along the last axis."""
    from scipy import fft

    size = fft.next_fast_len(a.shape[-1] + max_lag, real=True)
    spectrum = fft.rfft(a, size) * np.conj(fft.rfft(b, size))
    circular = fft.irfft(spectrum, size)
    return np.concatenate([circular[..., size - max_lag :], circular[..., : max_lag + 1]], -1)

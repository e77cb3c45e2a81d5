"""Pearson correlation of two sequences at every lag of a window, channel by channel, by FFT.

Conventions
-----------
A lag is counted in frames and is positive when the first sequence trails the second: at lag l, ``a[t]`` meets ``b[t - l]``.
The means and variances are those of the overlap, as a loop over lags with ``corrcoef`` would have them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["lagged_pearson"]

Floats = NDArray[np.float64]

ROUNDING = 64 * float(np.finfo(np.float64).eps)


def lagged_pearson(a: NDArray[np.floating], b: NDArray[np.floating], max_lag: int) -> Floats:
    """Correlation of each channel at each lag from ``-max_lag`` to ``max_lag``.

    Parameters
    ----------
    a, b : ndarray of shape (..., T, D)
        Leading axes broadcast; frames are the last axis but one.
    max_lag : int
        At most ``T - 2`` frames.

    Returns
    -------
    float64 ndarray of shape (..., 2 * max_lag + 1, D)
        In [-1, 1]; NaN exactly where a channel is constant over the overlap. Entry ``max_lag + l`` is lag l.

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
    sum_a, variance_a, dead_a = _window_moments(a, lags)
    sum_b, variance_b, dead_b = _window_moments(b, -lags)
    covariance = _cross_products(_centred(a), _centred(b), max_lag) - sum_a * sum_b / (frames - abs(lags))
    dead = dead_a | dead_b
    correlation = covariance / np.sqrt(np.where(dead, 1.0, variance_a * variance_b))
    return np.swapaxes(np.where(dead, np.nan, np.clip(correlation, -1.0, 1.0)), -1, -2)


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

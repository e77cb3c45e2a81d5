"""Fréchet distance between two sets of features: the number inside FID, FVD, FD and P-FD.

Conventions
-----------
Both sets are described by a mean and an unbiased covariance (`ddof = 1`)::

    FD = |mu_a - mu_b|^2 + tr S_a + tr S_b - 2 tr (S_a S_b)^(1/2)

The distance is in squared units of the features, is 0 for equal sets, and is lower for better methods.

No matrix square root is taken (:mod:`echo_metrics.gaussian` says how), and singular covariances need no special care.

Bias
----
FD of n rows over-estimates the distance of the populations by about C / n, where C depends on the data: numbers compare at equal n only.
:func:`frechet_infinity` extrapolates the bias away, :func:`kernel_distance` has none.

Source: Dowson and Landau, J. Multivariate Anal. 12 (1982); Heusel et al., NeurIPS 2017 (FID); Chong and Forsyth, arXiv 1911.07023.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.gaussian import Sample, describe, squared_distance
from echo_metrics.kernel import Drawn, KernelDistance, kernel_distance
from echo_metrics.moments import Floats, Matrix, Moments, as_rows

__all__ = [
    "FrechetInfinity",
    "KernelDistance",
    "Moments",
    "frechet_distance",
    "frechet_infinity",
    "infinity_of",
    "infinity_subsets",
    "kernel_distance",
    "paired_frechet",
]


def frechet_distance(a: Floats | Moments, b: Floats | Moments) -> float:
    """Squared Fréchet distance between two sets of features, lower is better, in squared units of the features.

    Parameters
    ----------
    a, b : ndarray of shape (samples, channels), or Moments
        Usually truth and prediction; the distance is symmetric. Keep the truth as :class:`Moments` when it is compared more than once:
        its root is computed once.

    Returns
    -------
    float
        At least 0; 0 for equal sets.

    Raises
    ------
    MetricInputError
        When a set has fewer than two rows, is not finite, or the channels differ.

    Warns
    -----
    MetricWarning
        When a set has no more rows than channels: the covariance is singular and the bias may exceed the distance.

    Notes
    -----
    Protocols: FID (Inception pool3, 2048 channels), FVD (I3D logits, 400), FD of motion (``dim``, ``dualtalk``; frames are samples).
    Two draws of 30 frames of one 50-channel Gaussian, whose distance is 0, measure about 41.

    Examples
    --------
    >>> rows = np.random.default_rng(0).normal(size=(500, 4))
    >>> round(frechet_distance(rows, rows + 3.0), 6)
    36.0
    """
    first, second = describe(a, "the first set"), describe(b, "the second set")
    smaller = min((first, second), key=lambda side: side.n)
    if 1 < smaller.n <= smaller.channels:
        warnings.warn(
            f"{smaller.n} rows of {smaller.channels} channels give a singular covariance and a strongly biased distance: "
            "compare at equal n only, and read frechet_infinity or kernel_distance beside it",
            MetricWarning,
            stacklevel=2,
        )
    return squared_distance(first, second)


def paired_frechet(gt: Floats, pred: Floats, partner: Floats) -> float:
    """Fréchet distance of motion joined with the partner's motion (P-FD), lower is better.

    It is the distance between ``[partner, gt]`` and ``[partner, pred]``: a reaction that does not go with the partner costs, even when it
    is a plausible motion by itself.

    Parameters
    ----------
    gt, pred, partner : ndarray of shape (frames, channels)
        Motion of one clip, frame by frame; `partner` may have its own channels.

    Raises
    ------
    MetricInputError
        When the three do not have one number of frames; otherwise as :func:`frechet_distance`.

    Notes
    -----
    Source: Ng et al., CVPR 2022 (Learning2Listen); DIM ``code/metrics/eval_utils.py``. Joining doubles the channels and so the bias.
    """
    frames = [len(as_rows(rows, name)) for rows, name in ((gt, "gt"), (pred, "pred"), (partner, "partner"))]
    if len(set(frames)) != 1:
        raise MetricInputError(f"gt, pred and partner have {frames} frames: were the tracks cut to a common length?")
    return frechet_distance(np.hstack([partner, gt]), np.hstack([partner, pred]))


@dataclass(frozen=True, slots=True)
class FrechetInfinity:
    """A line through Fréchet distances against 1 / n.

    Attributes
    ----------
    value : float
        The distance at infinitely many samples; lower is better. An unbiased estimate of a small distance may fall below 0.
    slope : float
        C in ``FD(n) = value + C / n``: the bias at n samples is C / n.
    sizes : ndarray of shape (points,), int
        Sample counts of the line.
    distances : ndarray of shape (points,), float64
        Distances at those counts.
    """

    value: float
    slope: float
    sizes: NDArray[np.int64]
    distances: Matrix


def frechet_infinity(
    features_a: Floats | Moments,
    features_b: Floats,
    *,
    points: int = 15,
    smallest: int | None = None,
    seed: int = 0,
) -> FrechetInfinity:
    """Fréchet distance with its finite-sample bias extrapolated away (FID-infinity).

    The distance of random subsets of n rows is computed at `points` evenly spaced n; a line in 1 / n is fitted and read at 0.

    Parameters
    ----------
    features_a : ndarray of shape (samples, channels), or Moments
        The truth. Moments are used whole at every point, as in the paper, which leaves the bias of their own n; rows are
        thinned to the same n as `features_b`, so that both biases go.
    features_b : ndarray of shape (samples, channels)
        The prediction.
    points : int, default 15
        Points of the line; the paper's number. At least 2.
    smallest : int, optional
        The least n. Default: a tenth of the rows, as in the paper, but more than the channels where there are enough rows.
    seed : int, default 0
        Seed of the subsets.

    Raises
    ------
    MetricInputError
        When there are too few rows for a line, or `smallest` is not between 2 and the rows at hand.

    Warns
    -----
    MetricWarning
        When `smallest` is not above the channels: there the bias does not follow 1 / n, and the line points too low or too high.

    Notes
    -----
    Source: Chong and Forsyth, "Effectively Unbiased FID and Inception Score", CVPR 2020, arXiv 1911.07023.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(2000, 16)), rng.normal(size=(2000, 16))
    >>> frechet_distance(a, b) > 5 * abs(frechet_infinity(a, b).value)
    True
    """
    rows = as_rows(features_b, "the second set")
    truth = features_a if isinstance(features_a, Moments) else as_rows(features_a, "the first set")
    most = len(rows) if isinstance(truth, Moments) else min(len(rows), len(truth))
    sizes = _sizes(most, rows.shape[1], points, smallest)
    rng = np.random.default_rng(seed)
    if isinstance(truth, Moments):
        distances = np.array([squared_distance(truth, Sample(rng.permutation(rows)[:n])) for n in sizes])
        slope, value = np.polyfit(1 / sizes, distances, 1)
        return FrechetInfinity(float(value), float(slope), sizes, distances)
    return infinity_of(truth, rows, _thinned(len(truth), len(rows), sizes, rng))


def infinity_subsets(
    first: int, second: int, channels: int, *, points: int = 15, smallest: int | None = None, seed: int = 0
) -> list[Drawn]:
    """The random subsets of :func:`frechet_infinity`, drawn from sets of so many rows.

    Raises
    ------
    MetricInputError
        As :func:`frechet_infinity`.
    """
    sizes = _sizes(min(first, second), channels, points, smallest)
    return _thinned(first, second, sizes, np.random.default_rng(seed))


def _thinned(first: int, second: int, sizes: NDArray[np.int64], rng: np.random.Generator) -> list[Drawn]:
    found = []
    for n in sizes:
        of_second = rng.permutation(second)[:n]
        found.append((rng.permutation(first)[:n], of_second))
    return found


def infinity_of(a: Floats, b: Floats, drawn: Sequence[Drawn]) -> FrechetInfinity:
    """The line through the distances of these subsets, whose two sides may differ in size: both have a bias that goes as 1 / n.

    Parameters
    ----------
    a, b : ndarray of shape (samples, channels)
    drawn : sequence of (ndarray, ndarray)
        From :func:`infinity_subsets`, or less of them. `sizes` counts the rows of `b`.
    """
    distances = np.array([squared_distance(Sample(a[x]), Sample(b[y])) for x, y in drawn])
    inverse = np.array([(1 / len(x) + 1 / len(y)) / 2 for x, y in drawn])
    slope, value = np.polyfit(inverse, distances, 1)
    return FrechetInfinity(float(value), float(slope), np.array([len(y) for _, y in drawn]), distances)


def _sizes(most: int, channels: int, points: int, smallest: int | None) -> NDArray[np.int64]:
    if smallest is None:
        smallest = max(most // 10, channels + 1 if channels + 1 <= most // 2 else most // 2)
    if points < 2 or not 2 <= smallest < most:
        raise MetricInputError(
            f"a line needs at least 2 points between n = 2 and the {most} rows at hand; got points = {points}, smallest = {smallest}"
        )
    if smallest <= channels:
        warnings.warn(
            f"subsets of {smallest} rows with {channels} channels: below n = channels the bias does not follow 1 / n, "
            "so the extrapolation is only a better guess than the distance itself",
            MetricWarning,
            stacklevel=3,
        )
    return np.unique(np.linspace(smallest, most, points).astype(np.int64))

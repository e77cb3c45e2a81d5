"""Intervals for one method: cluster bootstrap and t interval of a mean over clips.

Conventions
-----------
A *cluster* is what is independent: clips of one dyad are not. Below 20 clusters an interval is marked ``few clusters`` with its
simulated coverage; below 5 there is none, and the note says so. Seeds are ints; equal seeds give equal bytes.

Which one
---------
* A mean over clips: :func:`cluster_bootstrap`, or :func:`t_interval` without resampling.
* A set metric (FID, FVD, KID, FD of pooled frames): :func:`echo_metrics.jackknife.jackknife`. A percentile bootstrap must not be used:
  a resample holds each clip several times, which inflates the distance, so that its interval misses its own point estimate.

Source: Efron and Tibshirani, "An Introduction to the Bootstrap" (1993); Hesterberg, "What Teachers Should Know About the Bootstrap",
The American Statistician 69 (2015).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.clusters import (
    FEW_CLUSTERS,
    LEAST_CLUSTERS,
    as_values,
    cluster_codes,
    cluster_sums,
    resampled_means,
)
from echo_metrics.errors import MetricInputError
from echo_metrics.few_clusters import SIMULATED_LEVEL, Coverage, simulated_coverage

Labels = Sequence[Any] | NDArray[Any] | None


@dataclass(frozen=True, slots=True)
class Interval:
    """A confidence interval, or the reason why there is none.

    Attributes
    ----------
    lo, hi : float or None
        Ends, in the unit of the value; both None when there are too few clusters.
    level : float
        Nominal coverage, such as 0.95.
    method : str
        How it was made.
    note : str
        Empty, or what the reader must know: ``few clusters (12)`` and what such an interval covers, or why there is no interval.
    """

    lo: float | None
    hi: float | None
    level: float
    method: str
    note: str = ""

    def __contains__(self, value: float) -> bool:
        """Whether `value` lies between the ends; False without ends."""
        return self.lo is not None and self.hi is not None and self.lo <= value <= self.hi


@dataclass(frozen=True, slots=True)
class Estimate:
    """A value with its uncertainty.

    Attributes
    ----------
    value : float
        The point estimate, on all clips.
    stderr : float or None
        Standard error of `value`; None where there is no interval.
    interval : Interval
    clusters : int
        Independent units behind it.
    """

    value: float
    stderr: float | None
    interval: Interval
    clusters: int


def cluster_bootstrap(
    values: ArrayLike,
    clusters: Labels = None,
    *,
    replicates: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """Mean over clips with a bootstrap interval over clusters.

    Whole clusters are drawn with replacement. The percentiles are widened so that a normal mean of G clusters gets a t(G - 1) interval
    with unbiased variance (Hesterberg's expanded percentile): the plain percentile interval is too short by ``sqrt((G - 1) / G)`` and
    by the difference of t and z.

    Parameters
    ----------
    values : array_like of shape (clips,)
        One finite number per clip.
    clusters : sequence of shape (clips,), optional
        Dyad of each clip; without it every clip is its own cluster.
    replicates : int, default 10000
    level : float, default 0.95
    seed : int, default 0

    Returns
    -------
    Estimate
        `stderr` is the standard deviation of the replicates with the same correction.

    Raises
    ------
    MetricInputError
        When a value is missing, labels do not match, or the level is not between 0 and 1.

    Examples
    --------
    >>> clips = np.random.default_rng(0).normal(3.0, 1.0, 400)
    >>> estimate = cluster_bootstrap(clips, clusters=np.arange(400) // 4)
    >>> estimate.clusters, 3.0 in estimate.interval
    (100, True)
    """
    numbers = as_values(values)
    codes = cluster_codes(clusters, len(numbers))
    groups = int(codes.max()) + 1
    mean = float(numbers.mean())
    absent = no_interval(groups, level, "cluster bootstrap")
    if absent:
        return Estimate(mean, None, absent, groups)
    means = resampled_means(numbers, codes, replicates, seed)
    stderr = float(means.std() * np.sqrt(groups / (groups - 1)))
    return Estimate(mean, stderr, percentile_interval(means, groups, level, "cluster bootstrap"), groups)


def t_interval(values: ArrayLike, clusters: Labels = None, *, level: float = 0.95) -> Estimate:
    """Mean over clips with a cluster-robust t interval: no resampling, no seed.

    The variance is ``G / (G - 1) sum_g r_g^2 / n^2`` with r_g the sum of the residuals of cluster g, and the quantile that of t(G - 1).
    With one clip per cluster it is Student's interval.

    Parameters
    ----------
    values : array_like of shape (clips,)
    clusters : sequence of shape (clips,), optional
    level : float, default 0.95

    Raises
    ------
    MetricInputError
        As :func:`cluster_bootstrap`.

    Examples
    --------
    >>> t_interval([1.0, 2.0, 3.0, 4.0, 5.0, 6.0]).value
    3.5
    """
    numbers = as_values(values)
    codes = cluster_codes(clusters, len(numbers))
    groups = int(codes.max()) + 1
    mean = float(numbers.mean())
    absent = no_interval(groups, level, "cluster-robust t")
    if absent:
        return Estimate(mean, None, absent, groups)
    residuals = cluster_sums(numbers - mean, codes)
    stderr = float(np.sqrt(groups / (groups - 1) * np.square(residuals).sum()) / len(numbers))
    return Estimate(mean, stderr, around(mean, stderr, groups - 1, level, "cluster-robust t", groups), groups)


def no_interval(groups: int, level: float, method: str) -> Interval | None:
    """The interval that says why there is none, or None when there are clusters enough."""
    if not 0 < level < 1:
        raise MetricInputError(f"the level of an interval lies between 0 and 1, such as 0.95; got {level}")
    if groups >= LEAST_CLUSTERS:
        return None
    return Interval(
        None, None, level, method, f"no interval: {groups} cluster(s), at least {LEAST_CLUSTERS} are needed"
    )


def percentile_interval(replicates: NDArray[np.float64], groups: int, level: float, method: str) -> Interval:
    """Hesterberg's expanded percentile interval of bootstrap replicates over `groups` clusters."""
    from scipy.special import ndtr, stdtrit

    reach = np.sqrt(groups / (groups - 1)) * stdtrit(groups - 1, (1 + level) / 2)
    tail = float(ndtr(-reach))
    lo, hi = np.quantile(replicates, [tail, 1 - tail])
    return Interval(float(lo), float(hi), level, f"{method}, expanded percentile", few(groups, _known(level, "mean")))


def few(groups: int, coverage: Coverage | None = None) -> str:
    """The mark of an interval from few clusters, or an empty note.

    Parameters
    ----------
    groups : int
        Clusters.
    coverage : {"mean", "set"}, optional
        Whose simulated coverage is said: that of a 95 % interval of a mean, or of a set metric.

    Examples
    --------
    >>> few(12), few(20)
    ('few clusters (12)', '')
    """
    if groups >= FEW_CLUSTERS:
        return ""
    mark = f"few clusters ({groups})"
    return f"{mark}: simulated coverage {simulated_coverage(groups, coverage):.0%}" if coverage else mark


def around(
    value: float, stderr: float, freedom: int, level: float, method: str, groups: int, of: Coverage = "mean"
) -> Interval:
    """The interval of t(`freedom`) about a value of a mean or set; `groups` are the clusters behind it."""
    from scipy.special import stdtrit

    reach = float(stdtrit(freedom, (1 + level) / 2)) * stderr
    return Interval(value - reach, value + reach, level, method, few(groups, _known(level, of)))


def _known(level: float, of: Coverage) -> Coverage | None:
    """Coverage was simulated for 95 % alone."""
    return of if level == SIMULATED_LEVEL else None

"""Comparing two methods on the same clips: paired bootstrap, approximate randomisation, and Holm's correction for many pairs.

An unpaired test on paired scores throws away what the methods share (the difficulty of a clip): it needs several times the clips.
p-values are two-sided and never 0: the observed data count as one more draw, ``(1 + hits) / (1 + draws)``.

Source: Davison and Hinkley, "Bootstrap Methods and their Application" (1997), 4.2; Noreen, "Computer-intensive Methods for Testing
Hypotheses" (1989); Holm, Scand. J. Statist. 6 (1979).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.clusters import Codes, Values, as_values, cluster_codes, cluster_sums, resample, resampled_means
from echo_metrics.errors import MetricInputError
from echo_metrics.intervals import Estimate, Interval, Labels, no_interval, percentile_interval

ROUNDING = 1 - 1e-9  # draws this close to the observed difference are ties with it


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two methods, a minus b.

    Attributes
    ----------
    difference : Estimate
        With its interval over clusters.
    p : float or None
        Two-sided p-value of no difference; None with fewer than 5 clusters.
    """

    difference: Estimate
    p: float | None


def paired_bootstrap(
    a: ArrayLike,
    b: ArrayLike,
    clusters: Labels = None,
    *,
    replicates: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Difference of two means over the same clips.

    Parameters
    ----------
    a, b : array_like of shape (clips,)
        Values of the two methods, clip by clip in one order.
    clusters : sequence of shape (clips,), optional
        Dyad of each clip.
    replicates : int, default 10000
    level : float, default 0.95
    seed : int, default 0

    Raises
    ------
    MetricInputError
        When the methods have different clips, or a value is missing.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> difficulty = rng.normal(0, 5, 200)
    >>> result = paired_bootstrap(difficulty + 0.5 + rng.normal(0, 1, 200), difficulty + rng.normal(0, 1, 200))
    >>> result.p < 0.01
    True
    """
    deltas, codes = _paired(a, b, clusters)
    difference = float(deltas.mean())
    means = resampled_means(deltas, codes, replicates, seed)
    return _compare(difference, means, int(codes.max()) + 1, level, "paired cluster bootstrap")


def paired_set_bootstrap(
    difference: Callable[[NDArray[np.int64]], float],
    clips: int,
    clusters: Labels = None,
    *,
    replicates: int = 200,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Difference of a set metric (FID, FVD, FD) between two methods on the same clips.

    Resampling inflates both distances alike, so the *difference* of one resample may be bootstrapped where a value may not. What
    inflation remains is taken out by centring the replicates on the observed difference.

    Parameters
    ----------
    difference : callable
        Takes clip indices, some repeated, and returns metric(a) - metric(b) on exactly those clips.
    clips : int
    clusters : sequence of shape (clips,), optional
    replicates : int, default 200
    level : float, default 0.95
    seed : int, default 0

    Raises
    ------
    MetricInputError
        When labels do not match, or no clip or replicate is given.
    """
    if clips < 1 or replicates < 1:
        raise MetricInputError(f"a bootstrap needs at least one clip and one replicate; got {clips} and {replicates}")
    codes = cluster_codes(clusters, clips)
    groups = int(codes.max()) + 1
    observed = float(difference(np.arange(clips)))
    draws = np.concatenate(list(resample(groups, replicates, np.random.default_rng(seed)))).astype(np.int64)
    values = np.array([difference(np.repeat(np.arange(clips), drawn[codes])) for drawn in draws])
    return _compare(observed, values - values.mean() + observed, groups, level, "paired set bootstrap")


def approximate_randomisation(
    a: ArrayLike, b: ArrayLike, clusters: Labels = None, *, permutations: int = 10_000, seed: int = 0
) -> float:
    """Two-sided p-value that two methods are interchangeable: their labels are swapped at random, a whole cluster at a time.

    Parameters
    ----------
    a, b : array_like of shape (clips,)
    clusters : sequence of shape (clips,), optional
    permutations : int, default 10000
    seed : int, default 0

    Raises
    ------
    MetricInputError
        As :func:`paired_bootstrap`.

    Notes
    -----
    With G clusters no p below ``2 / 2^G`` is possible, whatever the number of permutations.

    Examples
    --------
    >>> approximate_randomisation([1.0, 2.0, 3.0], [1.0, 2.0, 3.0])
    1.0
    """
    deltas, codes = _paired(a, b, clusters)
    if permutations < 1:
        raise MetricInputError(f"at least one permutation is needed, got {permutations}")
    sums = cluster_sums(deltas, codes)
    signs = np.random.default_rng(seed).integers(0, 2, (permutations, len(sums)), np.int8) * 2 - 1
    hits = np.abs(signs @ sums) >= ROUNDING * abs(sums.sum())
    return float((1 + hits.sum()) / (1 + permutations))


def holm(p_values: ArrayLike) -> Values:
    """Holm's step-down adjusted p-values, in the order given: compare them with the level as they are.

    Parameters
    ----------
    p_values : array_like of shape (tests,)
        In [0, 1]; one per test of the family.

    Raises
    ------
    MetricInputError
        When a number is not a probability.

    Examples
    --------
    >>> holm([0.01, 0.04, 0.03]).tolist()
    [0.03, 0.06, 0.06]
    """
    p = np.asarray(p_values, np.float64)
    if p.ndim != 1 or not ((p >= 0) & (p <= 1)).all():
        raise MetricInputError(f"p-values must be one row of numbers in [0, 1]; got {p_values!r}")
    order = np.argsort(p, kind="stable")
    adjusted = np.empty_like(p)
    adjusted[order] = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1)
    return adjusted


def _paired(a: ArrayLike, b: ArrayLike, clusters: Labels) -> tuple[Values, Codes]:
    first, second = as_values(a, "method a"), as_values(b, "method b")
    if len(first) != len(second):
        raise MetricInputError(
            f"{len(first)} and {len(second)} clips cannot be paired: score both methods on one list of clips, in one order"
        )
    return first - second, cluster_codes(clusters, len(first))


def _compare(difference: float, replicates: Values, groups: int, level: float, method: str) -> Comparison:
    """p by shifting the replicates to no difference, and their interval."""
    absent: Interval | None = no_interval(groups, level, method)
    if absent:
        return Comparison(Estimate(difference, None, absent, groups), None)
    widening = np.sqrt(groups / (groups - 1))
    hits = widening * np.abs(replicates - difference) >= ROUNDING * abs(difference)
    p = float((1 + hits.sum()) / (1 + len(replicates)))
    interval = percentile_interval(replicates, groups, level, method)
    return Comparison(Estimate(difference, float(widening * replicates.std()), interval, groups), p)

"""Delete-a-group jackknife: the interval and bias of a set metric, and the difference of two methods on the same clips.

Clusters (dyads) are dealt at random into G groups and the metric is computed G times, without one group each. These replicates are few
and can be kept beside a value: whoever has them can put an interval about it, and compare it with another method's whose groups were
dealt from the same list of clips.

Source: Kott, J. Official Statistics 17 (2001); Quenouille, Biometrika 43 (1956) for the bias; Efron and Tibshirani, "An Introduction to
the Bootstrap" (1993), chapter 11.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.clusters import Codes, cluster_codes
from echo_metrics.comparisons import ROUNDING, Comparison
from echo_metrics.errors import MetricInputError
from echo_metrics.intervals import Estimate, Labels, around, no_interval

GROUPS = 20
METHOD = "delete-a-group jackknife"
PAIRED = "paired delete-a-group jackknife"
Statistic = Callable[[NDArray[np.int64]], float]


@dataclass(frozen=True, slots=True)
class Replicates:
    """A value, and the same without each group of clusters.

    Attributes
    ----------
    value : float
        On all clips.
    without : tuple of (float or None)
        Entry g: the value without group g; None where group g has no clip.
    clusters : int
        Independent units behind the value.
    """

    value: float
    without: tuple[float | None, ...]
    clusters: int

    @property
    def bias(self) -> float:
        """Estimated bias of `value` at this n: ``(G - 1) (mean of without - value)``; `value` minus it estimates the population's."""
        kept = [each for each in self.without if each is not None]
        return (len(kept) - 1) * (float(np.mean(kept)) - self.value)


def deal(clips: int, clusters: Labels = None, *, groups: int = GROUPS, seed: int = 0) -> Codes:
    """Group of each clip: clusters are dealt at random, a cluster is never split.

    Parameters
    ----------
    clips : int
        Number of clips.
    clusters : sequence of shape (clips,), optional
        Dyad of each clip.
    groups : int, default 20
        At most; never more than there are clusters.
    seed : int, default 0

    Returns
    -------
    ndarray of int, shape (clips,)
        0 to G - 1.

    Raises
    ------
    MetricInputError
        When there is no clip, labels do not match, or fewer than two groups are asked for.

    Examples
    --------
    >>> deal(6, ["a", "a", "b", "b", "c", "c"], groups=3).tolist()
    [2, 2, 0, 0, 1, 1]
    """
    if clips < 1 or groups < 2:
        raise MetricInputError(f"a jackknife needs at least one clip and two groups; got {clips} and {groups}")
    codes = cluster_codes(clusters, clips)
    count = int(codes.max()) + 1
    dealt: Codes = np.random.default_rng(seed).permutation(np.arange(count) % min(groups, count))[codes]
    return dealt


def delete_groups(statistic: Statistic, group_of: Sequence[int] | Codes, *, groups: int, clusters: int) -> Replicates:
    """The statistic of all clips, and without each group.

    Parameters
    ----------
    statistic : callable
        Takes the indices of the clips to keep, ascending, and returns the metric of that subset.
    group_of : sequence of int of shape (clips,)
        From :func:`deal`; the entries of clips that have no value may have been left out.
    groups : int
        How many groups were dealt.
    clusters : int
        Independent units among these clips.

    Raises
    ------
    MetricInputError
        When the statistic is not finite on a subset.
    """
    dealt = np.asarray(group_of, np.int64)
    value = _finite(statistic(np.arange(len(dealt))), "all clips")
    without = [
        _finite(statistic(np.flatnonzero(dealt != g)), f"all but group {g}") if (dealt == g).any() else None
        for g in range(groups)
    ]
    return Replicates(value, tuple(without), clusters)


def jackknife_estimate(replicates: Replicates, *, level: float = 0.95) -> Estimate:
    """The interval of a value from its replicates.

    ``var = (G - 1) / G sum_g (theta_g - mean theta)^2`` with the quantile of t(G - 1), about the value of all clips, which carries the
    bias of n samples: it is about the metric at this n.

    Parameters
    ----------
    replicates : Replicates
    level : float, default 0.95

    Raises
    ------
    MetricInputError
        When the level is not between 0 and 1.
    """
    absent = no_interval(replicates.clusters, level, METHOD)
    if absent:
        return Estimate(replicates.value, None, absent, replicates.clusters)
    kept = [each for each in replicates.without if each is not None]
    stderr, freedom = _spread(kept)
    interval = around(replicates.value, stderr, freedom, level, METHOD, replicates.clusters, "set")
    return Estimate(replicates.value, stderr, interval, replicates.clusters)


def jackknife(
    statistic: Statistic,
    clips: int,
    clusters: Labels = None,
    *,
    groups: int = GROUPS,
    level: float = 0.95,
    seed: int = 0,
) -> Estimate:
    """A set metric with a delete-a-group jackknife interval (:func:`jackknife_estimate`).

    Parameters
    ----------
    statistic : callable
        Takes the indices of the clips to keep, ascending, and returns the metric of that subset, or the difference of two methods on it.
    clips : int
        Number of clips.
    clusters : sequence of shape (clips,), optional
        Dyad of each clip; a dyad is never split between groups.
    groups : int, default 20
        At most; never more than there are clusters.
    level : float, default 0.95
    seed : int, default 0
        Seed of the dealing.

    Raises
    ------
    MetricInputError
        When labels do not match, there are fewer than two groups, or the statistic is not finite on a subset.

    Examples
    --------
    >>> from echo_metrics.frechet import frechet_distance
    >>> rng = np.random.default_rng(0)
    >>> truth, pred = rng.normal(size=(400, 4)), rng.normal(size=(400, 4)) + 0.5
    >>> fd = jackknife(lambda keep: frechet_distance(truth[keep], pred[keep]), clips=400)
    >>> fd.value in fd.interval
    True
    """
    group_of = deal(clips, clusters, groups=groups, seed=seed)
    count = int(cluster_codes(clusters, clips).max()) + 1
    absent = no_interval(count, level, METHOD)
    if absent:
        return Estimate(_finite(statistic(np.arange(clips)), "all clips"), None, absent, count)
    kept = delete_groups(statistic, group_of, groups=min(groups, count), clusters=count)
    return jackknife_estimate(kept, level=level)


def paired_jackknife(a: Replicates, b: Replicates, *, level: float = 0.95) -> Comparison:
    """Difference of two methods from their replicates, without the clips themselves.

    What both share (the difficulty of a clip) cancels in each replicate of the difference. p is that of a t test with G - 1 degrees
    of freedom.

    Parameters
    ----------
    a, b : Replicates
        Of the same clips, dealt into the same groups.
    level : float, default 0.95

    Raises
    ------
    MetricInputError
        When the replicates are of different dealings.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> difficulty = rng.normal(0, 5, 200)
    >>> a, b = difficulty + 0.5 + rng.normal(0, 1, 200), difficulty + rng.normal(0, 1, 200)
    >>> kept = [delete_groups(lambda k, v=v: float(v[k].mean()), deal(200), groups=20, clusters=200) for v in (a, b)]
    >>> paired_jackknife(*kept).p < 0.01
    True
    """
    from scipy.special import stdtr

    if len(a.without) != len(b.without) or a.clusters != b.clusters:
        raise MetricInputError(
            f"{len(a.without)} groups of {a.clusters} clusters and {len(b.without)} of {b.clusters} cannot be paired: "
            "score both methods on one list of clips"
        )
    difference = a.value - b.value
    pairs = zip(a.without, b.without, strict=True)
    each = [one - other for one, other in pairs if one is not None and other is not None]
    absent = no_interval(a.clusters if len(each) > 1 else 1, level, PAIRED)
    if absent:
        return Comparison(Estimate(difference, None, absent, a.clusters), None)
    stderr, freedom = _spread(each)
    rounding = (1 - ROUNDING) * max(abs(a.value), abs(b.value))
    if stderr <= rounding:
        p = 1.0 if abs(difference) <= rounding else 0.0
    else:
        p = float(2 * stdtr(freedom, -abs(difference) / stderr))
    interval = around(difference, stderr, freedom, level, PAIRED, a.clusters, "set")
    return Comparison(Estimate(difference, stderr, interval, a.clusters), p)


def _spread(without: Sequence[float]) -> tuple[float, int]:
    """Standard error, and degrees of freedom."""
    freedom = len(without) - 1
    return float(np.sqrt(freedom * np.var(without))), freedom


def _finite(value: float, subset: str) -> float:
    if not np.isfinite(value):
        raise MetricInputError(f"the metric of {subset} is {value}: it needs more clips than a group leaves")
    return float(value)

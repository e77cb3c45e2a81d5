"""The uncertainty of a score, from the per-clip statistics behind it (the maths is in echo_metrics.statistics)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from echo_metrics.clusters import LEAST_CLUSTERS
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.jackknife import GROUPS
from echo_metrics.statistics import Interval, Replicates, deal, delete_groups, jackknife_estimate, t_interval
from numpy.typing import NDArray

from echo_bench.metric import Metric, subsets_of
from echo_bench.results.schema import IntervalPart

LEVEL = 0.95


class ClipValue(Protocol):
    """What is known of a metric on one clip."""

    @property
    def cluster(self) -> str:
        """The dyad."""
        ...

    @property
    def value(self) -> float | None:
        """The metric of this clip alone."""
        ...

    @property
    def stat(self) -> Any:
        """Its sufficient statistics; None where the metric has no value on it."""
        ...


def uncertainty(metric: Metric[Any], rows: Sequence[ClipValue]) -> tuple[IntervalPart, tuple[float | None, ...]]:
    """The interval of a score, and the jackknife replicates by which it can be compared later.

    Parameters
    ----------
    metric : Metric
    rows : sequence of ClipValue
        Every expected clip in manifest order, with or without a value: groups of dyads are dealt from all of them, so that they are
        the same for every method.

    Returns
    -------
    IntervalPart
    tuple of (float or None)
        The metric without each group; None where the group has no clip. Empty where the metric cannot do without one.
    """
    good = [row for row in rows if row.stat is not None]
    try:
        kept = _replicates(metric, rows, good)
    except MetricInputError as error:
        kept, absent = None, _none(str(error))
    without = kept.without if kept else ()
    if metric.info.aggregation == "mean" or len({row.cluster for row in good}) < LEAST_CLUSTERS:
        return interval(good), without
    return (_part(jackknife_estimate(kept, level=LEVEL).interval) if kept else absent), without


def interval(rows: Sequence[ClipValue]) -> IntervalPart:
    """The interval of a mean over clips: cluster-robust t.

    Parameters
    ----------
    rows : sequence of ClipValue
        The clips behind the score, in manifest order.

    Returns
    -------
    IntervalPart
        Below five clusters the range over clips, without a level.
    """
    clusters = [row.cluster for row in rows]
    if len(set(clusters)) < LEAST_CLUSTERS:
        return _range([row.value for row in rows if row.value is not None])
    try:
        return _part(t_interval(np.array([row.value for row in rows], np.float64), clusters, level=LEVEL).interval)
    except MetricInputError as error:
        return _none(str(error))


def _replicates(metric: Metric[Any], rows: Sequence[ClipValue], good: Sequence[ClipValue]) -> Replicates:
    expected = [row.cluster for row in rows]
    groups = min(GROUPS, len(set(expected)))
    dealt = deal(len(rows), expected)[[index for index, row in enumerate(rows) if row.stat is not None]]
    statistic = _mean_of if metric.info.aggregation == "mean" else _merged
    return delete_groups(statistic(metric, good), dealt, groups=groups, clusters=len({row.cluster for row in good}))


def _mean_of(_metric: Metric[Any], rows: Sequence[ClipValue]) -> Any:
    values = np.array([row.value for row in rows], np.float64)
    return lambda kept: values[kept].mean() if len(kept) else np.nan


def _merged(metric: Metric[Any], rows: Sequence[ClipValue]) -> Any:
    """The metric of a subset of clips, in manifest order."""
    of_subset = subsets_of(metric, [row.stat for row in rows])

    def value(kept: NDArray[np.int64]) -> float:
        if len(kept) < max(metric.info.min_clips, 1):
            return np.nan
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)  # what it says of all clips stands beside the score already
            return of_subset(kept)

    return value


def _range(values: Sequence[float]) -> IntervalPart:
    note = f"no interval: fewer than {LEAST_CLUSTERS} dyads; the pair is the range over {len(values)} clips"
    if not values:
        return _none(note)
    return IntervalPart(lo=min(values), hi=max(values), level=None, kind="range over clips", note=note)


def _part(found: Interval) -> IntervalPart:
    return IntervalPart(lo=found.lo, hi=found.hi, level=found.level, kind=found.method, note=found.note)


def _none(why: str) -> IntervalPart:
    return IntervalPart(lo=None, hi=None, level=None, kind="none", note=why)

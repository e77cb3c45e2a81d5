"""The interval of a score, from the per-clip statistics behind it (the maths is in echo_metrics.statistics)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import reduce
from typing import Any, Protocol

import numpy as np
from echo_metrics.clusters import LEAST_CLUSTERS
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.statistics import jackknife, t_interval
from numpy.typing import NDArray

from echo_bench.metric import Metric
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
        """Its sufficient statistics."""
        ...


def interval(metric: Metric[Any], rows: Sequence[ClipValue]) -> IntervalPart:
    """The interval of a score.

    Parameters
    ----------
    metric : Metric
    rows : sequence of ClipValue
        The clips behind the score, in manifest order.

    Returns
    -------
    IntervalPart
        Mean metrics: cluster-robust t. Set metrics: delete-a-group jackknife. Below five clusters no interval can be had; the pair
        is then the range over clips, without a level.
    """
    clusters = [row.cluster for row in rows]
    if len(set(clusters)) < LEAST_CLUSTERS:
        return _range([row.value for row in rows if row.value is not None])
    try:
        if metric.info.aggregation == "set":
            found = jackknife(_without(metric, rows), len(rows), clusters, level=LEVEL).interval
        else:
            found = t_interval(np.array([row.value for row in rows], np.float64), clusters, level=LEVEL).interval
    except MetricInputError as error:
        return IntervalPart(lo=None, hi=None, level=None, kind="none", note=str(error))
    return IntervalPart(lo=found.lo, hi=found.hi, level=found.level, kind=found.method, note=found.note)


def _without(metric: Metric[Any], rows: Sequence[ClipValue]) -> Any:
    """The metric of a subset of clips, merged in manifest order."""

    def value(kept: NDArray[np.int64]) -> float:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", MetricWarning)  # what it says of all clips stands beside the score already
            return metric.finalize(reduce(metric.merge, [rows[i].stat for i in kept]))

    return value


def _range(values: Sequence[float]) -> IntervalPart:
    note = f"no interval: fewer than {LEAST_CLUSTERS} dyads; the pair is the range over {len(values)} clips"
    if not values:
        return IntervalPart(lo=None, hi=None, level=None, kind="none", note=note)
    return IntervalPart(lo=min(values), hi=max(values), level=None, kind="range over clips", note=note)

"""Paired differences with intervals, as rows of tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from echo_metrics.clusters import cluster_codes, resampled_means
from echo_metrics.intervals import no_interval, percentile_interval
from echo_metrics.statistics import paired_bootstrap
from pydantic import BaseModel, ConfigDict

from echo_bench.leaderboard.compare import compare
from tools.echo_eval.runs import Scored

LEVEL, REPLICATES = 0.95, 10_000


class Paired(BaseModel):
    """A minus B over the clips that both have; no interval below five dyads."""

    model_config = ConfigDict(frozen=True)

    metric: str
    a: str
    b: str
    of_a: float
    of_b: float
    difference: float
    low: float | None
    high: float | None
    clips: int


def against(found: Scored, a: str, others: Sequence[str], metrics: Sequence[str]) -> list[Paired]:
    """One row minus each of others; those that lack a metric, or are not there, are left out."""
    some = found.rows[found.rows["metric"].isin(metrics) & found.rows["value"].notna()]
    scored = {name: set(zip(rows["clip"], rows["metric"], strict=True)) for name, rows in some.groupby("method")}
    own = scored.get(a, set())
    return [
        Paired(
            metric=each.metric, a=a, b=b, of_a=each.a, of_b=each.b, difference=each.difference, low=each.interval.lo,
            high=each.interval.hi, clips=each.clips,
        )
        for b in others
        if own & scored.get(b, set())
        for each in compare(some, found.results, a, b)
    ]  # fmt: skip


def paired(
    metric: str, names: tuple[str, str], a: Sequence[float], b: Sequence[float], clusters: Sequence[str]
) -> Paired:
    """The same of values that are no rows.

    Examples
    --------
    >>> found = paired("m", ("a", "b"), [2.0, 3.0, 4.0], [1.0, 2.0, 3.0], ["x", "y", "z"])
    >>> found.difference, found.clips
    (1.0, 3)
    """
    each = paired_bootstrap(a, b, clusters).difference
    return Paired(
        metric=metric, a=names[0], b=names[1], of_a=sum(a) / len(a), of_b=sum(b) / len(b), difference=each.value,
        low=each.interval.lo, high=each.interval.hi, clips=len(a),
    )  # fmt: skip


def share_interval(a: Sequence[float], b: Sequence[float], clusters: Sequence[str]) -> tuple[float, float] | None:
    """95 % interval of the mean of `a` as a share of the mean of `b`, whole dyads drawn; none below five dyads.

    Examples
    --------
    >>> share_interval([1.0, 2.0, 3.0, 4.0, 5.0], [2.0, 4.0, 6.0, 8.0, 10.0], list("vwxyz"))
    (0.5, 0.5)
    """
    codes = cluster_codes(clusters, len(a))
    groups, method = int(codes.max()) + 1, "cluster bootstrap"
    if no_interval(groups, LEVEL, method):
        return None
    means = resampled_means(np.array([a, b], np.float64), codes, REPLICATES, 0)
    found = percentile_interval(means[0] / means[1], groups, LEVEL, method)
    assert found.lo is not None
    assert found.hi is not None
    return found.lo, found.hi


def side(found: Paired) -> int:
    """1 where the interval lies above zero, -1 where below, else 0."""
    low, high = found.low, found.high
    if low is None or high is None:
        return 0
    return int(low > 0) - int(high < 0)


def told(found: Paired) -> str:
    """The difference with its interval; bold where zero is outside."""
    low, high = found.low, found.high
    interval = "[no interval]" if low is None or high is None else f"[{low:+.3f}, {high:+.3f}]"
    text = f"{found.difference:+.3f} {interval}"
    return f"**{text}**" if side(found) else text

"""Two methods on the same clips: paired differences per metric, with intervals, corrected p-values and effect sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from echo_metrics.errors import MetricInputError
from echo_metrics.statistics import Interval, Replicates, holm, paired_bootstrap, paired_jackknife
from numpy.typing import NDArray

from echo_bench.errors import ResultError, UnknownNameError
from echo_bench.leaderboard.ranking import cost_of
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart

MOST_DIFFERENT = 3


@dataclass(frozen=True, slots=True)
class Difference:
    """One metric of A minus the same of B, over the clips that both have.

    Attributes
    ----------
    metric : str
    a, b : float
        Means over the matched clips.
    difference : float
    interval : Interval
    p, p_holm : float or None
        Two-sided, and corrected for the number of metrics compared; None below five dyads.
    effect : float or None
        Mean difference over its standard deviation between clips (Cohen's d of pairs); None for one clip, equal differences, or a
        metric of the whole set.
    clips : int
    most_different : tuple of str
        The clips on which they differ most; none for a metric of the whole set.
    ahead : {"A", "B", ""}
        Whose value is better by the metric's own direction, told apart or not; empty where they are equal or nothing is better.
    """

    metric: str
    a: float
    b: float
    difference: float
    interval: Interval
    p: float | None
    p_holm: float | None
    effect: float | None
    clips: int
    most_different: tuple[str, ...]
    ahead: str = ""


def compare(rows: pd.DataFrame, results: Sequence[ResultFile], a: str, b: str) -> list[Difference]:
    """Paired differences of two methods of a run, metric by metric.

    Parameters
    ----------
    rows : DataFrame
        ``rows.parquet`` of the run: columns method, clip, cluster, metric, status, value.
    results : sequence of ResultFile
        Of the run: metrics of the whole set are compared by the replicates that are kept there.
    a, b : str
        Names of methods.

    Returns
    -------
    list of Difference
        In the order of the rows; a metric of the whole set is left out where the methods have not the same clips.

    Raises
    ------
    UnknownNameError
        When the run has no such method.
    ResultError
        When they have no clip in common on any metric.
    """
    known = sorted(set(rows["method"]))
    for name in (a, b):
        if name not in known:
            raise UnknownNameError(f"the run has no method {name!r}", fix=f"methods: {', '.join(known)}")
    parts = {file.result.method.name: file.result for file in results}
    good = rows[rows["value"].notna()]
    found = []
    for metric in dict.fromkeys(rows["metric"]):
        scores = [parts[name].score(metric) if name in parts else None for name in (a, b)]
        if any(score is not None and score.aggregation == "set" for score in scores):
            found += _of_sets(*scores) if _same_clips(rows[rows["metric"] == metric], a, b) else []
        else:
            found += _of_clips(metric, *(good[(good["method"] == n) & (good["metric"] == metric)] for n in (a, b)))
    if not found:
        raise ResultError(f"{a} and {b} have no clip in common on any metric")
    return [replace(each, ahead=_ahead(each, parts.get(a) or parts.get(b))) for each in _corrected(found)]


def _ahead(found: Difference, part: ResultPart | None) -> str:
    score = part.score(found.metric) if part else None
    if score is None or score.direction == "none" or (score.direction == "target" and score.target is None):
        return ""
    a, b = (cost_of(score.direction, score.target, value) for value in (found.a, found.b))
    return "A" if a < b else "B" if b < a else ""


def _of_clips(metric: str, a: pd.DataFrame, b: pd.DataFrame) -> list[Difference]:
    """The difference of two means over the clips that both have, if there are any."""
    of_a, of_b = a.set_index("clip"), b.set_index("clip")
    both = [clip for clip in of_a.index if clip in of_b.index]
    if not both:
        return []
    first, second = (of.loc[both, "value"].to_numpy(np.float64) for of in (of_a, of_b))
    return [_difference(metric, both, first, second, list(of_a.loc[both, "cluster"]))]


def _same_clips(rows: pd.DataFrame, a: str, b: str) -> bool:
    """Whether two methods have their values of one metric on the same clips: as many are not enough."""
    good = rows[rows["status"] == "ok"]
    return set(good.loc[good["method"] == a, "clip"]) == set(good.loc[good["method"] == b, "clip"])


def _of_sets(a: ScorePart | None, b: ScorePart | None) -> list[Difference]:
    """The difference of two values of whole sets, if they are of the same clips."""
    if a is None or b is None or a.value is None or b.value is None or not a.of_same_clips(b):
        return []
    pair = [Replicates(score.value, score.replicates, score.n_clusters) for score in (a, b) if score.value is not None]
    try:
        test = paired_jackknife(*pair)
    except MetricInputError:  # replicates of other groups, or none in a result of an older schema
        return []
    return [
        Difference(
            metric=a.metric,
            a=a.value,
            b=b.value,
            difference=a.value - b.value,
            interval=test.difference.interval,
            p=test.p,
            p_holm=None,
            effect=None,
            clips=a.n,
            most_different=(),
        )
    ]


def _difference(
    metric: str, clips: Sequence[str], a: NDArray[np.float64], b: NDArray[np.float64], clusters: Sequence[str]
) -> Difference:
    test = paired_bootstrap(a, b, clusters)
    each = a - b
    spread = float(each.std(ddof=1)) if len(each) > 1 else 0.0
    order = np.argsort(-np.abs(each), kind="stable")[:MOST_DIFFERENT]
    return Difference(
        metric=metric,
        a=float(a.mean()),
        b=float(b.mean()),
        difference=float(each.mean()),
        interval=test.difference.interval,
        p=test.p,
        p_holm=None,
        effect=float(each.mean()) / spread if spread > 0 else None,
        clips=len(clips),
        most_different=tuple(clips[i] for i in order if each[i] != 0),
    )


def _corrected(found: Sequence[Difference]) -> list[Difference]:
    adjusted = iter(holm([d.p for d in found if d.p is not None]).tolist())
    return [replace(d, p_holm=next(adjusted)) if d.p is not None else d for d in found]

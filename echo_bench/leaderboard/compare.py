"""Two methods on the same clips: paired differences per metric, with intervals, corrected p-values and effect sizes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from echo_metrics.statistics import Interval, holm, paired_bootstrap
from numpy.typing import NDArray

from echo_bench.errors import ResultError, UnknownNameError

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
        Mean difference over its standard deviation between clips (Cohen's d of pairs); None for one clip or equal differences.
    clips : int
    most_different : tuple of str
        The clips on which they differ most.
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


def compare(rows: pd.DataFrame, a: str, b: str, *, leave_out: Collection[str] = ()) -> list[Difference]:
    """Paired differences of two methods of a run, metric by metric.

    Parameters
    ----------
    rows : DataFrame
        ``rows.parquet`` of the run.
    a, b : str
        Names of methods.
    leave_out : collection of str
        Metric ids that are no mean over clips, so that per-clip differences would be another number.

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
    good = rows[rows["value"].notna()]
    found = []
    for metric in dict.fromkeys(rows["metric"]):
        of_a, of_b = (good[(good["method"] == name) & (good["metric"] == metric)].set_index("clip") for name in (a, b))
        both = [clip for clip in of_a.index if clip in of_b.index]
        if both and metric not in leave_out:
            first, second = (of.loc[both, "value"].to_numpy(np.float64) for of in (of_a, of_b))
            found.append(_difference(metric, both, first, second, list(of_a.loc[both, "cluster"])))
    if not found:
        raise ResultError(f"{a} and {b} have no clip in common on any metric")
    return _corrected(found)


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
    tested = [d.p for d in found if d.p is not None]
    adjusted = iter(holm(tested).tolist() if tested else [])
    return [
        Difference(
            d.metric, d.a, d.b, d.difference, d.interval, d.p,
            next(adjusted) if d.p is not None else None, d.effect, d.clips, d.most_different,
        )
        for d in found
    ]  # fmt: skip

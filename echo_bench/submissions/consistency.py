"""Whether a submission agrees with itself: what a result says must follow from its rows, and the rows from what was made.

Nothing is decoded and no dataset is needed. An edit that is carried through all documents passes; recomputing clips finds it
(:mod:`echo_bench.submissions.rescore`).
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from echo_bench import __version__
from echo_bench.clip import Status
from echo_bench.errors import EchoBenchError
from echo_bench.metric import Direction, Metric, MetricInfo
from echo_bench.metrics.fast import metric_of
from echo_bench.pipeline.rows import Row
from echo_bench.pipeline.score import failures_of
from echo_bench.results.intervals import uncertainty
from echo_bench.results.provenance import clips_sha256, signature
from echo_bench.results.schema import ResultPart, ScorePart
from echo_bench.submissions.bundle import Bundle

ROUNDING = 1e-9  # relative; a mean may be summed in another order elsewhere


def inconsistencies(bundle: Bundle) -> list[str]:
    """Every contradiction inside a submission, one line each."""
    return list(_found(bundle))


def _found(bundle: Bundle) -> Iterator[str]:
    result = bundle.result.result
    yield from _of_clips(bundle)
    yield from _of_the_method(bundle)
    by_metric: dict[str, list[Row]] = {score.metric: [] for score in result.scores}
    for row in bundle.rows:
        by_metric.setdefault(row.metric, []).append(row)
    for metric in by_metric.keys() - {score.metric for score in result.scores}:
        yield f"{metric} has rows and no score"
    for score in result.scores:
        rows = by_metric[score.metric]
        if tuple(row.clip for row in rows) != bundle.clips:
            yield f"{score.metric} does not have one row for every clip, in their order"
            continue
        yield from _of_a_score(score, rows, result.provenance)
    if tuple(failures_of(bundle.rows)) != result.failures:
        yield "the failures of the result are not those of the rows"


def _of_clips(bundle: Bundle) -> Iterator[str]:
    clips, split = bundle.clips, bundle.result.result.split
    if len(set(clips)) < len(clips):
        yield "a clip is there twice"
    if len(clips) != split.n_expected:
        yield f"{len(clips)} clips are there and the result counts {split.n_expected}"
    ended = {outcome.clip_id: outcome.status for outcome in bundle.submission.outcomes}
    without = {row.clip for row in bundle.rows if row.status is Status.OK and ended.get(row.clip) != "ok"}
    yield from (f"clip {clip} has values and nothing was made for it" for clip in sorted(without))
    clusters: dict[str, set[str]] = {}
    for row in bundle.rows:
        clusters.setdefault(row.clip, set()).add(row.cluster)
    yield from (f"clip {clip} belongs to several dyads" for clip, names in clusters.items() if len(names) > 1)


def _of_the_method(bundle: Bundle) -> Iterator[str]:
    result = bundle.result.result
    names = {result.method.name, bundle.submission.method}
    for outcome in bundle.submission.outcomes:
        names |= {outcome.method, *(artefact.method for artefact in outcome.artefacts)}
        if any(artefact.clip_id != outcome.clip_id for artefact in outcome.artefacts):
            yield f"an artefact of clip {outcome.clip_id} is of another clip"
        if [artefact.sample for artefact in outcome.artefacts] != list(range(len(outcome.artefacts))):
            yield f"the samples of clip {outcome.clip_id} are not counted from 0"
        if (outcome.status == "ok") != bool(outcome.artefacts):
            yield f"clip {outcome.clip_id} ended as {outcome.status} with {len(outcome.artefacts)} artefacts"
    if len(names) > 1:
        yield f"it speaks of several methods: {', '.join(sorted(names))}"
    most = max((len(outcome.artefacts) for outcome in bundle.submission.outcomes), default=0)
    if result.method.samples != max(1, most):
        yield f"the result counts {result.method.samples} artefacts per clip and {most} are there"
    yield from _of_the_rank(result)


def _of_the_rank(result: ResultPart) -> Iterator[str]:
    if result.method.uses_truth:
        yield "the method uses the truth: a yardstick is no submission"
    limited = result.split.limit is not None
    if result.partial != limited:
        yield "the result is marked partial without a limit, or the other way round"
    if (result.unranked == "") == (limited or result.method.uses_truth):
        yield f"why it is not ranked ({result.unranked or 'no reason'}) does not follow from the run"


def _of_a_score(score: ScorePart, rows: Sequence[Row], provenance: dict[str, str]) -> Iterator[str]:
    good = [row for row in rows if row.status is Status.OK]
    skipped = sum(row.status is Status.SKIPPED for row in rows)
    counted = (score.n, score.n_expected, score.n_skipped, score.n_clusters)
    if counted != (len(good), len(rows), skipped, len({row.cluster for row in good})):
        yield f"{score.metric}: its counts are not those of the rows"
    if score.clips_sha256 and score.clips_sha256 != clips_sha256(row.clip for row in good):
        yield f"{score.metric}: its clips are not those of the rows"
    if (score.status == "ok") != (score.value is not None) or (score.status == "skipped") != (skipped == len(rows)):
        yield f"{score.metric}: its status {score.status} does not follow from the rows"
    yield from _of_a_definition(score, len(good), provenance)
    if score.aggregation == "mean":
        yield from _of_a_mean(score, rows)


def _of_a_mean(score: ScorePart, rows: Sequence[Row]) -> Iterator[str]:
    good = [row for row in rows if row.status is Status.OK]
    values = [row.value for row in good if row.value is not None]
    if len(values) < len(good):
        yield f"{score.metric}: clips without a value are marked ok"
    elif score.value is not None and not values:
        yield f"{score.metric}: has a value and no clip has one"
    elif score.value is not None and not _equal(score.value, float(np.mean(values))):
        yield f"{score.metric}: {score.value:.6g} is not the mean of its rows, {np.mean(values):.6g}"
    elif score.value is not None and (metric := _known(score.metric)) is not None:
        # The statistics of a mean are its values.
        pair, without = uncertainty(metric, [replace(row, stat=row.value) for row in rows])
        stated = score.interval
        if stated is None or not (_equal(stated.lo, pair.lo) and _equal(stated.hi, pair.hi)):
            yield f"{score.metric}: its interval does not follow from its rows"
        if len(without) != len(score.replicates) or not all(map(_equal, score.replicates, without)):
            yield f"{score.metric}: its replicates do not follow from its rows"


def _of_a_definition(score: ScorePart, n: int, provenance: dict[str, str]) -> Iterator[str]:
    """The definition that the id stands for here; an id that is not known here is told by :func:`unknown`."""
    metric = _known(score.metric)
    if metric is None:
        return
    info = metric.info
    if (score.title, score.unit, score.aggregation) != (info.title, info.unit, info.aggregation):
        yield f"{score.metric}: title, unit or aggregation are not those of the id"
    if not _aims_as(score, info):
        yield f"{score.metric}: its direction or target is not that of the id"
    if provenance.get("echo-bench") != __version__:
        return  # another release may define other signatures
    if score.signature != signature(info, n, provenance):
        yield f"{score.metric}: its signature does not follow from the id, the clips and the provenance"


def _aims_as(score: ScorePart, info: MetricInfo) -> bool:
    if info.direction is Direction.TARGET and info.target == "truth":
        return score.direction == ("none" if score.target is None else "target")
    return (score.direction, score.target) == (info.direction.value, info.target)


def unknown(bundle: Bundle) -> list[str]:
    """Ids whose definition is not known here, so that only their arithmetic was checked."""
    return [score.metric for score in bundle.result.result.scores if _known(score.metric) is None]


def _known(metric_id: str) -> Metric[Any] | None:
    try:
        return metric_of(metric_id)
    except EchoBenchError:
        return None  # an id of another package, or of another release


def _equal(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is b
    return math.isclose(a, b, rel_tol=ROUNDING, abs_tol=1e-12)

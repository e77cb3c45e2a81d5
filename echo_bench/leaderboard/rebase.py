"""Make or renew the baseline of a gate from the results of one method, one per seed."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import numpy as np

from echo_bench.errors import ResultError
from echo_bench.leaderboard.baseline import Baseline, ChangePart, GuardedMetric, SeedPart, environment, protocol_of
from echo_bench.leaderboard.ranking import cost_of
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart

ABS, REL, K = 1e-6, 0.01, 3.0
"""Usual tolerances: rounding, one percent, three standard deviations between seeds."""


def make_baseline(results: Sequence[ResultFile], *, reason: str, previous: Baseline | None = None) -> Baseline:
    """A baseline from the results of one method, one per seed.

    Every metric with a direction and a value is guarded.

    Parameters
    ----------
    results : sequence of ResultFile
    reason : str
        Why it is made or changed; goes into the history.
    previous : Baseline, optional
        Its history goes on, and so do its tolerances' ingredients.

    Raises
    ------
    ResultError
        When the reason is empty, a seed appears twice, the results are not of one method, split and environment, a metric has a value
        for some seeds only, or nothing is left to guard.
    """
    if not reason.strip():
        raise ResultError("a baseline is not changed without a reason", where="--reason", fix="say why")
    parts = [file.result for file in results]
    _require_one_kind(parts)
    first = parts[0]
    kept = {guarded.metric: guarded for guarded in previous.metrics} if previous else {}
    guarded = [
        _guarded(metric, parts, kept.get(metric))
        for metric in dict.fromkeys(score.metric for part in parts for score in part.scores)
        if any(_guardable(part.score(metric)) for part in parts)
    ]
    if not guarded:
        raise ResultError("no metric with a direction has a value: there is nothing to guard", where=first.method.name)
    change = ChangePart(
        date=datetime.now(UTC).date().isoformat(),
        reason=reason.strip(),
        method_version=first.method.version,
        commit=first.provenance.get("commit", ""),
    )
    return Baseline(
        method=first.method.name,
        samples=first.method.samples,
        split=first.split,
        alpha=previous.alpha if previous else 0.05,
        environment=environment(first.provenance),
        metrics=tuple(guarded),
        history=((*previous.history, change) if previous else (change,)),
    )


def _require_one_kind(parts: Sequence[ResultPart]) -> None:
    if not parts:
        raise ResultError("there is no result to make a baseline from", fix="give one result per seed")
    seeds = [part.method.seed for part in parts]
    if len(set(seeds)) < len(seeds):
        raise ResultError(f"one result per seed; the seeds are {seeds}", fix="score with another --seed")
    first = parts[0]
    for part in parts[1:]:
        for what, mine, theirs in (
            ("methods", (part.method.name, part.method.version), (first.method.name, first.method.version)),
            ("splits", part.split, first.split),
            ("numbers of samples", part.method.samples, first.method.samples),
            ("environments", environment(part.provenance), environment(first.provenance)),
        ):
            if mine != theirs:
                raise ResultError(f"the results are of different {what}: {theirs} and {mine}", where="--update")


def _guardable(score: ScorePart | None) -> bool:
    return score is not None and score.status == "ok" and score.direction != "none"


def _guarded(metric: str, parts: Sequence[ResultPart], kept: GuardedMetric | None) -> GuardedMetric:
    scores = [score for part in parts if (score := part.score(metric)) is not None and _guardable(score)]
    fixed = {(s.direction, s.target, protocol_of(s), s.n_clusters) for s in scores}
    if len(scores) < len(parts) or len(fixed) > 1 or not all(s.of_same_clips(scores[0]) for s in scores):
        raise ResultError(
            f"{metric} has not the same clips, target and protocol for all {len(parts)} seeds",
            where=parts[0].method.name,
            fix="look at its status in each result, and score the seeds alike",
        )
    first = scores[0]
    values = [score.value for score in scores if score.value is not None]
    costs = [cost_of(first.direction, first.target, value) for value in values]
    seed_sd = float(np.std(costs, ddof=1)) if len(costs) > 1 else 0.0
    abs_, rel, k = (kept.abs, kept.rel, kept.k) if kept else (ABS, REL, K)
    return GuardedMetric.model_validate(
        {
            "metric": metric,
            "direction": first.direction,
            "target": first.target,
            "protocol": protocol_of(first),
            "seeds": [
                SeedPart(seed=part.method.seed, value=value, replicates=score.replicates)
                for part, score, value in zip(parts, scores, values, strict=True)
            ],
            "n": first.n,
            "n_clusters": first.n_clusters,
            "clips_sha256": first.clips_sha256,
            "abs": abs_,
            "rel": rel,
            "k": k,
            "seed_sd": seed_sd,
            "tolerance": max(abs_, rel * abs(float(np.mean(values))), k * seed_sd),
        }
    )

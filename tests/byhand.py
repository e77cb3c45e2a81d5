"""Result files made by hand, for tests of boards and reports."""

from __future__ import annotations

from typing import Any

from echo_bench.results.schema import (
    FailurePart,
    IntervalPart,
    MethodPart,
    ResultFile,
    ResultPart,
    RunPart,
    ScorePart,
    SplitPart,
)

CLIPS = 6


def interval(lo: float, hi: float, note: str = "", level: float | None = 0.95) -> IntervalPart:
    """A 95 % interval, or with ``level=None`` a plain range."""
    return IntervalPart(lo=lo, hi=hi, level=level, kind="cluster-t" if level else "range", note=note)


def score(metric: str, value: float | None, half: float | None = None, **given: Any) -> ScorePart:
    """A score of `value` plus or minus `half`; without a value it is skipped unless `given` says otherwise."""
    spread = interval(value - half, value + half) if value is not None and half is not None else None
    fields: dict[str, Any] = {
        "metric": metric,
        "title": f"Title of {metric}",
        "unit": "dB",
        "direction": "higher",
        "target": None,
        "aggregation": "mean",
        "status": "ok" if value is not None else "skipped",
        "reason": "" if value is not None else "needs pixels; the method gives motion",
        "value": value,
        "interval": spread,
        "n": CLIPS if value is not None else 0,
        "n_expected": CLIPS,
        "n_skipped": 0 if value is not None else CLIPS,
        "n_clusters": CLIPS,
        "warnings": (),
        "signature": f"{metric}|v:1",
    }
    return ScorePart(**{**fields, **given})


def result(
    name: str, *scores: ScorePart, uses_truth: bool = False, split: dict[str, Any] | None = None, **given: Any
) -> ResultFile:
    """The result file of one method."""
    method = MethodPart(
        name=name, version="1", uses_truth=uses_truth, stochastic=False, causal=False, samples=1, seed=0
    )
    where = {"dataset": "toy", "version": "1", "split": "test", "manifest_sha256": "ab" * 32, "n_expected": CLIPS}
    fields: dict[str, Any] = {"failures": (), "partial": False, "unranked": "", "provenance": {"echo-bench": "0.1.0"}}
    return ResultFile(
        result=ResultPart(
            method=method, split=SplitPart(**{**where, **(split or {})}), scores=scores, **{**fields, **given}
        ),
        run=RunPart(
            created="2026-01-01T00:00:00Z",
            host={"cpu": "x"},
            seconds={"score": 1.5},
            counters={},
            peak_memory_mib=100.0,
        ),
    )


def failure(clip: str, metric: str | None = None, message: str = "truncated file") -> FailurePart:
    """A clip that has no value."""
    return FailurePart(clip=clip, stage="extract", metric=metric, error="MediaError", message=message)

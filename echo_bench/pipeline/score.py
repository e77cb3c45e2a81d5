"""From rows to results: statistics are merged in manifest order, so that neither workers nor shards can change a number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from echo_bench.clip import DyadicClip, Status
from echo_bench.errors import ResultError
from echo_bench.method import Method
from echo_bench.metric import Direction, Metric
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.rows import Row, Scorer, heard, value_of
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.intervals import uncertainty
from echo_bench.results.provenance import clips_sha256, signature
from echo_bench.results.schema import FailurePart, ScorePart

COLUMNS = ("method", "clip", "cluster", "metric", "status", "value", "stage", "error", "reason")


def rows_of(
    method: Method,
    metrics: Sequence[Metric[Any]],
    clips: Sequence[DyadicClip],
    outcomes: Mapping[str, Outcome],
    store: FeatureStore,
    done: Callable[[DyadicClip], None],
) -> list[Row]:
    """Every metric of a method on every clip, in manifest order.

    Parameters
    ----------
    method : Method
    metrics : sequence of Metric
    clips : sequence of DyadicClip
    outcomes : mapping of clip id to Outcome
    store : FeatureStore
    done : callable
        Called after each clip.
    """
    scorer = Scorer(method.capabilities, store)
    rows = []
    for index, clip in enumerate(clips):
        outcome = outcomes.get(clip.id) or _missing(method, clip)
        rows += [scorer.row(metric, clip, outcome, half=index % 2) for metric in metrics]
        done(clip)
    return rows


def scores_of(metrics: Sequence[Metric[Any]], rows: Sequence[Row], targets: Mapping[str, float]) -> list[ScorePart]:
    """The scores of one method from its rows.

    Parameters
    ----------
    metrics : sequence of Metric
    rows : sequence of Row
        In manifest order.
    targets : mapping of metric id to float
        Values of the ground-truth row, for metrics whose target is the truth's own value.
    """
    return [_score(metric, [r for r in rows if r.metric == metric.info.id], targets) for metric in metrics]


def failures_of(rows: Sequence[Row]) -> list[FailurePart]:
    """Clips without a value that should have one; a failure that meets every metric of a clip is one entry."""
    found: dict[tuple[str, str, str], list[Row]] = {}
    for row in rows:
        if row.status is Status.FAILED:
            found.setdefault((row.clip, row.error, row.reason), []).append(row)
    return [
        FailurePart(
            clip=clip,
            stage=group[0].stage or "score",
            metric=group[0].metric if len(group) == 1 else None,
            error=error,
            message=reason,
        )
        for (clip, error, reason), group in found.items()
    ]


def frame_of(rows: Sequence[Row]) -> pd.DataFrame:
    """Rows as a table, without the statistics: what `rows.parquet` holds."""
    table = pd.DataFrame([{name: getattr(row, name) for name in COLUMNS} for row in rows], columns=list(COLUMNS))
    table["status"] = [str(row.status) for row in rows]
    table["value"] = table["value"].astype("float64")
    table["stage"] = table["stage"].fillna("")
    return table


def read_rows(out: Path) -> pd.DataFrame:
    """The rows of the run in a folder, as :func:`frame_of` made them.

    Raises
    ------
    ResultError
        When they are not there, or torn.
    """
    path, fix = out / "rows.parquet", "run `echo-bench score --out DIR` first"
    try:
        return pd.read_parquet(path)
    except FileNotFoundError as error:
        raise ResultError("holds no rows", where=out, fix=fix) from error
    except (OSError, ValueError) as error:
        raise ResultError(f"cannot be read: {error}", where=path, fix=fix) from error


def _score(metric: Metric[Any], rows: Sequence[Row], targets: Mapping[str, float]) -> ScorePart:
    info = metric.info
    good = [row for row in rows if row.status is Status.OK]
    skipped = [row for row in rows if row.status is Status.SKIPPED]
    value, reason = None, ""
    warned: list[str] = []
    if len(good) < info.min_clips or not good:
        reason = _why_none(rows, good, skipped, info.min_clips)
    else:
        with heard() as warned:
            value, reason = value_of(metric, reduce(metric.merge, [row.stat for row in good]))
    status: Literal["ok", "failed", "skipped"]
    status = "ok" if value is not None else "skipped" if len(skipped) == len(rows) else "failed"
    target = targets.get(info.id) if info.target == "truth" else info.target
    pair, replicates = uncertainty(metric, rows) if value is not None else (None, ())
    return ScorePart(
        metric=info.id,
        title=info.title,
        unit=info.unit,
        direction="none" if info.direction is Direction.TARGET and target is None else info.direction.value,
        target=target,
        aggregation=info.aggregation,
        status=status,
        reason=reason,
        value=value,
        interval=pair,
        replicates=replicates,
        n=len(good),
        n_expected=len(rows),
        n_skipped=len(skipped),
        n_clusters=len({row.cluster for row in good}),
        warnings=(*_warnings(metric, good, value), *warned),
        signature=signature(info, len(good)),
        clips_sha256=clips_sha256(row.clip for row in good) if value is not None else "",
    )


def _why_none(rows: Sequence[Row], good: Sequence[Row], skipped: Sequence[Row], needed: int) -> str:
    if skipped and len(skipped) == len(rows):
        return "; ".join(sorted({row.reason for row in skipped}))
    if good:
        return f"needs {needed} clips and has {len(good)}"
    return "; ".join(sorted({row.reason for row in rows if row.status is Status.FAILED})[:3])


def _warnings(metric: Metric[Any], rows: Sequence[Row], value: float | None) -> list[str]:
    said = Counter(text for row in rows for text in row.warnings)
    found = [f"{text} ({n} of {len(rows)} clips)" for text, n in said.items()]
    if short := sum(row.trimmed for row in rows):
        found.append(f"{short} artefacts are shorter than their clip and were compared on the common part")
    if overlong := sum(row.overlong for row in rows):
        found.append(f"{overlong} artefacts are more than 5 % longer than their clip: only the clip's part was scored")
    low, high = metric.info.range
    if value is not None and ((low is not None and value < low) or (high is not None and value > high)):
        found.append(f"outside the possible range {low} to {high}: suspect the measurement")
    return found


def _missing(method: Method, clip: DyadicClip) -> Outcome:
    reason = "nothing was generated for this clip: run `echo-bench generate`"
    return Outcome(method.name, clip.id, "failed", error="MethodError", reason=reason)

"""From result files to a board.

Rules
-----
* Results of different splits are refused: a board compares like with like. So are values of the fast policy.
* Yardsticks (rows that see the truth) come first and are never ranked. Rows that are partial, below full coverage, without any
  value or declared unranked come last, with the reason.
* The rest is ordered by the mean of the ranks over the *counted* metrics: those with a direction, for which every ranked row
  has a value on the same clips, under one signature and target. (Results from before schema 1.2 say only on how many.)
* An id that every result skipped has no column; a note names it and the reason.
* Where ground truth does not win on a metric with a direction, the metric is flagged, never the method.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from echo_bench.errors import ResultError
from echo_bench.leaderboard.board import Board, Cell, Column, Group, Kind, Row
from echo_bench.leaderboard.kinds import kinds_of, of_kind
from echo_bench.leaderboard.notes import board_notes
from echo_bench.leaderboard.ranking import cost, cost_interval, leading, places, tied_ranks
from echo_bench.leaderboard.standing import Standing, standings
from echo_bench.leaderboard.text import number
from echo_bench.leaderboard.unmeasured import unmeasured, unmeasured_notes
from echo_bench.metrics.cards import failed_cards
from echo_bench.metrics.fast import is_fast
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart

GROUND_TRUTH = "ground-truth"
_TOLERANCE = 1e-9  # of the column's largest value: differences below it are rounding, not a win over ground truth


def boards(results: Sequence[ResultFile]) -> list[Board]:
    """All boards of results of one split: what was measured, and motion as delivered where there is any. Errors as for :func:`build`."""
    return [build(results, kind) for kind in kinds_of(results)]


def build(
    results: Sequence[ResultFile],
    kind: Kind = Kind.MEASURED,
    chosen: Sequence[str] = (),
    order_by: Sequence[str] = (),
) -> Board:
    """Build one board of results of one split.

    Parameters
    ----------
    results : sequence of ResultFile
        One per method. Columns are the metric ids of this kind in the order in which they first appear, without those that all skip.
    kind : Kind
    chosen : sequence of str
        The ids that get a column, in this order; empty for all. A row needs full coverage of these alone to be ranked.
    order_by : sequence of str
        The ids that may count towards the mean rank; empty for all.

    Returns
    -------
    Board

    Raises
    ------
    ResultError
        When there is no result of this kind, no result has an id that is asked for, a method appears twice, the results are of
        different datasets, splits or manifests, a value is of the fast policy, or a metric id has two units, directions or
        aggregations.
    """
    given = [file.result for file in results]
    _require_comparable(given)
    parts = of_kind(given, kind)
    if not parts:
        raise ResultError("no method delivered motion", where="leaderboard", fix="build the measured board")
    parts = _only(parts, chosen, order_by)
    contenders = [part for part in parts if not part.method.uses_truth and not _why_unranked(part)]
    skipped = unmeasured(parts)
    ids = [metric for metric in chosen or _metric_ids(parts) if metric not in skipped]
    columns = [_column(metric, parts, contenders) for metric in ids]
    if order_by:
        columns = [each if each.metric in order_by else _left_out(each) for each in columns]
    counted = [column.metric for column in columns if column.counted]
    means = _mean_ranks(contenders, counted)
    ranks = dict(zip(means, places(list(means.values())), strict=True))
    marks = {column.metric: _marks(column, contenders) for column in columns}
    rows = [_row(part, columns, marks, means.get(part.method.name), ranks.get(part.method.name)) for part in parts]
    order = list(Group)
    rows.sort(key=lambda row: (order.index(row.group), row.mean_rank or 0.0))
    left_off = [part.method.name for part in given if part.method.name not in {row.method.name for row in rows}]
    notes = (*board_notes(kind, columns, rows, left_off), *unmeasured_notes(skipped))
    return Board(kind, parts[0].split, tuple(columns), tuple(rows), notes)


def _require_comparable(parts: Sequence[ResultPart]) -> None:
    if not parts:
        raise ResultError("there is no result to build a board from", fix="score at least one method first")
    first = parts[0]
    seen: set[str] = set()
    for part in parts:
        name = part.method.name
        if name in seen:
            raise ResultError(f"method {name!r} has two results", where="leaderboard", fix="give one of them")
        seen.add(name)
        if fast := next((score.metric for score in part.scores if is_fast(score.metric)), None):
            raise ResultError(
                f"{fast} of {name!r} was computed by the fast policy, which no board takes",
                where="leaderboard",
                fix="score without ids that end in +fast",
            )
        for field in ("dataset", "version", "split", "manifest_sha256"):
            mine, theirs = getattr(part.split, field), getattr(first.split, field)
            if mine != theirs:
                raise ResultError(
                    f"not comparable: {field} is {mine!r} for {name!r} and {theirs!r} for {first.method.name!r}",
                    where="leaderboard",
                    fix="build one board per split, of results scored on the same manifest",
                )


def _only(parts: Sequence[ResultPart], chosen: Sequence[str], order_by: Sequence[str]) -> list[ResultPart]:
    """The results with their scores of the chosen ids alone."""
    known = set(_metric_ids(parts))
    if unknown := [metric for metric in (*chosen, *order_by) if metric not in known]:
        raise ResultError(f"no result has {', '.join(unknown)}", where="leaderboard", fix="name ids of the results")
    if outside := [metric for metric in order_by if chosen and metric not in chosen]:
        raise ResultError(
            f"ordered by {', '.join(outside)}, which is no column", where="leaderboard", fix="add it to the columns"
        )
    if not chosen:
        return list(parts)
    return [part.model_copy(update={"scores": tuple(s for s in part.scores if s.metric in chosen)}) for part in parts]


def _left_out(column: Column) -> Column:
    return replace(column, counted=False, why=column.why or "this board does not order by it")


def _metric_ids(parts: Sequence[ResultPart]) -> list[str]:
    return list(dict.fromkeys(score.metric for part in parts for score in part.scores))


def _complete(score: ScorePart) -> bool:
    return score.status == "ok" and score.value is not None and score.n == score.n_expected - score.n_skipped


def _why_unranked(part: ResultPart) -> str:
    """Why a row that does not see the truth is still not ranked; empty when it is."""
    if part.unranked:
        return part.unranked
    if part.partial or part.split.limit is not None:
        return "partial run" + (f" (first {part.split.limit} clips)" if part.split.limit is not None else "")
    if not any(score.value is not None for score in part.scores):
        return next((f"no value: {score.status}, {score.reason}" for score in part.scores), "no metric was scored")
    short = [score for score in part.scores if score.status != "skipped" and not _complete(score)]
    if not short:
        return ""
    listed = ", ".join(f"{score.metric} {score.n} of {score.n_expected - score.n_skipped}" for score in short[:3])
    return f"below full coverage: {listed}" + (f" and {len(short) - 3} more" if len(short) > 3 else "")


def _column(metric: str, parts: Sequence[ResultPart], contenders: Sequence[ResultPart]) -> Column:
    scores = {part.method.name: score for part in parts if (score := part.score(metric))}
    first = next(iter(scores.values()))
    for name, score in scores.items():
        for field in ("unit", "direction", "aggregation"):
            if getattr(score, field) != getattr(first, field):
                raise ResultError(
                    f"{metric} has {field} {getattr(score, field)!r} here and {getattr(first, field)!r} elsewhere",
                    where=f"result of {name}",
                    fix="score every method with one version of echo-bench",
                )
    why = _why_not_counted(first, {part.method.name: part.score(metric) for part in contenders})
    return Column(
        metric=metric,
        title=first.title,
        unit=first.unit,
        direction=first.direction,
        target=next((score.target for score in scores.values() if score.target is not None), None),
        aggregation=first.aggregation,
        signature=first.signature,
        counted=not why,
        why=why,
        flags=_flags(scores),
    )


def _why_not_counted(first: ScorePart, scores: dict[str, ScorePart | None]) -> str:
    """Why a metric is left out of the mean rank of these ranked rows; empty when it is not."""
    if first.direction == "none":
        return "descriptive: no direction"
    if not scores:
        return "no ranked row"
    for name, score in scores.items():
        if score is None or not _complete(score):
            return f"{score.status if score else 'absent'} for {name}"
        if score.direction == "target" and score.target is None:
            return "descriptive here: the target is unknown"
    return _difference([score for score in scores.values() if score])


def _difference(scores: Sequence[ScorePart]) -> str:
    """What makes the values of ranked rows incomparable; empty when nothing does."""
    for what, kinds in (
        ("signatures", {score.signature for score in scores}),
        ("targets", {score.target for score in scores}),
        ("numbers of clips", {score.n for score in scores}),
        ("clips", {score.clips_sha256 for score in scores} - {""}),
    ):
        if len(kinds) > 1:
            return f"the ranked rows have different {what}"
    return ""


def _flags(scores: dict[str, ScorePart]) -> tuple[str, ...]:
    """What is wrong with a metric: its own report card, and rows that beat ground truth on the same clips."""
    return (*_card(next(iter(scores.values())).metric if scores else ""), *_beaten(scores))


def _card(metric: str) -> tuple[str, ...]:
    verdict = failed_cards().get(metric)
    return (f"fails its own report card ({verdict.where}): {'; '.join(verdict.faults)}",) if verdict else ()


def _beaten(scores: dict[str, ScorePart]) -> tuple[str, ...]:
    """Rows that beat ground truth on the same clips."""
    truth = scores.get(GROUND_TRUTH)
    if truth is None or truth.value is None or truth.direction not in ("higher", "lower"):
        return ()
    rivals = [
        s for name, s in scores.items() if name != GROUND_TRUTH and s.value is not None and s.of_same_clips(truth)
    ]
    slack = _TOLERANCE * max(1.0, *(abs(s.value) for s in scores.values() if s.value is not None))
    winners = [score for score in rivals if cost(score) < cost(truth) - slack]
    if not winners:
        return ()
    best = min(winners, key=cost)
    name = next(name for name, score in scores.items() if score is best)
    mine, theirs = cost_interval(truth), cost_interval(best)
    apart = mine is not None and theirs is not None and theirs[1] < mine[0]
    return (
        f"ground truth does not win: {name} has {number(best.value)}, ground truth {number(truth.value)}"
        + (", and their intervals do not overlap" if apart else "; this is not a separated difference")
        + (f" ({len(winners)} rows are ahead of it)" if len(winners) > 1 else ""),
    )


def _mean_ranks(contenders: Sequence[ResultPart], counted: Sequence[str]) -> dict[str, float]:
    """Mean rank of each ranked method over the counted metrics; empty when nothing is counted."""
    if not counted:
        return {}
    table = [tied_ranks([cost(score) for part in contenders if (score := part.score(metric))]) for metric in counted]
    return {part.method.name: sum(ranks[i] for ranks in table) / len(table) for i, part in enumerate(contenders)}


def _marks(column: Column, contenders: Sequence[ResultPart]) -> dict[str, tuple[bool, Standing | None]]:
    """Of the ranked methods that have a value: which cannot be told from the best, and where each stands."""
    found = [(part.method.name, part.score(column.metric)) for part in contenders]
    scores = {name: score for name, score in found if score is not None and _complete(score)}
    aimless = column.direction == "none" or (column.direction == "target" and column.target is None)
    if aimless or _difference(list(scores.values())):
        return {}
    stands = standings(scores)
    return {name: (mark, stands.get(name)) for name, mark in zip(scores, leading(list(scores.values())), strict=True)}


def _row(
    part: ResultPart,
    columns: Sequence[Column],
    marks: dict[str, dict[str, tuple[bool, Standing | None]]],
    mean_rank: float | None,
    rank: int | None,
) -> Row:
    name = part.method.name
    why = "yardstick: it sees the truth" if part.method.uses_truth else _why_unranked(part)
    group = Group.YARDSTICK if part.method.uses_truth else Group.UNRANKED if why else Group.RANKED
    cells = tuple(Cell(part.score(c.metric), *marks[c.metric].get(name, (False, None))) for c in columns)
    return Row(part.method, group, rank, mean_rank, why, cells)

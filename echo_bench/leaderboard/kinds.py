"""Two kinds of boards: what was measured from pixels, and motion as it was delivered. They never share a column.

A method that gives pixels alone is not on the board of delivered motion; there it could only be SKIPPED, metric by metric.
"""

from __future__ import annotations

from collections.abc import Sequence

from echo_bench.leaderboard.board import Kind
from echo_bench.metric import is_native
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart


def kind_of(score: ScorePart) -> Kind:
    """The board on which a score stands."""
    return Kind.NATIVE if is_native(score.metric) else Kind.MEASURED


def kinds_of(results: Sequence[ResultFile]) -> list[Kind]:
    """The boards that these results fill: those on which something is not skipped, or else the measured one."""
    tried = {kind_of(score) for file in results for score in file.result.scores if score.status != "skipped"}
    return [kind for kind in Kind if kind in tried] or [Kind.MEASURED]


def of_kind(parts: Sequence[ResultPart], kind: Kind) -> list[ResultPart]:
    """The results with their scores of one kind alone; on the native board those that have any."""
    chosen = [part.model_copy(update={"scores": tuple(s for s in part.scores if kind_of(s) == kind)}) for part in parts]
    if kind is Kind.MEASURED:
        return chosen
    return [part for part in chosen if any(score.status != "skipped" for score in part.scores)]

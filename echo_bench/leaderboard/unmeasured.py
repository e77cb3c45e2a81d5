"""Ids that no method of a board was measured by: listed once with their reason, instead of a column of skipped cells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence

from echo_bench.results.schema import ResultPart


def unmeasured(parts: Sequence[ResultPart]) -> dict[str, str]:
    """Metric ids that every result that has them skipped, and why.

    Parameters
    ----------
    parts : sequence of ResultPart

    Returns
    -------
    dict of str to str
        In the order of the results; several reasons are joined. Those of yardsticks count where there are no others: they are
        often about the yardstick itself.
    """
    reasons: defaultdict[str, tuple[set[str], set[str]]] = defaultdict(lambda: (set(), set()))
    measured = set()
    for part in parts:
        for score in part.scores:
            reasons[score.metric][part.method.uses_truth].add(score.reason)
            if score.status != "skipped":
                measured.add(score.metric)
    return {metric: "; ".join(sorted(why or own)) for metric, (why, own) in reasons.items() if metric not in measured}


def unmeasured_notes(why: Mapping[str, str]) -> list[str]:
    """One note per reason, with the ids that it kept off the board.

    Examples
    --------
    >>> unmeasured_notes({"a@x": "no voice", "b@x": "no face", "c@x": "no voice"})
    ['Not measured: a@x, c@x (no voice).', 'Not measured: b@x (no face).']
    """
    ids: defaultdict[str, list[str]] = defaultdict(list)
    for metric, reason in why.items():
        ids[reason].append(metric)
    return [f"Not measured: {', '.join(names)} ({reason})." for reason, names in ids.items()]

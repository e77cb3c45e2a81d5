"""Who is ahead: costs, ranks with ties, and which values cannot be told from the best."""

from __future__ import annotations

from collections.abc import Sequence

from echo_bench.results.schema import ScorePart


def cost(score: ScorePart) -> float:
    """How bad a value is, lower is better: the value, its negative, or its distance from the target.

    Raises
    ------
    ValueError
        For a score without a value or without a direction: it has no cost.
    """
    if score.value is None:
        raise ValueError(f"{score.metric} has no value")
    return cost_of(score.direction, score.target, score.value)


def cost_of(direction: str, target: float | None, value: float) -> float:
    """How bad a value is where `direction` is good, lower is better.

    Raises
    ------
    ValueError
        Without a direction, or without the target it needs.

    Examples
    --------
    >>> cost_of("lower", None, 3.0), cost_of("higher", None, 3.0), cost_of("target", 5.0, 3.0)
    (3.0, -3.0, 2.0)
    """
    match direction:
        case "lower":
            return value
        case "higher":
            return -value
        case "target" if target is not None:
            return abs(value - target)
    raise ValueError(f"direction {direction!r} with target {target} has no cost")


def cost_interval(score: ScorePart) -> tuple[float, float] | None:
    """The interval of a score in units of :func:`cost`; None where there is no interval of a stated level."""
    interval = score.interval
    if interval is None or interval.level is None or interval.lo is None or interval.hi is None:
        return None
    ends = sorted(cost_of(score.direction, score.target, end) for end in (interval.lo, interval.hi))
    if score.direction == "target" and score.target is not None and interval.lo <= score.target <= interval.hi:
        ends[0] = 0.0
    return ends[0], ends[1]


def tied_ranks(costs: Sequence[float]) -> list[float]:
    """Rank of each cost from 1; equal costs share the mean of their ranks.

    Examples
    --------
    >>> tied_ranks([0.3, 0.1, 0.3, 0.9])
    [2.5, 1.0, 2.5, 4.0]
    """
    return [1 + sum(other < own for other in costs) + (sum(other == own for other in costs) - 1) / 2 for own in costs]


def places(means: Sequence[float]) -> list[int]:
    """Final places: ties share one and the next is skipped.

    Examples
    --------
    >>> places([2.0, 1.5, 2.0, 4.0])
    [2, 1, 2, 4]
    """
    return [1 + sum(other < own for other in means) for own in means]


def leading(scores: Sequence[ScorePart]) -> list[bool]:
    """Which scores are the best, or have an interval that overlaps the best one's.

    All False where nothing is separated: fewer than two scores, the best has no interval, or every interval overlaps it.
    """
    if len(scores) < 2:
        return [False] * len(scores)
    best = min(scores, key=cost)
    bound = cost_interval(best)
    if bound is None:
        return [False] * len(scores)
    marks = [score is best or _overlaps(cost_interval(score), bound) for score in scores]
    return [False] * len(scores) if all(marks) else marks


def _overlaps(a: tuple[float, float] | None, b: tuple[float, float]) -> bool:
    return a is None or (a[0] <= b[1] and b[0] <= a[1])

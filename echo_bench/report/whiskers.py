"""The small interval drawings in the cells of the page's table, and what the table sorts by."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from echo_bench.leaderboard.board import Cell
from echo_bench.leaderboard.ranking import cost

WIDTH = 100.0
_MARGIN = 4.0


@dataclass(frozen=True, slots=True)
class Whisker:
    """Where value and interval lie in a drawing of width :data:`WIDTH`.

    Attributes
    ----------
    at : float
    lo, hi : float or None
        None without an interval.
    firm : bool
        The interval has a stated level; else it is a plain range.
    """

    at: float
    lo: float | None
    hi: float | None
    firm: bool


def whisker_scale(cells: Iterable[Cell]) -> tuple[float, float]:
    """The least and greatest value or bound of a column; (0, 1) for a column without values."""
    ends: list[float] = []
    for cell in cells:
        interval = cell.reach
        found = (cell.value, interval.lo if interval else None, interval.hi if interval else None)
        ends += [end for end in found if end is not None]
    return (min(ends), max(ends)) if ends else (0.0, 1.0)


def whisker(cell: Cell, scale: tuple[float, float]) -> Whisker | None:
    """The drawing of a cell on its column's scale; None for a cell without a value.

    A column whose values are all equal is drawn in the middle.
    """
    if cell.value is None:
        return None
    low, high = scale

    def place(value: float | None) -> float | None:
        if value is None:
            return None
        share = (value - low) / (high - low) if high > low else 0.5
        return round(_MARGIN + share * (WIDTH - 2 * _MARGIN), 2)

    interval = cell.reach
    lo, hi = (place(interval.lo), place(interval.hi)) if interval else (None, None)
    at = place(cell.value)
    assert at is not None
    return Whisker(at, lo, hi, interval is not None and interval.level is not None)


def sort_key(cell: Cell) -> float | None:
    """What a column sorts by, best first; descriptive values sort from the greatest. None sorts last."""
    score = cell.score
    if score is None or score.status != "ok" or score.value is None:
        return None
    if score.direction == "none" or (score.direction == "target" and score.target is None):
        return -score.value
    return cost(score)

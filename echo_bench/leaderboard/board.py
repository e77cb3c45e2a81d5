"""What a leaderboard is: rows of methods, columns of metric ids, and in every cell a score with its interval and n."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Literal

from echo_bench.leaderboard.standing import Standing
from echo_bench.results.schema import IntervalPart, MethodPart, ScorePart, SplitPart

CellStatus = Literal["ok", "failed", "skipped", "absent"]


class Kind(StrEnum):
    """What the values of a board come from."""

    MEASURED = "measured"
    NATIVE = "native"


class Group(StrEnum):
    """Why a row stands where it stands."""

    YARDSTICK = "yardstick"
    RANKED = "ranked"
    UNRANKED = "unranked"


@dataclass(frozen=True, slots=True)
class Column:
    """One metric id.

    Attributes
    ----------
    metric, title, unit, direction, target, aggregation, signature
        As in the results (the first that has the metric).
    counted : bool
        It is one of the metrics over which the mean rank is taken.
    why : str
        Why it is not counted; empty where it is.
    flags : tuple of str
        Defects of the metric itself, e.g. that ground truth does not win.
    """

    metric: str
    title: str
    unit: str
    direction: Literal["higher", "lower", "target", "none"]
    target: float | None
    aggregation: Literal["mean", "set"]
    signature: str
    counted: bool
    why: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Cell:
    """One metric id of one method.

    Attributes
    ----------
    score : ScorePart or None
        None where the result does not have the metric.
    leading : bool
        The best value of the ranked rows, or one whose interval overlaps the best one's.
    standing : Standing or None
        Its rank in the column with an interval, and its tie groups; None outside the ranked rows and where nothing can be tested.
    """

    score: ScorePart | None
    leading: bool = False
    standing: Standing | None = None

    @property
    def status(self) -> CellStatus:
        """How the metric ended; ``absent`` where it was never asked for."""
        return self.score.status if self.score else "absent"

    @property
    def value(self) -> float | None:
        """The number, if there is one."""
        return self.score.value if self.score and self.score.status == "ok" else None

    @property
    def interval(self) -> IntervalPart | None:
        """The interval, or the reason why there is none."""
        return self.score.interval if self.score and self.score.status == "ok" else None

    @property
    def reach(self) -> IntervalPart | None:
        """The interval, where it is about the value: not the range over single clips of one value of all clips together.

        A distance of a few frames is no part of the distance of all frames, and may well lie on one side of it alone.
        """
        apart = self.score is not None and self.score.aggregation == "set"
        return None if apart and self.interval is not None and self.interval.level is None else self.interval

    @property
    def few_clusters(self) -> bool:
        """The interval rests on too few dyads to be trusted at its level."""
        return self.interval is not None and "few clusters" in self.interval.note


@dataclass(frozen=True, slots=True)
class Row:
    """One method.

    Attributes
    ----------
    method : MethodPart
    group : Group
    rank : int or None
        1 is best; tied rows share it and the next is skipped. None outside ``Group.RANKED`` or with nothing to rank by.
    mean_rank : float or None
        Mean over the counted columns of the rank in the column (tied values share the mean of their ranks).
    why : str
        Why the row is not ranked; empty where it is.
    cells : tuple of Cell
        In the order of the board's columns.
    """

    method: MethodPart
    group: Group
    rank: int | None
    mean_rank: float | None
    why: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Board:
    """A leaderboard of one split.

    Attributes
    ----------
    kind : Kind
        Measured from pixels and sound, or motion as it was delivered.
    split : SplitPart
        What every row was scored on; `limit` is that of the first result.
    columns : tuple of Column
    rows : tuple of Row
        Yardsticks, then ranked rows from rank 1, then unranked rows.
    notes : tuple of str
        How to read it: what the rank is, what is not claimed.
    """

    kind: Kind
    split: SplitPart
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    notes: tuple[str, ...]

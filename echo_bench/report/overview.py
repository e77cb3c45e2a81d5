"""A whole board in one figure: a forest of intervals, and the ranks behind the rank."""

from __future__ import annotations

import math

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator

from echo_bench.leaderboard.board import Board, Cell, Column, Group, Row
from echo_bench.leaderboard.ranking import cost, tied_ranks
from echo_bench.leaderboard.text import ARROWS, one_line
from echo_bench.report import style
from echo_bench.report.bars import label_of

ACROSS = 6
"""Panels beside each other in a forest."""
SPANNED = 6
"""Counted metrics up to which a figure of ranks shows their intervals."""
INKS = {Group.YARDSTICK: style.MUTED, Group.RANKED: style.METHOD, Group.UNRANKED: style.DOT}


def draw_forest(board: Board) -> Figure:
    """A panel per metric with a value, all with the same rows: a point is a value, a line its interval, dashed a mere range.

    Grey points are yardsticks, blue ones ranked, orange ones unranked; the dashed upright is the target.
    """
    shown = [i for i in range(len(board.columns)) if any(row.cells[i].value is not None for row in board.rows)]
    across = min(ACROSS, len(shown)) or 1
    down = math.ceil(len(shown) / across) or 1
    drawn = style.figure(1.6 + 1.6 * across, 0.3 + down * (0.7 + 0.14 * len(board.rows)))
    panels = drawn.subplots(down, across, squeeze=False, sharey=True)
    for axes, index in zip(panels.flat, shown, strict=False):
        _forest(axes, board, index)
    for axes in panels.flat[len(shown) :]:
        axes.set_visible(False)
    return drawn


def _forest(axes: Axes, board: Board, index: int) -> None:
    column = board.columns[index]
    for place, row in enumerate(board.rows):
        _whisker(axes, place, row.cells[index], INKS[row.group])
    if column.target is not None:
        axes.axvline(column.target, color=style.MUTED, linewidth=0.8, linestyle=(0, (4, 2)), zorder=0)
    axes.set_yticks(range(len(board.rows)), [label_of(row) for row in board.rows], fontsize=6.5)
    axes.set_ylim(len(board.rows) - 0.4, -0.6)
    axes.grid(axis="x")
    axes.tick_params(axis="x", labelsize=6.5)
    axes.locator_params(axis="x", nbins=3)
    axes.set_title(_short(column), fontsize=6.5)
    axes.set_xlabel(column.unit, fontsize=6.5)


def _short(column: Column) -> str:
    """Metric and direction, and beneath them the protocol."""
    name, _, protocol = one_line(column.metric).partition("@")
    return f"{name} {ARROWS[column.direction]}\n{f'@{protocol}' if protocol else ''}"


def _whisker(axes: Axes, place: int, cell: Cell, ink: str) -> None:
    if cell.value is None:
        return
    interval = cell.reach
    if interval is not None and interval.lo is not None and interval.hi is not None:
        dashes = "solid" if interval.level is not None else (0, (1, 1))
        axes.hlines(place, interval.lo, interval.hi, color=ink, linewidth=1.1, linestyle=dashes)
    axes.plot(cell.value, place, "o", color=ink, markersize=3.2)


def rankable(board: Board) -> list[Row]:
    """The rows that have a mean rank."""
    return [row for row in board.rows if row.mean_rank is not None]


def draw_ranks(board: Board) -> Figure:
    """A row per ranked method: small dots are its ranks in the counted metrics, the diamond their mean.

    On a board of up to :data:`SPANNED` metrics a thin line spans the 95 % interval of each rank that paired tests give; with more
    of them, lines would hide the dots.
    """
    rows = rankable(board)
    counted = [index for index, column in enumerate(board.columns) if column.counted]
    drawn = style.figure(7.2, 0.95 + 0.27 * len(rows))
    axes = drawn.add_subplot()
    table = [tied_ranks([cost(score) for row in rows if (score := row.cells[index].score)]) for index in counted]
    for place, row in enumerate(rows):
        for step, (index, ranks) in enumerate(zip(counted, table, strict=True)):
            height = place + 0.56 * ((step + 0.5) / len(counted) - 0.5)
            standing = row.cells[index].standing
            if standing is not None and len(counted) <= SPANNED:
                axes.hlines(height, standing.best, standing.worst, color=style.GRID, linewidth=1.0)
            axes.plot(ranks[place], height, "o", color=style.MUTED, markersize=2.4, zorder=3)
        axes.plot(row.mean_rank or 0.0, place, "D", color=style.METHOD, markersize=5.5, zorder=4)
    axes.set_yticks(range(len(rows)), [label_of(row) for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.set_xlim(0.5, len(rows) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.grid(axis="x")
    axes.set_xlabel(f"rank (1 is best) in each of {len(counted)} metrics, and the mean of these ranks")
    key = [
        Line2D([], [], marker="D", color=style.METHOD, linestyle="", markersize=5.5, label="mean rank"),
        Line2D([], [], marker="o", color=style.MUTED, linestyle="", markersize=2.4, label="rank in one metric"),
    ]
    if len(counted) <= SPANNED:
        key.append(Line2D([], [], color=style.GRID, linewidth=1.4, label="its 95 % interval"))
    axes.legend(handles=key, loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=3, fontsize=7)
    return drawn

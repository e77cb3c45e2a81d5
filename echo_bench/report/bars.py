"""One metric of every method: bars from zero, intervals as whiskers, clips as dots, the numbers written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echo_bench.leaderboard.board import Board, Cell, Row
from echo_bench.leaderboard.text import bounds, heading, number, one_line
from echo_bench.report import style

Values = Mapping[str, Sequence[float]]
"""Method -> the values of its clips, for one metric."""


def draw_bars(board: Board, index: int, values: Values) -> Figure:
    """The bar figure of the column at `index`; `values` are drawn as dots."""
    column = board.columns[index]
    drawn = style.figure(7.2, 0.85 + 0.27 * len(board.rows))
    axes = drawn.add_subplot()
    for place, row in enumerate(board.rows):
        _bar(axes, place, row, row.cells[index], values.get(row.method.name, ()))
    axes.set_yticks(range(len(board.rows)), [label_of(row) for row in board.rows])
    axes.set_ylim(len(board.rows) - 0.45, -0.55)
    axes.grid(axis="x")
    axes.axvline(0.0, color=style.MUTED, linewidth=0.8)
    if column.target is not None:
        axes.axvline(column.target, color=style.DOT, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.set_title(heading(column) + ("  ⚠" if column.flags else ""))
    unit = f" [{column.unit}]" if column.unit else ""
    words = style.direction_words(column.direction, column.target)
    axes.set_xlabel(style.wrapped(f"{one_line(column.title)}{unit}, {words}"))
    return drawn


def label_of(row: Row) -> str:
    """A method's name with its rank, on one line."""
    name = one_line(row.method.name)
    name = name if len(name) <= 28 else name[:27] + "…"
    return f"{row.rank}. {name}" if row.rank is not None else name


def _bar(axes: Axes, place: int, row: Row, cell: Cell, dots: Sequence[float]) -> None:
    beside: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 7}
    if cell.value is None:
        axes.text(1.01, place, cell.status, color=style.MUTED, style="italic", **beside)
        return
    axes.barh(place, cell.value, height=0.62, color=style.BARS[row.group], edgecolor=style.MUTED, linewidth=0.6)
    spread = [place + 0.42 * ((i * 0.618034) % 1 - 0.5) for i in range(len(dots))]
    axes.scatter(dots, spread, s=7, color=style.DOT, alpha=0.75, linewidths=0, zorder=3)
    interval = cell.interval
    if interval is not None and interval.lo is not None and interval.hi is not None:
        dashes = "solid" if interval.level is not None else (0, (1, 1))
        axes.hlines(place, interval.lo, interval.hi, color=style.INK, linewidth=1.3, linestyle=dashes, zorder=4)
        axes.plot([interval.lo, interval.hi], [place] * 2, "|", color=style.INK, markersize=5, zorder=4)
    note = f"{number(cell.value)}  {bounds(interval)}" + ("†" if cell.few_clusters else "")
    axes.text(1.01, place, note, color=style.INK, weight="bold" if cell.leading else "normal", **beside)

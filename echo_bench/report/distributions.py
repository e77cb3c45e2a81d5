"""How one metric spreads over the clips of each method: every clip a dot, the quartiles a box."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.text import heading, one_line
from echo_bench.report import style
from echo_bench.report.bars import Values, label_of


def draw_distribution(board: Board, index: int, values: Values) -> Figure:
    """Strip and box of the column at `index` for the methods that have values of single clips."""
    column = board.columns[index]
    rows = [row for row in board.rows if len(values.get(row.method.name, ()))]
    drawn = style.figure(7.2, 0.85 + 0.27 * len(rows))
    axes = drawn.add_subplot()
    for place, row in enumerate(rows):
        _strip(axes, place, np.asarray(values[row.method.name], dtype=np.float64), style.BARS[row.group])
    axes.set_yticks(range(len(rows)), [label_of(row) for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(axis="x")
    axes.set_title(heading(column))
    unit = f" [{column.unit}]" if column.unit else ""
    axes.set_xlabel(style.wrapped(f"{one_line(column.title)}{unit}; a dot is a clip, the box median and quartiles"))
    return drawn


def _strip(axes: Axes, place: int, values: np.ndarray[tuple[int], np.dtype[np.float64]], face: str) -> None:
    low, middle, high = np.quantile(values, (0.25, 0.5, 0.75))
    axes.hlines(place, values.min(), values.max(), color=style.MUTED, linewidth=0.7)
    axes.barh(place, high - low, left=low, height=0.56, color=face, edgecolor=style.MUTED, linewidth=0.6)
    axes.vlines(middle, place - 0.28, place + 0.28, color=style.INK, linewidth=1.6)
    offsets = place + 0.42 * ((np.arange(len(values)) * 0.618034) % 1 - 0.5)
    axes.scatter(values, offsets, s=9, color=style.DOT, alpha=0.8, linewidths=0, zorder=3)

"""How one metric spreads over the clips of each method: every clip a dot, the quartiles a box."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.text import heading, one_line
from echo_bench.report import style
from echo_bench.report.bars import Values, label_of, strew


def draw_distribution(board: Board, index: int, values: Values) -> Figure:
    """Strip and box of the column at `index` for the methods that have values of single clips."""
    column = board.columns[index]
    rows = [row for row in board.rows if len(values.get(row.method.name, ()))]
    drawn = style.figure(7.2, 0.85 + 0.27 * len(rows))
    axes = drawn.add_subplot()
    axes.use_sticky_edges = False  # a box that ends the axis would cut its dots in half
    dots = {place: values[row.method.name] for place, row in enumerate(rows)}
    _boxes(axes, list(dots.values()), [style.BARS[row.group] for row in rows])
    strew(axes, dots, size=9, alpha=0.8)
    axes.set_yticks(range(len(rows)), [label_of(row) for row in rows])
    axes.set_ylim(len(rows) - 0.45, -0.55)
    axes.grid(axis="x")
    axes.set_title(heading(column))
    unit = f" [{column.unit}]" if column.unit else ""
    apart = "; the board's value is one of all clips together" if column.aggregation == "set" else ""
    said = f"{one_line(column.title)}{unit}; a dot is a clip, the box median and quartiles{apart}"
    axes.set_xlabel(style.wrapped(said))
    axes.locator_params(axis="x", nbins=6)
    return drawn


def _boxes(axes: Axes, values: Sequence[Sequence[float]], faces: Sequence[str]) -> None:
    """Per row its range, its quartiles as a box, and its median."""
    places = np.arange(len(values))
    least, low, middle, high, most = np.array([np.quantile(own, (0.0, 0.25, 0.5, 0.75, 1.0)) for own in values]).T
    axes.hlines(places, least, most, color=style.MUTED, linewidth=0.7)
    axes.barh(places, high - low, left=low, height=0.56, color=faces, edgecolor=style.MUTED, linewidth=0.6)
    axes.vlines(middle, places - 0.28, places + 0.28, color=style.INK, linewidth=1.6)

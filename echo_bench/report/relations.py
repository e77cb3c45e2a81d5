"""How the columns of a board relate: which metrics order methods alike, and what quality costs in time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from echo_bench.leaderboard.board import Board, Cell, Column, Group, Row
from echo_bench.leaderboard.ranking import cost
from echo_bench.leaderboard.text import heading, one_line
from echo_bench.report import style
from echo_bench.results.schema import LatencyPart, ResultFile

FASTEST = 1e-6
"""Seconds per second below which a method is drawn at this: no clock tells less."""
DOT, LETTER, LINE = 5.0, 4.0, 10.0
"""Points that a dot, a letter of a name and a line of names take in the figure of computing times."""
FEWEST = 8
"""Rows that a correlation needs: below, any order is likely by chance."""


def correlations(board: Board) -> tuple[list[Column], NDArray[np.float64]]:
    """Spearman's rho between metrics over the rows that see no truth.

    Returns
    -------
    columns : list of Column
        Those with a direction and at least :data:`FEWEST` different values.
    rho : ndarray of shape (C, C), float64
        Of costs: positive where two metrics call the same rows good. NaN where fewer than :data:`FEWEST` rows have both.
    """
    from scipy.stats import spearmanr

    rows = [row for row in board.rows if row.group is not Group.YARDSTICK]
    columns, costs = [], []
    for index, column in enumerate(board.columns):
        if column.direction == "none" or (column.direction == "target" and column.target is None):
            continue
        scores = [row.cells[index].score for row in rows]
        own = [cost(score) if score is not None and score.value is not None else np.nan for score in scores]
        if len({each for each in own if np.isfinite(each)}) >= FEWEST:
            columns.append(column)
            costs.append(np.array(own))
    rho = np.full((len(columns), len(columns)), np.nan)
    for i, a in enumerate(costs):
        for j, b in enumerate(costs):
            both = np.isfinite(a) & np.isfinite(b)
            if both.sum() >= FEWEST and np.ptp(a[both]) > 0 and np.ptp(b[both]) > 0:
                rho[i, j] = spearmanr(a[both], b[both]).statistic
    return columns, rho


def draw_correlations(columns: Sequence[Column], rho: NDArray[np.float64]) -> Figure:
    """The matrix of :func:`correlations`: purple where metrics agree, orange where they contradict, white where there is no telling."""
    side = 2.6 + 0.3 * len(columns)
    drawn = style.figure(side + 0.5, side)
    axes = drawn.add_subplot()
    picture = axes.imshow(rho, cmap="PuOr", vmin=-1, vmax=1)
    names = [one_line(column.metric) for column in columns]
    axes.set_xticks(range(len(names)), names, rotation=90, fontsize=6.5)
    axes.set_yticks(range(len(names)), names, fontsize=6.5)
    for (i, j), value in np.ndenumerate(rho):
        if np.isfinite(value):
            ink = "white" if abs(value) > 0.55 else style.INK
            axes.text(j, i, f"{value:.1f}".replace("-0.0", "0.0"), ha="center", va="center", fontsize=5.5, color=ink)
    axes.spines[:].set_visible(False)
    drawn.colorbar(picture, ax=axes, shrink=0.6, label="Spearman's rho of the orders of the rows that see no truth")
    axes.set_title("Metrics that agree on who is good")
    return drawn


def latencies(results: Sequence[ResultFile]) -> dict[str, LatencyPart]:
    """How fast each method was, where it was timed."""
    return {file.result.method.name: file.run.latency for file in results if file.run.latency is not None}


def draw_latency(board: Board, index: int, timed: dict[str, LatencyPart]) -> Figure:
    """The metric of the column at `index` against computing time, with its intervals; hollow points cannot be live.

    The dashed upright is real time: to its right a method takes longer than it plays.
    """
    column = board.columns[index]
    drawn = style.figure(7.2, 4.4)
    axes = drawn.add_subplot()
    shown = [row for row in board.rows if row.method.name in timed and row.cells[index].value is not None]
    points = {one_line(row.method.name): _timing(axes, row, row.cells[index], timed[row.method.name]) for row in shown}
    axes.set_xscale("log")
    axes.xaxis.set_major_formatter(lambda seconds, _: f"{seconds:g}")
    axes.margins(x=0.18)
    _names(axes, points)
    live = axes.get_xlim()[1] > 0.5
    if live:
        axes.axvline(1.0, color=style.DOT, linewidth=0.9, linestyle=(0, (4, 2)))
    axes.grid()
    axes.set_title(heading(column))
    axes.set_xlabel(
        "seconds of computing per second of output, on the host of the run\n"
        "filled: causal, hollow: looks ahead" + ("; dashed: real time" if live else "")
    )
    axes.set_ylabel(style.direction_words(column.direction, column.target))
    return drawn


def _timing(axes: Axes, row: Row, cell: Cell, timing: LatencyPart) -> tuple[float, float]:
    """Draw a point with its interval; returns where."""
    value, interval, at = cell.value or 0.0, cell.reach, max(timing.rtf, FASTEST)
    if interval is not None and interval.lo is not None and interval.hi is not None:
        axes.vlines(at, interval.lo, interval.hi, color=style.GRID, linewidth=1.2, zorder=1)
    face = style.METHOD if row.method.causal else "white"
    axes.plot(at, value, "o", color=style.METHOD, markerfacecolor=face, markersize=5)
    return at, value


def _names(axes: Axes, points: Mapping[str, tuple[float, float]]) -> None:
    """Write names beside their points, higher or lower where one would lie on another one or on a point; a line then leads to the point."""
    axes.autoscale_view()
    places = 72 / axes.figure.dpi * axes.transData.transform(list(points.values()))
    taken = [(x - DOT / 2, x + DOT / 2, y) for x, y in places]
    for (name, point), (x, y) in sorted(zip(points.items(), places, strict=True), key=lambda each: each[1][0]):
        left, right = x + DOT, x + DOT + LETTER * len(name)
        met = [height - y for near, far, height in taken if left < far and near < right]
        ways = (way * step * LINE / 2 for step in count() for way in (1, -1))
        up = next(way for way in ways if all(abs(way - height) >= LINE for height in met))
        taken.append((left, right, y + up))
        line: dict[str, Any] = {"arrowprops": {"arrowstyle": "-", "color": style.MUTED, "linewidth": 0.4}} if up else {}
        beside: dict[str, Any] = {"xytext": (DOT, up), "textcoords": "offset points", "va": "center", "fontsize": 6.5}
        # a line behind would strike it through
        beside["bbox"] = {"facecolor": "white", "edgecolor": "none", "pad": 0.4}
        axes.annotate(name, point, **beside, **line)

"""One metric of every method: bars from zero, intervals as whiskers, clips as dots, the numbers written beside them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from echo_bench.leaderboard.board import Board, Cell, Column, Row
from echo_bench.leaderboard.text import bounds, heading, number, one_line
from echo_bench.report import style

Values = Mapping[str, Sequence[float]]
"""Method -> the values of its clips, for one metric."""


def draw_bars(board: Board, index: int, values: Values) -> Figure:
    """The bar figure of the column at `index`; `values` are drawn as dots, unless the metric is one value of all clips together.

    Such a value is no mean of the clips': a distance of few frames is larger, often by orders. The distribution has them.
    """
    column = board.columns[index]
    values = values if column.aggregation == "mean" else {}
    drawn = style.figure(7.2, 0.85 + 0.27 * len(board.rows))
    axes = drawn.add_subplot()
    shown = {place: row for place, row in enumerate(board.rows) if row.cells[index].value is not None}
    faces = [style.BARS[row.group] for row in shown.values()]
    widths = [row.cells[index].value or 0.0 for row in shown.values()]
    axes.barh(list(shown), widths, height=0.62, color=faces, edgecolor=style.MUTED, linewidth=0.6)
    strew(axes, {place: values.get(row.method.name, ()) for place, row in shown.items()}, size=7, alpha=0.75)
    _whiskers(axes, {place: row.cells[index] for place, row in shown.items()})
    for place, row in enumerate(board.rows):
        _note(axes, place, row.cells[index])
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
    axes.locator_params(axis="x", nbins=6)
    drawn.supxlabel(_key(column, [row.cells[index] for row in board.rows]), fontsize=6.5, color=style.MUTED)
    return drawn


def _key(column: Column, cells: Sequence[Cell]) -> str:
    """What the marks of this figure mean, of those that it has."""
    marks = {
        "dotted: range over clips": any(cell.reach and cell.reach.level is None for cell in cells),
        "dashed: the target": column.target is not None,
        "bold: the best ranked, or not told from it": any(cell.leading for cell in cells),
        "†: few clusters": any(cell.few_clusters for cell in cells),
        "⚠: the metric is flagged, the board says why": bool(column.flags),
    }
    return "; ".join(mark for mark, there in marks.items() if there)


def label_of(row: Row) -> str:
    """A method's name with its rank, on one line."""
    name = one_line(row.method.name)
    name = name if len(name) <= 28 else name[:27] + "…"
    return f"{row.rank}. {name}" if row.rank is not None else name


def strew(axes: Axes, dots: Mapping[int, Sequence[float]], *, size: float, alpha: float) -> None:
    """A dot per clip in the row of its method, strewn over the row's height so that equal values are seen apart.

    All rows are one artist here and in the whiskers: a figure of a dozen artists is drawn in half of the time.
    """
    along = [value for own in dots.values() for value in own]
    across = [place + 0.42 * ((i * 0.618034) % 1 - 0.5) for place, own in dots.items() for i in range(len(own))]
    axes.scatter(along, across, s=size, color=style.DOT, alpha=alpha, linewidths=0, zorder=3)


def _whiskers(axes: Axes, cells: Mapping[int, Cell]) -> None:
    """Intervals, dotted where the pair is a mere range."""
    found = [(place, cell.reach) for place, cell in cells.items() if cell.reach is not None]
    spans = [
        (place, pair.lo, pair.hi, pair.level) for place, pair in found if pair.lo is not None and pair.hi is not None
    ]
    if not spans:
        return
    places, los, his, levels = zip(*spans, strict=True)
    dashes: list[Any] = ["solid" if level is not None else (0, (1, 1)) for level in levels]
    axes.hlines(places, los, his, color=style.INK, linewidth=1.3, linestyle=dashes, zorder=4)
    axes.plot([*los, *his], [*places, *places], "|", color=style.INK, markersize=5, zorder=4)


def _note(axes: Axes, place: int, cell: Cell) -> None:
    """The numbers at the row's end, or how it ended."""
    beside: dict[str, Any] = {"transform": axes.get_yaxis_transform(), "va": "center", "fontsize": 7}
    if cell.value is None:
        axes.text(1.01, place, cell.status, color=style.MUTED, style="italic", **beside)
        return
    spread = bounds(cell) if cell.reach else ""
    note = f"{number(cell.value)}  {spread}" + ("†" if cell.few_clusters else "")
    axes.text(1.01, place, note, color=style.INK, weight="bold" if cell.leading else "normal", **beside)

"""The page: one self-contained ``index.html`` with ``media/`` and ``plots/`` beside it, which works from ``file://``.

Nothing is fetched: style and script are inlined, links are relative, and a content policy forbids everything else. Every name of
a method, metric or clip is escaped by the template engine or set as text by the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.resources import files
from itertools import groupby
from pathlib import Path
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from echo_bench.datasets.base import Progress
from echo_bench.leaderboard.board import Board, Cell, Kind, Row
from echo_bench.leaderboard.formats import describe
from echo_bench.leaderboard.text import ARROWS, bounds, heading, interval_meaning, number, one_line
from echo_bench.report.clips import clip_payload
from echo_bench.report.inputs import ReportInputs
from echo_bench.report.media import Seat, Tile, write_media
from echo_bench.report.plots import CAPTIONS, Plot, write_plots
from echo_bench.report.whiskers import sort_key, whisker, whisker_scale

_TEMPLATES = files("echo_bench.report") / "templates"
TITLES = {Kind.MEASURED: "What was measured", Kind.NATIVE: "Motion as delivered"}


def write_page(inputs: ReportInputs, folder: Path, progress: Progress | None = None) -> Path:
    """Write plots, media and the page of a report.

    Parameters
    ----------
    inputs : ReportInputs
    folder : Path
        Gets ``index.html``, ``plots/`` and ``media/``; made if need be. Media that exist are kept.
    progress : callable, optional
        Called with what is being done, done and total.

    Returns
    -------
    Path
        ``folder/index.html``.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots = write_plots(inputs, folder / "plots", progress)
    tiles = write_media(inputs, folder / "media", progress)
    page = folder / "index.html"
    page.write_text(_render(inputs, plots, tiles), encoding="utf-8")
    return page


@dataclass(frozen=True, slots=True)
class _View:
    """A board as the template draws it: its name in links and headings, rows by group, and per column the scale and kind of intervals."""

    board: Board
    key: str
    title: str
    groups: list[tuple[str, list[Row]]]
    scales: list[tuple[float, float]]
    spreads: list[str]


def _view(board: Board, key: str, title: str) -> _View:
    columns = [[row.cells[index] for row in board.rows] for index in range(len(board.columns))]
    return _View(
        board,
        key,
        title,
        groups=[(group.value, list(rows)) for group, rows in groupby(board.rows, key=lambda row: row.group)],
        scales=[whisker_scale(cells) for cells in columns],
        spreads=[_interval_kinds(cells) for cells in columns],
    )


def _views(boards: Sequence[Board]) -> list[_View]:
    """The first board under the plain name."""
    first, *others = boards
    return [_view(first, "board", "Leaderboard"), *(_view(b, f"board-{b.kind}", TITLES[b.kind]) for b in others)]


def _render(inputs: ReportInputs, plots: list[Plot], tiles: Mapping[Seat, Tile]) -> str:
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=one_line(inputs.title),
            board=inputs.board,
            views=_views(inputs.boards),
            parts=[file.result for file in inputs.results],
            runs={file.result.method.name: file.run for file in inputs.results},
            plots=plots,
            captions=CAPTIONS,
            clips=[clip_payload(inputs, clip, tiles) for clip in inputs.clips],
            css=Markup((_TEMPLATES / "report.css").read_text("utf-8")),
            script=Markup((_TEMPLATES / "report.js").read_text("utf-8")),
        )
    )


def _interval_kinds(cells: Iterable[Cell]) -> str:
    """What the intervals of a column are."""
    return " or ".join(dict.fromkeys(interval_meaning(cell.interval) for cell in cells if cell.interval)) or "none"


def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("echo_bench.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.policies["json.dumps_kwargs"] = {"allow_nan": False, "separators": (",", ":"), "sort_keys": True}
    environment.filters |= {
        "number": number,
        "bounds": bounds,
        "meaning": interval_meaning,
        "heading": heading,
        "describe": describe,
        "line": one_line,
        "url": lambda path: quote(f"plots/{path.name}", safe="/@"),
    }
    environment.globals |= {"arrows": ARROWS, "whisker": whisker, "sort_key": sort_key}
    return environment

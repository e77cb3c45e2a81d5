"""The page: one ``index.html`` with ``media/``, ``plots/`` and ``results/`` beside it, which works from ``file://``.

Nothing is fetched: style and script are inlined, links are relative, and a content policy forbids everything else. A single file carries
what the links name as text, which the script turns into the browser's own ``blob:`` addresses. Every name of
a method, metric or clip is escaped by the template engine or set as text by the script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
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
from echo_bench.report.bundle import TOO_LARGE, CarriedFile, carried, fitting, room_left
from echo_bench.report.clips import clip_payload
from echo_bench.report.comparisons import comparison_lines
from echo_bench.report.inputs import ReportInputs
from echo_bench.report.media import Seat, Tile, write_media
from echo_bench.report.names import file_stem
from echo_bench.report.plots import CAPTIONS, Plot, write_plots
from echo_bench.report.plots import Kind as PlotKind
from echo_bench.report.whiskers import sort_key, whisker, whisker_scale

_TEMPLATES = files("echo_bench.report") / "templates"
SCRIPTS = ("page", "board", "player", "traces", "start")
"""Parts of the page's one script, in order."""
PLOT_GROUPS: Mapping[str, tuple[PlotKind, ...]] = {
    "The whole board": ("forest", "ranks", "correlations", "latency", "densities"),
    "One metric": ("bars", "distribution", "sync"),
    "One clip": ("traces", "affect", "fan"),
}
TITLES = {Kind.MEASURED: "What was measured", Kind.NATIVE: "Motion as delivered"}


INDEX, SINGLE = "index.html", "report.html"


def write_page(
    inputs: ReportInputs, folder: Path, progress: Progress | None = None, *, single_file: bool = False
) -> Path:
    """Write plots, media, results and the page of a report.

    Parameters
    ----------
    inputs : ReportInputs
    folder : Path
        Gets ``index.html``, ``plots/``, ``media/`` and ``results/``; made if need be. Media that exist are kept.
    progress : callable, optional
        Called with what is being done, done and total.
    single_file : bool
        Write ``report.html`` beside it, which carries everything itself, videos as far as 50 MB reach.

    Returns
    -------
    Path
        ``folder/index.html``, or ``folder/report.html`` where that was asked for.

    Raises
    ------
    ResultError
        When a single file cannot hold the report even without videos.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots = write_plots(inputs, folder / "plots", progress)
    tiles = write_media(inputs, folder / "media", progress)
    results = _write_results(inputs, folder / "results")
    page = folder / INDEX
    page.write_text(_render(inputs, plots, tiles, results), encoding="utf-8")
    if not single_file:
        return page
    single = folder / SINGLE
    single.write_text(_render_single(inputs, folder, plots, tiles, results), encoding="utf-8")
    return single


def _write_results(inputs: ReportInputs, folder: Path) -> dict[str, str]:
    """Method -> path of its result file, relative to the page."""
    folder.mkdir(exist_ok=True)
    paths = {}
    for file in inputs.results:
        name = f"{file_stem(file.result.method.name)}.json"
        (folder / name).write_text(file.text(), encoding="utf-8")
        paths[file.result.method.name] = f"{folder.name}/{name}"
    return paths


def _render_single(
    inputs: ReportInputs, folder: Path, plots: Sequence[Plot], tiles: Mapping[Seat, Tile], results: Mapping[str, str]
) -> str:
    """The page with the files that it names inside; figures as PNG alone."""
    posters = [f"media/{tile.poster.name}" for tile in tiles.values() if tile.poster]
    always = list(dict.fromkeys([*(f"plots/{plot.png.name}" for plot in plots), *posters, *results.values()]))
    without = {seat: replace(tile, video=None, reason=TOO_LARGE) for seat, tile in tiles.items()}
    bare = len(_render(inputs, plots, without, results, bundled=True).encode())
    shown = fitting(tiles, room_left(bare, [folder / path for path in always]))
    videos = [f"media/{tile.video.name}" for tile in shown.values() if tile.video]
    return _render(inputs, plots, shown, results, bundled=True, files=carried(folder, [*always, *videos]))


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


def _render(
    inputs: ReportInputs,
    plots: Sequence[Plot],
    tiles: Mapping[Seat, Tile],
    results: Mapping[str, str],
    *,
    bundled: bool = False,
    files: Sequence[CarriedFile] = (),
) -> str:
    numbers = {file.result.method.name: index for index, file in enumerate(inputs.results)}
    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            title=one_line(inputs.title),
            board=inputs.board,
            views=_views(inputs.boards),
            parts=[file.result for file in inputs.results],
            runs={file.result.method.name: file.run for file in inputs.results},
            numbers=numbers,
            results=results,
            groups=_plot_groups(plots),
            captions=CAPTIONS,
            clips=[clip_payload(inputs, clip, tiles) for clip in inputs.clips],
            comparisons=[(found, comparison_lines(inputs, found, tiles)) for found in inputs.comparisons],
            bundled=bundled,
            to=partial(_link, bundled),
            files=files,
            css=Markup((_TEMPLATES / "report.css").read_text("utf-8")),
            script=Markup("\n".join((_TEMPLATES / f"{name}.js").read_text("utf-8") for name in SCRIPTS)),
        )
    )


def _link(bundled: bool, attribute: str, path: str) -> Markup:
    """``src`` or ``href`` of a file of the report; in a single file the script fills it in, when it is near or clicked."""
    if not bundled:
        return Markup('{}="{}"').format(attribute, quote(path, safe="/@"))
    focusable = Markup('href="#" ') if attribute == "href" else ""
    return focusable + Markup('data-{}="{}"').format(attribute, path)


def _plot_groups(plots: Sequence[Plot]) -> list[tuple[str, list[Plot]]]:
    """Figures by what they are of; the whole board first, which is what a reader wants before one metric or one clip."""
    return [
        (title, found)
        for title, kinds in PLOT_GROUPS.items()
        if (found := [plot for plot in plots if plot.kind in kinds])
    ]


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
    }
    environment.globals |= {"arrows": ARROWS, "whisker": whisker, "sort_key": sort_key}
    return environment

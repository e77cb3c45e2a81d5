"""All figures of a report, each as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from echo_bench.datasets.base import Progress
from echo_bench.leaderboard.board import Board
from echo_bench.leaderboard.text import cell_text, one_line
from echo_bench.report import style
from echo_bench.report.bars import Values, draw_bars
from echo_bench.report.behaviour import draw_affect, draw_densities, draw_fan
from echo_bench.report.distributions import draw_distribution
from echo_bench.report.inputs import ReportClip, ReportInputs
from echo_bench.report.names import file_stem
from echo_bench.report.overview import draw_forest, draw_ranks, rankable
from echo_bench.report.relations import correlations, draw_correlations, draw_latency, latencies
from echo_bench.report.sync import draw_sync
from echo_bench.report.traces import PEOPLE, draw_traces, traced_methods
from echo_bench.results.schema import ResultFile

TRACED_CLIPS = 6
"""Clips that get a trace figure; the page draws the traces of every clip."""

FELT_CLIPS = 2
"""Clips that get a plane of feelings, and a fan of every method that gave several samples."""

Kind = Literal[
    "bars", "distribution", "traces", "forest", "ranks", "correlations", "latency", "sync", "affect", "densities", "fan"
]
CAPTIONS: Mapping[Kind, str] = {
    "bars": "Values of",
    "distribution": "Clips of",
    "traces": "Motion of",
    "forest": "Intervals of all metrics,",
    "ranks": "Ranks behind the rank,",
    "correlations": "Which metrics agree,",
    "latency": "Quality against computing time,",
    "sync": "Lips and voice at each offset,",
    "affect": "Displayed feelings in",
    "densities": "Where heads and eyes point,",
    "fan": "Samples of",
}


Planned = tuple[Kind, str, str, Callable[[], Figure]]
"""Kind, subject, description and drawing of a figure."""


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure on disk.

    Attributes
    ----------
    kind : Kind
    subject : str
        The metric id, the clip id, the clip and the method, or the kind of board.
    png, svg : Path
    alt : str
        What it shows, in words, for those who do not see it.
    """

    kind: Kind
    subject: str
    png: Path
    svg: Path
    alt: str


def write_plots(inputs: ReportInputs, folder: Path, progress: Progress | None = None) -> list[Plot]:
    """Write every figure into `folder`, which is made if need be.

    Parameters
    ----------
    inputs : ReportInputs
    folder : Path
    progress : callable, optional
        Called with what is being done, done and total.

    Returns
    -------
    list of Plot
        Per board a forest, ranks, correlations and computing time; per metric that has a value bars and, where single clips have
        values, their distribution; curves over audio-visual offsets; the traces of the first :data:`TRACED_CLIPS` clips that
        have motion; directions of heads and eyes; feelings and fans of samples of the first :data:`FELT_CLIPS` clips. What there
        is nothing to draw of is left out. Equal inputs give equal bytes.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plots: list[Plot] = []
    with style.look():
        figures = _figures(inputs)
        for kind, subject, alt, draw in figures:
            png, svg = style.save(draw(), folder / f"{kind}-{file_stem(subject)}")
            plots.append(Plot(kind, subject, png, svg, alt))
            if progress is not None:
                progress("plots", len(plots), len(figures))
    return plots


def _figures(inputs: ReportInputs) -> list[Planned]:
    """Every figure; drawn one at a time."""
    order = [row.method.name for row in inputs.board.rows]
    traced = [clip for clip in inputs.clips if any(name in clip.traces for name in (*PEOPLE, *order))]
    boards = [figure for board in inputs.boards for figure in board_figures(board, inputs.results)]
    return [*boards, *_metric_figures(inputs), *_sync_figures(inputs), *_motion_figures(traced, order)]


def board_figures(board: Board, results: Sequence[ResultFile]) -> list[Planned]:
    """What is drawn of results alone: a forest, ranks, correlations of metrics, and what leads the order against computing time."""
    figures: list[Planned] = []
    kind = board.kind.value
    if sum(any(row.cells[i].value is not None for row in board.rows) for i in range(len(board.columns))) > 1:
        alt = (
            f"Values and intervals of {len(board.rows)} rows in {len(board.columns)} metrics; the board has the numbers"
        )
        figures.append(("forest", kind, alt, partial(draw_forest, board)))
    if ranked := rankable(board):
        said = "; ".join(f"{row.rank}. {row.method.name}, mean rank {row.mean_rank:.3g}" for row in ranked)
        figures.append(("ranks", kind, one_line(f"Ranks: {said}"), partial(draw_ranks, board)))
    columns, rho = correlations(board)
    if len(columns) > 1:
        alt = one_line(f"Spearman correlations of {', '.join(column.metric for column in columns)} over the rows")
        figures.append(("correlations", kind, alt, partial(draw_correlations, columns, rho)))
    timed = latencies(results)
    leading = next((index for index, column in enumerate(board.columns) if column.counted), None)
    if leading is not None and sum(row.method.name in timed for row in board.rows) > 1:
        metric = board.columns[leading].metric
        said = "; ".join(f"{name} {timing.rtf:.3g}" for name, timing in timed.items())
        alt = one_line(f"{metric} against seconds of computing per second of output: {said}")
        figures.append(("latency", metric, alt, partial(draw_latency, board, leading, timed)))
    return figures


def _metric_figures(inputs: ReportInputs) -> Iterator[Planned]:
    board = inputs.board
    for index, column in enumerate(board.columns):
        if all(row.cells[index].value is None for row in board.rows):
            continue  # an empty figure tells nothing that the board does not
        values = _clip_values(inputs, column.metric)
        said = "; ".join(f"{row.method.name} {cell_text(row.cells[index])}" for row in board.rows)
        bars = partial(draw_bars, board, index, values)
        yield "bars", column.metric, one_line(f"Bars of {column.metric}: {said}"), bars
        if values:
            alt = _distribution_alt(column.metric, values)
            yield "distribution", column.metric, alt, partial(draw_distribution, board, index, values)


def _sync_figures(inputs: ReportInputs) -> Iterator[Planned]:
    for metric, curves in inputs.syncs.items():
        alt = one_line(f"Agreement of lips and voice over the offset between them, of {', '.join(curves)}")
        yield "sync", metric, alt, partial(draw_sync, metric, curves, inputs.board)


def _motion_figures(clips: Sequence[ReportClip], order: Sequence[str]) -> Iterator[Planned]:
    for clip in clips[:TRACED_CLIPS]:
        shown = ", ".join([*(p for p in PEOPLE if p in clip.traces), *traced_methods(clip, order)])
        alt = one_line(f"Head pitch and yaw, mouth, smile and blink over {clip.duration:.1f} s of {clip.id}: {shown}")
        yield "traces", clip.id, alt, partial(draw_traces, clip, order)
    if clips:
        alt = f"Densities of head and gaze angles over {len(clips)} clips, with the truth's outline"
        yield "densities", "clips", alt, partial(draw_densities, clips, order)
    for clip in clips[:FELT_CLIPS]:
        alt = one_line(f"Paths of displayed valence and arousal in {clip.id}")
        yield "affect", clip.id, alt, partial(draw_affect, clip, order)
        for method in (name for name in order if name in clip.samples):
            alt = one_line(
                f"{len(clip.samples[method])} samples of {method} for {clip.id}: range and quartiles per channel"
            )
            yield "fan", f"{method}, {clip.id}", alt, partial(draw_fan, clip, method)


def _clip_values(inputs: ReportInputs, metric: str) -> Values:
    rows = inputs.rows
    mine = rows[(rows["metric"] == metric) & (rows["status"] == "ok") & rows["value"].notna()]
    return {str(name): group["value"].astype(float).tolist() for name, group in mine.groupby("method", sort=False)}


def _distribution_alt(metric: str, values: Values) -> str:
    medians = "; ".join(f"{name} median {np.median(dots):.4g} of {len(dots)} clips" for name, dots in values.items())
    return one_line(f"Single clips' values of {metric}: {medians}")

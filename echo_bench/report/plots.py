"""All figures of a report, each as PNG and SVG."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import numpy as np
from matplotlib.figure import Figure

from echo_bench.datasets.base import Progress
from echo_bench.leaderboard.text import cell_text, one_line
from echo_bench.report import style
from echo_bench.report.bars import Values, draw_bars
from echo_bench.report.distributions import draw_distribution
from echo_bench.report.inputs import ReportInputs
from echo_bench.report.names import file_stem
from echo_bench.report.traces import PEOPLE, draw_traces, traced_methods

TRACED_CLIPS = 6
"""Clips that get a trace figure; the page draws the traces of every clip."""

Kind = Literal["bars", "distribution", "traces"]


@dataclass(frozen=True, slots=True)
class Plot:
    """A figure on disk.

    Attributes
    ----------
    kind : {"bars", "distribution", "traces"}
    subject : str
        The metric id or the clip id.
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
        Per metric that has a value bars and, where single clips have values, their distribution; then the traces of the first
        :data:`TRACED_CLIPS` clips that have motion. Equal inputs give equal bytes.
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


def _figures(inputs: ReportInputs) -> list[tuple[Kind, str, str, Callable[[], Figure]]]:
    """Kind, subject, description and drawing of every figure; drawn one at a time."""
    board = inputs.board
    figures: list[tuple[Kind, str, str, Callable[[], Figure]]] = []
    for index, column in enumerate(board.columns):
        if all(row.cells[index].value is None for row in board.rows):
            continue  # an empty figure tells nothing that the board does not
        values = _clip_values(inputs, column.metric)
        said = "; ".join(f"{row.method.name} {cell_text(row.cells[index])}" for row in board.rows)
        bars = partial(draw_bars, board, index, values)
        figures.append(("bars", column.metric, one_line(f"Bars of {column.metric}: {said}"), bars))
        if values:
            alt = _distribution_alt(column.metric, values)
            figures.append(("distribution", column.metric, alt, partial(draw_distribution, board, index, values)))
    order = [row.method.name for row in board.rows]
    traced = [clip for clip in inputs.clips if any(name in clip.traces for name in (*PEOPLE, *order))]
    for clip in traced[:TRACED_CLIPS]:
        shown = ", ".join([*(p for p in PEOPLE if p in clip.traces), *traced_methods(clip, order)])
        alt = one_line(f"Head pitch and yaw, jaw, smile and blink over {clip.duration:.1f} s of {clip.id}: {shown}")
        figures.append(("traces", clip.id, alt, partial(draw_traces, clip, order)))
    return figures


def _clip_values(inputs: ReportInputs, metric: str) -> Values:
    rows = inputs.rows
    mine = rows[(rows["metric"] == metric) & (rows["status"] == "ok") & rows["value"].notna()]
    return {str(name): group["value"].astype(float).tolist() for name, group in mine.groupby("method", sort=False)}


def _distribution_alt(metric: str, values: Values) -> str:
    medians = "; ".join(f"{name} median {np.median(dots):.4g} of {len(dots)} clips" for name, dots in values.items())
    return one_line(f"Single clips' values of {metric}: {medians}")

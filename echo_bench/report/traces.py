"""Motion over time: each method against truth and user, one row per method, one column per channel, speech shaded, events ticked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch

from echo_bench.leaderboard.text import one_line
from echo_bench.report import style
from echo_bench.report.channels import Channel, channels_of, curve, extent
from echo_bench.report.events import events_of
from echo_bench.report.inputs import ReportClip, Trace

FPS = 25.0
WIDTH, LEFT, HEAD, FOOT, ROW = 11.0, 1.75, 0.62, 0.42, 0.8  # inches
PEOPLE = ("user", "truth")


def traced_methods(clip: ReportClip, order: Sequence[str]) -> list[str]:
    """The methods of `order` that have motion in this clip."""
    return [name for name in order if name in clip.traces and name not in PEOPLE]


def draw_traces(clip: ReportClip, order: Sequence[str]) -> Figure:
    """The trace figure of a clip; without any method's motion, one row of user and truth alone."""
    methods: list[str | None] = [*traced_methods(clip, order)] or [None]
    shown = [trace for who, trace in clip.traces.items() if who in PEOPLE or who in methods]
    channels = channels_of(shown)
    height = HEAD + FOOT + ROW * len(methods)
    drawn = style.figure(WIDTH, height, layout=None)  # a constrained layout of this many panels takes seconds
    drawn.subplots_adjust(
        left=LEFT / WIDTH, right=1 - 0.1 / WIDTH, top=1 - HEAD / height, bottom=FOOT / height, wspace=0.22, hspace=0.22
    )
    grid = drawn.subplots(len(methods), len(channels), sharex=True, sharey="col", squeeze=False)
    for panels, method in zip(grid, methods, strict=True):
        for axes, channel in zip(panels, channels, strict=True):
            _panel(axes, clip, channel, method)
        label = one_line(method or "")
        panels[0].set_ylabel(
            label if len(label) <= 20 else label[:19] + "…", rotation=0, ha="right", va="center", labelpad=4
        )
        panels[0].yaxis.set_label_coords(-0.26, 0.5)
    grid[0, 0].set_xlim(0.0, clip.duration)  # of all panels: they share it, and told one by one they tell each other
    for axes, channel in zip(grid[0], channels, strict=True):
        low, high = extent([curve(trace, channel) for trace in shown], channel)
        axes.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
        axes.set_title(channel.title + (f" [{channel.unit}]" if channel.unit else ""), fontsize=8)
    for axes in grid[-1]:
        axes.set_xlabel("time [s]")
    drawn.text(0.08 / WIDTH, 1 - 0.12 / height, one_line(clip.id), va="top", fontsize=9, weight="bold")
    drawn.legend(handles=_key(clip), loc="upper right", ncols=6, fontsize=7.5)
    return drawn


def _panel(axes: Axes, clip: ReportClip, channel: Channel, method: str | None) -> None:
    for span in clip.spans:
        axes.axvspan(span.start, span.end, color=style.SPEECH[span.who], alpha=0.16, linewidth=0)
    _line(axes, clip.traces.get("user"), channel, color=style.USER, linewidth=0.8, linestyle=(0, (3, 1.2)))
    _line(axes, clip.traces.get("truth"), channel, color=style.TRUTH, linewidth=0.8)
    if method is not None:
        _line(axes, clip.traces[method], channel, color=style.METHOD, linewidth=1.3)
    _ticks(axes, clip.traces.get("truth"), channel, 0.0, style.TRUTH)
    _ticks(axes, clip.traces.get(method or ""), channel, 0.94, style.METHOD)
    axes.grid(axis="y")
    axes.tick_params(labelsize=6.5)
    axes.locator_params(axis="y", nbins=3)


def _line(axes: Axes, trace: Trace | None, channel: Channel, **look: Any) -> None:
    if trace is not None:
        values = curve(trace, channel)
        axes.plot(np.arange(len(values)) / FPS, values, **look)


def _ticks(axes: Axes, trace: Trace | None, channel: Channel, height: float, ink: str) -> None:
    """A bar along an edge of the panel for every event that the channel shows: the truth's below, the method's above."""
    for start, end in events_of(trace, channel) if trace is not None else ():
        axes.axvspan(start, end, height, height + 0.06, color=ink, linewidth=0)


def _key(clip: ReportClip) -> list[Line2D | Patch]:
    lines: list[Line2D | Patch] = [Line2D([], [], color=style.METHOD, label="method")]
    if "truth" in clip.traces:
        lines.append(Line2D([], [], color=style.TRUTH, linewidth=0.8, label="truth"))
    if "user" in clip.traces:
        lines.append(Line2D([], [], color=style.USER, linewidth=0.8, linestyle=(0, (3, 1.2)), label="user"))
    said = {span.who for span in clip.spans}
    lines.append(Patch(color=style.METHOD, label="nod, shake, smile, blink"))
    lines += [Patch(color=c, alpha=0.3, label=f"{who} speaks") for who, c in style.SPEECH.items() if who in said]
    return lines

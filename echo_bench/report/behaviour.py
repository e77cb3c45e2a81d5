"""What heads do: feelings in the plane of valence and arousal, where heads and eyes point, how samples of one clip fan out."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.rig_affect import displayed_affect
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from echo_bench.leaderboard.text import one_line
from echo_bench.report import style
from echo_bench.report.channels import channels_of, curve
from echo_bench.report.inputs import ReportClip, Trace
from echo_bench.report.traces import FPS, PEOPLE
from echo_bench.spaces import RIG61

ACROSS = 5
DIRECTIONS_ACROSS = 7
"""Methods beside each other in a figure of directions: more could not be read in a page's width."""
HEAD = tuple(RIG61.columns.index(name) for name in ("yaw", "pitch"))
GAZE = tuple(RIG61.columns.index(name) for name in ("gazeYaw", "gazePitch"))
BINS = 24


def affect_path(trace: Trace) -> NDArray[np.float64] | None:
    """Valence and arousal (T // 5, 2) that a face shows at 5 Hz; None where too little of it was measured."""
    try:
        return displayed_affect(trace.motion, trace.valid)
    except MetricInputError:  # shorter than the smoothing, or a gap that it cannot bridge
        return None


def draw_affect(clip: ReportClip, order: Sequence[str]) -> Figure:
    """A panel per person and method: the path of displayed valence and arousal, light at the start, dark at the end.

    The truth's path lies in grey beneath every method's; all panels hold the origin, the feeling of a neutral face.
    """
    names = [name for name in (*PEOPLE, *order) if name in clip.traces]
    paths = {name: path for name in names if (path := affect_path(clip.traces[name])) is not None}
    drawn, panels = _grid(len(paths), 1.75)
    every = np.concatenate([np.zeros((1, 2)), *paths.values()])
    low, high = every.min(axis=0) - 0.06, every.max(axis=0) + 0.06
    for axes, (name, path) in zip(panels, paths.items(), strict=True):
        if name not in PEOPLE and "truth" in paths:
            axes.plot(*paths["truth"].T, color=style.GRID, linewidth=1.6)
        axes.plot(*path.T, color=style.METHOD if name not in PEOPLE else style.TRUTH, linewidth=0.7, alpha=0.7)
        axes.scatter(path[:, 0], path[:, 1], c=np.arange(len(path)), cmap="cividis_r", s=6, linewidths=0, zorder=3)
        axes.axhline(0, color=style.GRID, linewidth=0.6, zorder=0)
        axes.axvline(0, color=style.GRID, linewidth=0.6, zorder=0)
        axes.set_aspect("equal")
        axes.set_title(_label(name), fontsize=7)
        axes.tick_params(labelsize=6)
    for axes in panels[:1]:  # they share their limits
        axes.set_xlim(low[0], high[0])
        axes.set_ylim(low[1], high[1])
    beneath = "; grey beneath: the truth's" if "truth" in paths else ""
    drawn.supxlabel(f"displayed valence; a path begins light and ends dark{beneath}", fontsize=8)
    drawn.supylabel("displayed arousal", fontsize=8)
    return drawn


def draw_densities(clips: Sequence[ReportClip], order: Sequence[str]) -> Figure:
    """Where heads (above) and eyes (below) point, over all clips: shares of time in cells of yaw and pitch, in degrees.

    The line encloses where the truth is for 90 % of its time.
    """
    names = [name for name in ("truth", *order) if any(name in clip.traces for clip in clips)]
    across = min(DIRECTIONS_ACROSS, len(names)) or 1
    bands = math.ceil(len(names) / across) or 1
    drawn = style.figure(0.5 + 1.45 * across, 0.5 + 3.4 * bands)
    panels = drawn.subplots(2 * bands, across, squeeze=False, sharex="row", sharey="row")
    for above, columns, what in ((0, HEAD, "head"), (1, GAZE, "gaze")):
        rows = panels[above::2]
        angles = {name: _angles(clips, name, columns) for name in names}
        edges = _edges(angles.get("truth", np.empty((0, 2))), list(angles.values()))
        truth = _share(angles["truth"], edges) if "truth" in angles else None
        for axes, (name, found) in zip(rows.flat, angles.items(), strict=False):
            axes.pcolormesh(*edges, _share(found, edges).T, cmap="cividis", rasterized=True)
            if truth is not None:
                _outline(axes, truth, edges)
            axes.tick_params(labelsize=6)
            axes.set_aspect("equal")
            if what == "head":
                axes.set_title(_label(name), fontsize=7)
        for axes in rows.flat[len(names) :]:
            axes.set_visible(False)
        for axes in rows[:, 0]:  # a row shares its limits
            axes.set_ylabel(f"{what} pitch [°], down +", fontsize=7)
            axes.invert_yaxis()
    line = "; the orange line holds 90 % of the truth's time" if "truth" in names else ""
    drawn.supxlabel(f"yaw [°], towards the image's right +; bright: often{line}", fontsize=8)
    return drawn


def _angles(clips: Sequence[ReportClip], name: str, columns: tuple[int, ...]) -> NDArray[np.float64]:
    """Yaw and pitch (N, 2) in degrees of all measured frames."""
    traces = [clip.traces[name] for clip in clips if name in clip.traces]
    return np.rad2deg(np.concatenate([trace.motion[trace.valid][:, columns] for trace in traces]).astype(np.float64))


def _edges(truth: NDArray[np.float64], found: Sequence[NDArray[np.float64]]) -> tuple[NDArray[np.float64], ...]:
    """Edges of a square that holds everybody for 99 % of the time in each angle, and is at least 6 degrees wide."""
    low, high = np.quantile(np.concatenate([truth, *found]), (0.005, 0.995), axis=0)
    reach = max(3.0, 0.55 * float((high - low).max()))
    return tuple(np.linspace(m - reach, m + reach, BINS + 1) for m in (low + high) / 2)


def _share(angles: NDArray[np.float64], edges: tuple[NDArray[np.float64], ...]) -> NDArray[np.float64]:
    """Share of the frames per cell, smoothed by a Gaussian of one cell: short clips leave holes that mean nothing."""
    from scipy.ndimage import gaussian_filter

    counts, *_ = np.histogram2d(angles[:, 0], angles[:, 1], bins=list(edges))
    return np.asarray(gaussian_filter(counts / max(1, len(angles)), 1.0))


def _outline(axes: Axes, share: NDArray[np.float64], edges: tuple[NDArray[np.float64], ...]) -> None:
    """The border of the fullest cells that together hold 90 %."""
    falling = np.sort(share.ravel())[::-1]
    level = falling[min(int(np.searchsorted(np.cumsum(falling), 0.9 * falling.sum())), falling.size - 1)]
    inside = (share >= level) & (share > 0)
    if not inside.all():
        middles = [(edge[1:] + edge[:-1]) / 2 for edge in edges]
        axes.contour(*middles, inside.T.astype(float), levels=[0.5], colors=style.DOT, linewidths=0.8)


def draw_fan(clip: ReportClip, method: str) -> Figure:
    """How the samples of one method for one clip fan out: their range, their quartiles and each of them, with the truth in black."""
    samples = clip.samples[method]
    channels = channels_of([*samples, *(clip.traces[name] for name in ("truth",) if name in clip.traces)])
    drawn = style.figure(7.2, 0.6 + 1.15 * len(channels))
    for axes, channel in zip(drawn.subplots(len(channels), 1, sharex=True), channels, strict=True):
        curves = [curve(trace, channel) for trace in samples]
        frames = min(map(len, curves))
        stack = np.stack([each[:frames] for each in curves])
        time = np.arange(frames) / FPS
        low, first, third, high = (np.quantile(stack, q, axis=0) for q in (0.0, 0.25, 0.75, 1.0))
        axes.fill_between(time, low, high, color=style.METHOD, alpha=0.15, linewidth=0)
        axes.fill_between(time, first, third, color=style.METHOD, alpha=0.3, linewidth=0)
        for each in stack:
            axes.plot(time, each, color=style.METHOD, linewidth=0.5)
        if "truth" in clip.traces:
            truth = curve(clip.traces["truth"], channel)
            axes.plot(np.arange(len(truth)) / FPS, truth, color=style.TRUTH, linewidth=0.9)
        for span in clip.spans:
            axes.axvspan(span.start, span.end, color=style.SPEECH[span.who], alpha=0.12, linewidth=0)
        axes.set_ylabel(channel.title + (f" [{channel.unit}]" if channel.unit else ""), fontsize=7)
        axes.grid(axis="y")
        axes.set_xlim(0, clip.duration)
    drawn.supxlabel("time [s]; shaded: who speaks (grey user, orange avatar)", fontsize=8)
    drawn.suptitle(f"{len(samples)} samples of {_label(method)} for {one_line(clip.id)}", fontsize=9, x=0.02, ha="left")
    return drawn


def _grid(count: int, side: float) -> tuple[Figure, list[Axes]]:
    """A figure of square panels, those that are left over unseen."""
    across = min(ACROSS, count) or 1
    down = math.ceil(count / across) or 1
    drawn = style.figure(0.4 + side * across, 0.4 + side * down)
    panels = list(drawn.subplots(down, across, squeeze=False, sharex=True, sharey=True).flat)
    for axes in panels[count:]:
        axes.set_visible(False)
    return drawn, panels[:count]


def _label(name: str) -> str:
    text = one_line(name)
    return text if len(text) <= 20 else text[:19] + "…"

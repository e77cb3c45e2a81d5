"""One conversation on one time axis: pictures, words, acts with their causes, feelings and motion of both people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from textwrap import wrap
from typing import TYPE_CHECKING, get_args

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, Side, Track, VideoRef
from echo_bench.leaderboard.text import one_line
from echo_bench.media.decode import frames
from echo_bench.motion_io import load_motion
from echo_bench.report import style
from echo_bench.report.channels import CHANNELS, Channel, curve, extent
from echo_bench.report.inputs import Trace
from echo_bench.simulator.events import Act

if TYPE_CHECKING:
    from echo_bench.simulator.truth import Truth

PEOPLE: Mapping[Side, str] = {"user": "#0072b2", "avatar": "#d55e00"}
DASHES: Mapping[Side, tuple[float, Sequence[float]]] = {"user": (0.0, (4.0, 1.2)), "avatar": (0.0, ())}
FEELINGS = ("valence", "arousal", "dominance")
WIDTH, LEFT, RIGHT, HEAD, FOOT, GAP = 13.0, 1.35, 0.12, 0.42, 0.4, 0.1  # inches
ALONE = {"last-blink", "last-mutual-gaze"}  # causes that are no more than the last time
MOMENTS = 12  # pictures per person
SPEECH_HEIGHT, LANE_HEIGHT, CURVE_HEIGHT = 1.3, 0.2, 0.62  # inches
LINE, CHARACTER = 0.092, 0.0455  # inches that a line and a letter of the words take


@dataclass(frozen=True, slots=True)
class Panel:
    """A strip of the figure."""

    height: float
    draw: Callable[[Axes], None]


def draw_conversation(clip: DyadicClip, truth: Truth | None) -> Figure:
    """The figure of a clip; what the clip does not have is left out.

    Parameters
    ----------
    clip : DyadicClip
    truth : Truth or None
        Feelings and events, where the dataset knows them.
    """
    panels = [*_pictures(clip), Panel(SPEECH_HEIGHT, partial(_speech, clip=clip))]
    if truth is not None:
        panels.append(Panel(LANE_HEIGHT * len(get_args(Act)) + 0.1, partial(_events, truth=truth)))
        felt = partial(_feeling, clip=clip, truth=truth)
        panels += [Panel(CURVE_HEIGHT, partial(felt, dimension=k)) for k in range(len(FEELINGS))]
    panels += _motion(clip)
    height = HEAD + FOOT + sum(panel.height + GAP for panel in panels)
    drawn = style.figure(WIDTH, height, layout=None)
    top = height - HEAD
    for panel in panels:
        box = (LEFT / WIDTH, (top - panel.height) / height, 1 - (LEFT + RIGHT) / WIDTH, panel.height / height)
        axes = drawn.add_axes(box)
        axes.set_xlim(0.0, clip.duration)
        axes.tick_params(labelbottom=panel is panels[-1], labelsize=6.5)
        panel.draw(axes)
        top -= panel.height + GAP
    axes.set_xlabel("time [s]")
    _heading(drawn, clip, height)
    return drawn


def _heading(drawn: Figure, clip: DyadicClip, height: float) -> None:
    labels = ", ".join(f"{key}: {value}" for key, value in sorted(clip.strata.items()))
    drawn.text(0.08 / WIDTH, 1 - 0.1 / height, one_line(clip.id), va="top", fontsize=10, weight="bold")
    drawn.text(LEFT / WIDTH + 0.16, 1 - 0.12 / height, one_line(labels), va="top", fontsize=8, color=style.MUTED)
    names = {who: f"{who} ({one_line(clip.identities.get(who, '?'))})" for who in PEOPLE}
    lines = [Line2D([], [], color=PEOPLE[who], linestyle=DASHES[who], label=name) for who, name in names.items()]
    drawn.legend(handles=lines, loc="upper right", ncols=2, fontsize=8)


def _tracks(clip: DyadicClip) -> dict[Side, Track]:
    return {"user": clip.user, "avatar": clip.avatar}


def _pictures(clip: DyadicClip) -> list[Panel]:
    """A strip of pictures for each person who has video."""
    size = (WIDTH - LEFT - RIGHT) / MOMENTS
    videos = {who: track.video for who, track in _tracks(clip).items() if track.video is not None}
    return [Panel(size, partial(_strip, clip=clip, who=who, video=video)) for who, video in videos.items()]


def _strip(axes: Axes, clip: DyadicClip, who: Side, video: VideoRef) -> None:
    """Pictures side by side, each above the middle of the stretch that it stands for."""
    step = clip.duration / MOMENTS
    shown = {round((k + 0.5) * step * clip.fps): k for k in range(MOMENTS)}
    for number, frame in enumerate(frames(replace(video, duration=clip.duration), fps=clip.fps)):
        if number in shown:
            start = shown[number] * step
            axes.imshow(frame, extent=(start, start + 0.97 * step, 0, 1), aspect="auto", interpolation="lanczos")
    axes.set_xlim(0.0, clip.duration)
    axes.set_ylim(0, 1)
    axes.axis("off")
    _label(axes, who, PEOPLE[who])


def _speech(axes: Axes, clip: DyadicClip) -> None:
    """A box per turn with its words and the emotion it is spoken with."""
    rows: Mapping[Side, float] = {"user": 0.5, "avatar": 0.0}
    per_second = (WIDTH - LEFT - RIGHT) / clip.duration
    fitting = int(0.40 * SPEECH_HEIGHT / LINE)
    for span in clip.spans:
        length = span.end - span.start
        box = (rows[span.who] + 0.02, 0.46)
        axes.broken_barh([(span.start, length)], box, color=PEOPLE[span.who], alpha=0.16, lw=0)
        said = _tracks(clip)[span.who].transcript or ()
        text = " ".join(word.text for word in said if span.start - 0.01 <= word.start < span.end)
        lines = [*wrap(text, max(4, int(length * per_second / CHARACTER)))][: fitting - 1]
        lines += [f"({span.emotion})"] if span.emotion else []
        words = "\n".join(map(one_line, lines))
        place = (span.start + 0.05, rows[span.who] + 0.46)
        axes.text(*place, words, va="top", fontsize=5.6, color=style.INK, linespacing=1.05, clip_on=True)
    axes.set_ylim(0, 1)
    axes.set_yticks([0.73, 0.23], ["user says", "avatar says"])


def _events(axes: Axes, truth: Truth) -> None:
    """A lane per act, the user above and the avatar below; a thin line leads from what it answers to the act."""
    acts: tuple[Act, ...] = get_args(Act)
    for event in truth.events:
        below = 0.5 if event.who == "user" else 0.08
        at = len(acts) - 1 - acts.index(event.act) + below
        colour = PEOPLE[event.who]
        if event.cause.reason not in ALONE:
            axes.plot([event.cause.time, event.start], [at + 0.18] * 2, color=colour, linewidth=0.6)
        length = max(event.end - event.start, 0.04)
        strength = 0.35 + 0.5 * min(event.intensity, 1.0)
        axes.broken_barh([(event.start, length)], (at, 0.36), color=colour, alpha=strength, lw=0)
    for edge in range(1, len(acts)):
        axes.axhline(edge, color=style.GRID, linewidth=0.6, zorder=0)
    axes.set_ylim(0, len(acts))
    axes.set_yticks(np.arange(len(acts)) + 0.5, list(reversed(acts)))


def _feeling(axes: Axes, clip: DyadicClip, truth: Truth, dimension: int) -> None:
    _shade(axes, clip)
    for who in PEOPLE:
        _line(axes, clip, who, truth.affect[who][:, dimension])
    axes.axhline(0.0, color=style.GRID, linewidth=0.6, zorder=0)
    axes.set_ylim(-0.85, 0.85)
    axes.set_yticks([-0.5, 0.0, 0.5])
    _label(axes, FEELINGS[dimension])


def _motion(clip: DyadicClip) -> list[Panel]:
    traces = {
        who: Trace(*load_motion(track.motion)) for who, track in _tracks(clip).items() if track.motion is not None
    }
    if not traces:
        return []
    return [Panel(CURVE_HEIGHT, partial(_curves, clip=clip, traces=traces, channel=channel)) for channel in CHANNELS]


def _curves(axes: Axes, clip: DyadicClip, traces: Mapping[Side, Trace], channel: Channel) -> None:
    _shade(axes, clip)
    shown = {who: curve(trace, channel) for who, trace in traces.items()}
    for who, values in shown.items():
        _line(axes, clip, who, values)
    low, high = extent(shown.values(), channel)
    axes.set_ylim(low - 0.06 * (high - low), high + 0.06 * (high - low))
    axes.locator_params(axis="y", nbins=3)
    _label(axes, channel.title + (f" [{channel.unit}]" if channel.unit else ""))


def _line(axes: Axes, clip: DyadicClip, who: Side, values: NDArray[np.floating]) -> None:
    times = (np.arange(len(values)) + 0.5) / clip.fps
    axes.plot(times, values, color=PEOPLE[who], linestyle=DASHES[who], linewidth=1.0)


def _shade(axes: Axes, clip: DyadicClip) -> None:
    for span in clip.spans:
        axes.axvspan(span.start, span.end, color=PEOPLE[span.who], alpha=0.07, linewidth=0)


def _label(axes: Axes, text: str, colour: str = style.INK) -> None:
    """A name at the left edge of the figure, where the names of all strips stand in one column."""
    at = -(LEFT - 0.08) / (WIDTH - LEFT - RIGHT)
    axes.text(at, 0.5, text, transform=axes.transAxes, va="center", fontsize=7.5, color=colour)

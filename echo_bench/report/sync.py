"""How lips and voice agree at each offset between them, over all clips of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from itertools import cycle
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echo_bench.clip import DyadicClip, Status
from echo_bench.leaderboard.board import Board, Group
from echo_bench.leaderboard.text import one_line
from echo_bench.method import Method
from echo_bench.metric import Metric
from echo_bench.metrics.lse import EmbeddedOffset
from echo_bench.metrics.sync import AvOffset
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.rows import Scorer
from echo_bench.pipeline.store import FeatureStore
from echo_bench.report import style
from echo_bench.report.inputs import SyncCurve

STYLES: tuple[Any, ...] = ("solid", (0, (4, 1.5)), (0, (1, 1)), (0, (4, 1, 1, 1)))
INKS = (style.METHOD, "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9")
STANDS_OUT = 2.5
"""Standard deviations of a curve that its best offset lies from its median: on real speech 2.9 and more, on lips that
follow no voice at most 2.1."""


def is_sync(metric: Metric[Any]) -> bool:
    """Whether a metric finds an offset on a curve."""
    return isinstance(metric, AvOffset | EmbeddedOffset)


def sync_curve(
    metric: Metric[Any],
    method: Method,
    clips: Sequence[DyadicClip],
    outcomes: Mapping[str, Outcome],
    store: FeatureStore,
) -> SyncCurve | None:
    """The curve of a method over all clips on which the metric has a value; None where there is none."""
    scorer = Scorer(method.capabilities, store)
    rows = [scorer.row(metric, clip, outcomes[clip.id], half=0) for clip in clips if clip.id in outcomes]
    stats = [row.stat for row in rows if row.status is Status.OK]
    if not stats:
        return None
    total = reduce(metric.merge, stats)
    reach = len(total.total) // 2
    offsets = np.arange(-reach, reach + 1.0)
    if isinstance(metric, AvOffset):
        return SyncCurve(offsets, total.total / len(stats), "highest")
    return SyncCurve(offsets, (total.total / total.windows)[::-1], "lowest")


def draw_sync(metric: str, curves: Mapping[str, SyncCurve], board: Board) -> Figure:
    """All methods' curves of one metric in the board's order; a marker where one stands out as best, the upright at no offset.

    A method has the same line in every figure of one board: yardsticks are grey, the others coloured by their place.
    """
    drawn = style.figure(7.2, 4.0)
    axes = drawn.add_subplot()
    axes.axvline(0.0, color=style.MUTED, linewidth=0.8)
    key = []
    for name, look in _looks(board).items():
        if (found := curves.get(name)) is None:
            continue
        best, said = _best(found), "no offset"
        axes.plot(found.offsets, found.values, linewidth=0.6 if best is None else 1.2, **look)
        if best is not None:
            axes.plot(found.offsets[best], found.values[best], "o", color=look["color"], markersize=4)
            said = f"{found.offsets[best]:+.0f}"
        key.append(Line2D([], [], linewidth=1.2, label=f"{one_line(name)[:24]} ({said})", **look))
    axes.grid()
    axes.set_title(one_line(metric))
    axes.set_xlabel("offset [frames at 25 fps], negative where the sound comes late; no offset: none stands out")
    kinds = {found.best for found in curves.values()}
    axes.set_ylabel("mean correlation of lips and voice" if kinds == {"highest"} else "mean distance of lips and voice")
    drawn.legend(handles=key, loc="outside right center", fontsize=6.5, handlelength=4)
    return drawn


def _looks(board: Board) -> dict[str, dict[str, Any]]:
    """Method -> colour and dashes of its line, in the order of the board."""
    grey = [row.method.name for row in board.rows if row.group is Group.YARDSTICK]
    others = [row.method.name for row in board.rows if row.group is not Group.YARDSTICK]
    looks = {name: {"color": style.USER, "linestyle": STYLES[i % len(STYLES)]} for i, name in enumerate(grey)}
    inks = [(ink, dashes) for dashes in STYLES for ink in INKS]
    return looks | {
        name: {"color": ink, "linestyle": dashes} for name, (ink, dashes) in zip(others, cycle(inks), strict=False)
    }


def _best(found: SyncCurve) -> int | None:
    """Where a curve is best; None where that does not stand out from its ups and downs."""
    height = found.values if found.best == "highest" else -found.values
    best = int(height.argmax())
    return best if height[best] - np.median(height) > STANDS_OUT * height.std() else None

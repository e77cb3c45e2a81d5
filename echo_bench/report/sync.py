"""How lips and voice agree at each offset between them, over all clips of a method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from echo_bench.clip import DyadicClip, Status
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


def draw_sync(metric: str, curves: Mapping[str, SyncCurve]) -> Figure:
    """All methods' curves of one metric; a marker where each is best, the upright at no offset."""
    drawn = style.figure(7.2, 4.0)
    axes = drawn.add_subplot()
    axes.axvline(0.0, color=style.MUTED, linewidth=0.8)
    key = []
    for place, (name, found) in enumerate(curves.items()):
        ink, dashes = INKS[place % len(INKS)], STYLES[place // len(INKS) % len(STYLES)]
        axes.plot(found.offsets, found.values, color=ink, linestyle=dashes, linewidth=1.0)
        said = "no offset"
        if np.ptp(found.values) > 0:  # lips that never move agree nowhere
            best = int(found.values.argmax() if found.best == "highest" else found.values.argmin())
            axes.plot(found.offsets[best], found.values[best], "o", color=ink, markersize=4)
            said = f"{found.offsets[best]:+.0f}"
        label = f"{one_line(name)[:24]} ({said})"
        key.append(Line2D([], [], color=ink, linestyle=dashes, marker="o", markersize=3, label=label))
    axes.grid()
    axes.set_title(one_line(metric))
    axes.set_xlabel("offset [frames at 25 fps], negative where the sound comes late")
    kinds = {found.best for found in curves.values()}
    axes.set_ylabel("mean correlation of lips and voice" if kinds == {"highest"} else "mean distance of lips and voice")
    drawn.legend(handles=key, loc="outside right center", fontsize=6.5)
    return drawn

"""One look for all figures: colour-blind safe (Okabe and Ito), small type, no clutter, the same bytes every time."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

from matplotlib import rc_context
from matplotlib.figure import Figure

from echo_bench.leaderboard.board import Group

INK = "#1a1a1a"
MUTED = "#595959"
GRID = "#e3e3e3"
USER = "#8c8c8c"
TRUTH = "#1a1a1a"
METHOD = "#0072b2"
DOT = "#d55e00"
SPEECH: Mapping[str, str] = {"user": "#8c8c8c", "avatar": "#e69f00"}

BARS: Mapping[Group, str] = {Group.YARDSTICK: "#bdbdbd", Group.RANKED: "#56b4e9", Group.UNRANKED: "#ffffff"}
"""Face colours of bars: grey yardsticks, blue ranked rows, hollow unranked ones."""

_RC: dict[Any, Any] = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],  # ships with matplotlib: the same glyphs everywhere
    "font.size": 8.0,
    "axes.titlesize": 9.0,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": MUTED,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "grid.color": GRID,
    "grid.linewidth": 0.6,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.size": 2.5,
    "ytick.major.size": 0.0,
    "lines.linewidth": 1.2,
    "legend.frameon": False,
    "svg.hashsalt": "echo-bench",
    "svg.fonttype": "path",
    "text.parse_math": False,  # a $ in a method's name is a dollar
    "figure.dpi": 160.0,  # the layout is made at the resolution of the file
    "savefig.dpi": "figure",
}


def look() -> AbstractContextManager[None]:
    """The context in which figures are drawn and saved."""
    return rc_context(_RC)


def figure(width: float, height: float, layout: Literal["constrained"] | None = "constrained") -> Figure:
    """A white figure of a size in inches."""
    return Figure(figsize=(width, height), facecolor="white", layout=layout)


def wrapped(text: str) -> str:
    """An axis label that stays within a figure of usual width."""
    return textwrap.fill(text, 88)


def save(drawn: Figure, stem: Path) -> tuple[Path, Path]:
    """Write ``stem.png`` and ``stem.svg`` without dates, so that equal figures are equal bytes; returns both paths."""
    png, svg = stem.with_name(stem.name + ".png"), stem.with_name(stem.name + ".svg")
    if (engine := drawn.get_layout_engine()) is not None:
        engine.execute(drawn)  # once for both files
        drawn.set_layout_engine(None)  # with one, even "none", each file is drawn twice: once for the layout alone
    drawn.savefig(png, metadata={"Software": None})
    drawn.savefig(svg, metadata={"Date": None, "Creator": None})
    return png, svg


def direction_words(direction: str, target: float | None) -> str:
    """How to read a value axis."""
    words = {"higher": "higher is better", "lower": "lower is better", "none": "descriptive"}
    return words.get(direction, f"closer to {target:g} is better" if target is not None else "target unknown")

"""How numbers, intervals and names are put into words, the same in every output."""

from __future__ import annotations

import re
import unicodedata

from echo_bench.leaderboard.board import Cell, Column, Kind
from echo_bench.results.schema import IntervalPart

ARROWS = {"higher": "↑", "lower": "↓", "target": "→", "none": ""}
KINDS = {Kind.MEASURED: "", Kind.NATIVE: ", motion as delivered"}
_MD_HTML = {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
DUST = 1e-12
"""Size below which a value is the rounding of a sum of doubles; the least that a metric means is some 1e-7 (a variance of still heads)."""
_UNSAFE = {"Cc", "Zl", "Zp"}
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def number(value: float | None) -> str:
    """Four significant digits, 0 for what is rounding alone (less than :data:`DUST`); a dash where there is no number.

    Examples
    --------
    >>> number(0.12345), number(-5.0), number(1234.5), number(1.8e-15), number(None)
    ('0.1235', '-5.000', '1234', '0', '–')
    """
    return probability(0.0 if value is not None and abs(value) < DUST else value)


def probability(value: float | None) -> str:
    """As :func:`number`, however small: a p value of 1e-20 is no rounding.

    Examples
    --------
    >>> probability(1e-20), probability(0.0)
    ('1.000e-20', '0')
    """
    if value is None:
        return "–"
    return "0" if value == 0 else f"{value:#.4g}".rstrip(".")


def bounds(cell: Cell) -> str:
    """``[lo, hi]``, in words where the pair is a plain range, or an empty string where there is neither.

    The range of a value of all clips together is called one of single clips: the value need not lie in it.
    """
    interval = cell.interval
    if interval is None or interval.lo is None or interval.hi is None:
        return ""
    if interval.level is None:
        what = "range" if cell.reach else "single clips"
        return f"{what} {number(interval.lo)} to {number(interval.hi)}"
    return f"[{number(interval.lo)}, {number(interval.hi)}]"


def interval_meaning(interval: IntervalPart | None) -> str:
    """What the pair means, with its note: ``95 % cluster-t (few clusters)``."""
    if interval is None:
        return "no interval"
    level = f"{100 * interval.level:g} % " if interval.level is not None else ""
    kind = f"{level}{interval.kind}" if interval.lo is not None else "no interval"
    return f"{kind} ({interval.note})" if interval.note else kind


def heading(column: Column) -> str:
    """Metric id, unit and direction: ``psnr@piq (dB) ↑``."""
    unit = f" ({column.unit})" if column.unit else ""
    aim = f"{ARROWS[column.direction]}{number(column.target) if column.target is not None else ''}"
    return f"{column.metric}{unit} {aim}".rstrip()


def cell_text(cell: Cell) -> str:
    """A cell in words: value, interval, n and mark, rank with its interval and tie groups; or how it ended and by which rule."""
    score = cell.score
    if score is None:
        return "not scored"
    if score.status != "ok":
        return f"{score.status.upper()}: {score.reason}"
    parts = [number(score.value), bounds(cell), f"n={score.n}" + ("†" if cell.few_clusters else "")]
    if cell.standing is not None:
        place = cell.standing
        parts.append(f"#{place.rank} ({place.best} to {place.worst}) {place.letters}")
    return " ".join(part for part in parts if part)


def one_line(text: str) -> str:
    """`text` with line breaks, control and bidirectional override characters made visible, so that it cannot act on its surroundings.

    Examples
    --------
    >>> one_line("a\\nb")
    'a\\\\u000ab'
    """
    return "".join(f"\\u{ord(c):04x}" if unicodedata.category(c) in _UNSAFE or c in _BIDI else c for c in text)


def md(text: str) -> str:
    """Markdown and HTML of `text` made inert, on one line.

    Examples
    --------
    >>> md("*a* <b>")
    '\\\\*a\\\\* &lt;b&gt;'
    """
    return re.sub(r"([\\`*_{}\[\]<>|#~&])", lambda m: _MD_HTML.get(m[1], "\\" + m[1]), one_line(text))

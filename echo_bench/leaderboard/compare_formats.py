"""A comparison of two methods for people, for programs and for a document."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict

from echo_bench.leaderboard.compare import Difference
from echo_bench.leaderboard.text import md, number, one_line, probability

COMPARISON_SCHEMA = "echo-bench-comparison/1"
LEGEND = "A minus B; the letter is whose value is better; d: effect size; at the end the clips that differ most"
KEPT = "comparisons"
"""The folder of a run that keeps the pairs it was asked to compare."""


def to_text(found: Sequence[Difference]) -> str:
    """One line per metric, and what they say."""
    return "\n".join([*(_line(each) for each in found), LEGEND])


def to_json(a: str, b: str, found: Sequence[Difference]) -> str:
    """Everything; numbers round-trip."""
    data = {"schema": COMPARISON_SCHEMA, "a": a, "b": b, "differences": [asdict(each) for each in found]}
    return json.dumps(data, indent=1, sort_keys=True, allow_nan=False)


def to_markdown(a: str, b: str, found: Sequence[Difference]) -> str:
    """A table: values, who is ahead, difference with its interval, corrected p, effect size, and the clips that differ most."""
    lines = [f"### {md(a)} minus {md(b)}", ""]
    lines += ["| metric | A | B | ahead | A - B | 95 % interval | p (Holm) | effect | clips | differ most |"]
    lines += ["|---|---:|---:|---|---:|---|---:|---:|---:|---|"]
    for each in found:
        cells = [each.metric, number(each.a), number(each.b), each.ahead, number(each.difference), reach(each)]
        cells += [probability(each.p_holm), number(each.effect), str(each.clips), ", ".join(each.most_different)]
        lines.append("| " + " | ".join(md(cell) for cell in cells) + " |")
    return "\n".join(lines) + "\n"


def _line(found: Difference) -> str:
    p = f"  p {found.p:.3g} (Holm {found.p_holm:.3g})" if found.p is not None and found.p_holm is not None else ""
    effect = f"  d {found.effect:.2f}" if found.effect is not None else ""
    clips = one_line(" ".join(found.most_different))
    return f"{found.metric:<30} {found.difference:>+11.4g} {found.ahead:<1}  {reach(found)}{p}{effect}  n {found.clips}  {clips}".rstrip()


def reach(found: Difference) -> str:
    """The interval of a difference with its note, or why there is none."""
    pair = found.interval
    if pair.lo is None or pair.hi is None:
        return pair.note
    return f"[{number(pair.lo)}, {number(pair.hi)}]" + (f" {pair.note}" if pair.note else "")

"""A board as Markdown, CSV, JSON and LaTeX. Every name is escaped for the format it goes into; equal boards give equal text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from itertools import groupby
from typing import Any

from echo_bench.leaderboard.board import Board, Cell, Column, Row
from echo_bench.leaderboard.text import KINDS, bounds, cell_text, heading, interval_meaning, md, number, one_line

BOARD_SCHEMA = "echo-bench-board/1"
_LATEX = {
    "\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}",
    ">": r"\textgreater{}", "|": r"\textbar{}", "–": "--", "†": r"\dag{}", "→": r"$\to$", "↑": r"$\uparrow$",
    "↓": r"$\downarrow$", "‡": r"\ddag{}", "§": r"\S{}", "⚠": r"\textbf{!}", **{c: "\\" + c for c in "&%$#_{}"},
}  # fmt: skip
_CSV_HEAD = (
    "method", "version", "group", "rank", "mean_rank", "why", "metric", "unit", "direction", "target", "aggregation",
    "counted", "status", "value", "lo", "hi", "level", "interval_kind", "interval_note", "n", "n_expected", "n_skipped",
    "n_clusters", "leading", "metric_rank", "rank_lo", "rank_hi", "tie_groups", "reason", "signature",
)  # fmt: skip


def to_markdown(board: Board) -> str:
    """A table for people: value, interval and n in every cell, the rules beneath."""
    split = board.split
    where = f"{split.dataset} {split.version}, split {split.split}, {split.n_expected} clips{KINDS[board.kind]}"
    lines = [f"# Leaderboard: {md(where)}", "", f"Manifest sha256 `{md(split.manifest_sha256)}`.", ""]
    lines.append("| " + " | ".join(["rank", "method", *(md(_flagged(column)) for column in board.columns)]) + " |")
    lines.append("| " + " | ".join(["---:", "---", *("---" for _ in board.columns)]) + " |")
    for row in board.rows:
        cells = [f"**{md(cell_text(c))}**" if c.leading else md(cell_text(c)) for c in row.cells]
        lines.append("| " + " | ".join([_place(row), md(_named(row)), *cells]) + " |")
    lines += ["", *(f"- {md(note)}" for note in board.notes), "", "## Metrics", ""]
    lines += [f"- {md(describe(column))}" for column in board.columns]
    return "\n".join(lines) + "\n"


def to_csv(board: Board) -> str:
    """One line per method and metric id, full precision; text that a spreadsheet would run as a formula is quoted with '."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(_CSV_HEAD)
    for row in board.rows:
        for column, cell in zip(board.columns, row.cells, strict=True):
            writer.writerow([spreadsheet(value) for value in _csv_fields(row, column, cell)])
    return out.getvalue()


def to_json(board: Board) -> str:
    """The whole board for programs; numbers round-trip and are never NaN."""
    data: dict[str, Any] = {
        "schema": BOARD_SCHEMA,
        "kind": board.kind.value,
        "split": board.split.model_dump(mode="json"),
        "notes": list(board.notes),
        "columns": [{name: getattr(column, name) for name in Column.__slots__} for column in board.columns],
        "rows": [_json_row(row) for row in board.rows],
    }
    return json.dumps(data, sort_keys=True, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def to_latex(board: Board) -> str:
    """A booktabs tabular (``\\usepackage{booktabs}``): groups apart, intervals small, notes as footnotes beneath."""
    lines = [rf"\begin{{tabular}}{{rl{'r' * len(board.columns)}}}", r"\toprule"]
    heads = ["", "Method", *(rf"\texttt{{{tex(heading(column))}}}" for column in board.columns)]
    lines.append(" & ".join(heads) + r" \\")
    for _, rows in groupby(board.rows, key=lambda row: row.group):
        lines.append(r"\midrule")
        lines += [" & ".join([_place(row), tex(row.method.name), *map(_tex_cell, row.cells)]) + r" \\" for row in rows]
    lines += [r"\bottomrule", r"\end{tabular}", "", r"{\footnotesize"]
    return "\n".join([*lines, *(tex(note) + r"\par" for note in board.notes), "}"]) + "\n"


def describe(column: Column) -> str:
    """What a column is: title, aim, aggregation, signature, whether it counts, and its flags."""
    aim = {"higher": "higher is better", "lower": "lower is better", "none": "descriptive, never ranked"}
    target = f"closer to {number(column.target)} is better" if column.target is not None else "no known target"
    parts = [
        f"{column.metric}: {column.title}",
        f"unit {column.unit}" if column.unit else "no unit",
        aim.get(column.direction, target),
        "mean over clips" if column.aggregation == "mean" else "one value of all clips together",
        f"signature {column.signature}",
        "counts towards the rank" if column.counted else f"not counted ({column.why})",
    ]
    return "; ".join([*parts, *(f"FLAGGED: {flag}" for flag in column.flags)])


FORMATS: Mapping[str, Callable[[Board], str]] = {"md": to_markdown, "csv": to_csv, "json": to_json, "tex": to_latex}
"""Every format by the suffix of its files."""


def _place(row: Row) -> str:
    return str(row.rank) if row.rank is not None else ""


def _named(row: Row) -> str:
    return f"{row.method.name} ({row.why})" if row.why else row.method.name


def _flagged(column: Column) -> str:
    return heading(column) + (" ⚠" if column.flags else "")


def tex(text: str) -> str:
    """`text` made inert in LaTeX, on one line."""
    return "".join(_LATEX.get(char, char) for char in one_line(text))


def _tex_cell(cell: Cell) -> str:
    if cell.value is None:
        return tex(cell.status if cell.score else "–")
    value = f"${number(cell.value)}$"
    value = rf"\boldmath{value}" if cell.leading else value
    spread = bounds(cell)
    return (
        f"{{{value}}}"
        + (rf" {{\scriptsize {tex(spread)}}}" if spread else "")
        + (tex("†") if cell.few_clusters else "")
    )


def spreadsheet(value: str | float | int | bool | None) -> str | float | int | bool | None:
    """`value`, with text that a spreadsheet would run as a formula quoted."""
    if isinstance(value, str):
        text = one_line(value)
        return "'" + text if text.lstrip().startswith(("=", "+", "-", "@")) else text
    return value


def _csv_fields(row: Row, column: Column, cell: Cell) -> list[str | float | int | bool | None]:
    score, interval, method = cell.score, cell.interval, row.method
    head = [method.name, method.version, row.group.value, row.rank, row.mean_rank, row.why]
    what = [column.metric, column.unit, column.direction, column.target, column.aggregation, column.counted]
    spread = [interval.lo, interval.hi, interval.level, interval.kind, interval.note] if interval else [None] * 5
    counts = [score.n, score.n_expected, score.n_skipped, score.n_clusters] if score else [None] * 4
    place = cell.standing
    stands = [place.rank, place.best, place.worst, place.letters] if place else [None] * 4
    tail = [cell.leading, *stands, score.reason if score else "", score.signature if score else ""]
    return [*head, *what, cell.status, cell.value, *spread, *counts, *tail]


def _json_row(row: Row) -> dict[str, Any]:
    return {
        "method": row.method.model_dump(mode="json"),
        "group": row.group.value,
        "rank": row.rank,
        "mean_rank": row.mean_rank,
        "why": row.why,
        "cells": [
            {
                "status": cell.status,
                "leading": cell.leading,
                "standing": asdict(cell.standing) if cell.standing else None,
                "interval_meaning": interval_meaning(cell.interval),
                "score": cell.score.model_dump(mode="json") if cell.score else None,
            }
            for cell in row.cells
        ],
    }

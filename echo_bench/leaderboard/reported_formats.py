"""A board of published numbers as Markdown, CSV, JSON and LaTeX; equal boards give equal text."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping

from echo_bench.leaderboard.formats import spreadsheet, tex
from echo_bench.leaderboard.reported import COLUMNS, Reported, impossible
from echo_bench.leaderboard.reported_board import ReportedBoard, ReportedRow, as_data, marked
from echo_bench.leaderboard.text import md

_ARROWS = {"up": "↑", "down": "↓", "closer_to_GT": "→ truth"}


def reported_markdown(board: ReportedBoard) -> str:
    """A table for people; no rank, no bold, the caveats beneath."""
    given = board.definition
    lines = [f"# {md(given.title)}", "", f"Published on {md(given.dataset)}; protocol: {md(given.protocol)}.", ""]
    lines += [md(given.about), ""] if given.about else []
    lines.append("| " + " | ".join(["system", "reported by", "grade", *map(md, _heads(board))]) + " |")
    lines.append("| " + " | ".join(["---", "---", "---", *("---:" for _ in board.columns)]) + " |")
    for row in board.rows:
        cells = [md(_name(row)), md(row.reported_by), row.grade, *(md(marked(cell)) for cell in row.cells)]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join([*lines, "", *(f"- {md(note)}" for note in board.notes)]) + "\n"


def reported_csv(board: ReportedBoard) -> str:
    """One line per number, as in the table of published numbers, and what is impossible about it."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow([*COLUMNS, "impossible"])
    for row in board.rows:
        for cell in row.cells:
            if cell is not None:
                writer.writerow([spreadsheet(text) for text in (*_fields(cell), impossible(cell))])
    return out.getvalue()


def reported_json(board: ReportedBoard) -> str:
    """The whole board for programs."""
    return json.dumps(as_data(board), sort_keys=True, indent=1, ensure_ascii=False) + "\n"


def reported_latex(board: ReportedBoard) -> str:
    """A booktabs tabular with its notes beneath."""
    lines = [rf"\begin{{tabular}}{{lll{'r' * len(board.columns)}}}", r"\toprule"]
    lines.append(" & ".join(["System", "Reported by", "Grade", *map(tex, _heads(board))]) + r" \\")
    lines.append(r"\midrule")
    for row in board.rows:
        cells = [tex(_name(row)), tex(row.reported_by), row.grade, *(tex(marked(cell)) for cell in row.cells)]
        lines.append(" & ".join(cells) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", "", r"{\footnotesize"]
    return "\n".join([*lines, *(tex(note) + r"\par" for note in board.notes), "}"]) + "\n"


REPORTED_FORMATS: Mapping[str, Callable[[ReportedBoard], str]] = {
    "md": reported_markdown,
    "csv": reported_csv,
    "json": reported_json,
    "tex": reported_latex,
}
"""Every format by the suffix of its files."""


def _heads(board: ReportedBoard) -> list[str]:
    return [f"{name} {_ARROWS[aim]}" for name, aim in zip(board.columns, board.directions, strict=True)]


def _name(row: ReportedRow) -> str:
    return row.system + (" §" if row.third_party else "")


def _fields(cell: Reported) -> list[str]:
    return [str(getattr(cell, name)) for name in COLUMNS]

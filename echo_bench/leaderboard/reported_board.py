"""A board of published numbers: one protocol, no ranks, every row with its source and every doubt beside the number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from echo_bench.errors import ResultError
from echo_bench.leaderboard.definition import ReportedDefinition
from echo_bench.leaderboard.reported import GRADES, Reported, impossible


@dataclass(frozen=True, slots=True)
class ReportedRow:
    """One system as one source reports it.

    Attributes
    ----------
    system, reported_by, grade : str
    third_party : bool
    cells : tuple of Reported or None
        In the order of the board's columns; None where the source gives no number.
    """

    system: str
    reported_by: str
    grade: str
    third_party: bool
    cells: tuple[Reported | None, ...]


@dataclass(frozen=True, slots=True)
class ReportedBoard:
    """All that was published by one protocol.

    Attributes
    ----------
    definition : ReportedDefinition
    columns : tuple of str
    directions : tuple of str
    rows : tuple of ReportedRow
    notes : tuple of str
    """

    definition: ReportedDefinition
    columns: tuple[str, ...]
    directions: tuple[str, ...]
    rows: tuple[ReportedRow, ...]
    notes: tuple[str, ...]


def belongs(row: Reported, definition: ReportedDefinition) -> bool:
    """Whether a number stands on a board."""
    return (row.dataset, row.protocol) == (definition.dataset, definition.protocol)


def build_reported(rows: Sequence[Reported], definition: ReportedDefinition) -> ReportedBoard:
    """The board of the rows of its dataset and protocol.

    Raises
    ------
    ResultError
        When there are none, or a column or the order names a metric that none has, or sources disagree about a direction.
    """
    mine = [row for row in rows if belongs(row, definition)]
    aims: dict[str, str] = {}
    for row in mine:
        if aims.setdefault(row.column, row.direction) != row.direction:
            raise ResultError(f"{row.metric} has two directions", where=f"{definition.dataset}, {definition.protocol}")
    columns = definition.columns or tuple(aims)
    named = [*columns, definition.order_by] if definition.order_by else columns
    if unknown := [name for name in named if name not in aims]:
        raise ResultError(f"no published number for {unknown or 'this protocol'}", where=definition.title)
    if not mine:
        raise ResultError(
            f"nothing is published of {definition.dataset} by {definition.protocol!r}", where=definition.title
        )
    groups = dict.fromkeys((row.system, row.reported_by, row.grade, row.third_party == "yes") for row in mine)
    cells = {(row.system, row.reported_by, row.column): row for row in mine}
    board = [ReportedRow(*group, tuple(cells.get((*group[:2], column)) for column in columns)) for group in groups]
    if definition.order_by:
        place = columns.index(definition.order_by)
        board.sort(key=lambda row: _badness(row.cells[place]))
    return ReportedBoard(definition, columns, tuple(aims[c] for c in columns), tuple(board), _notes(board, columns))


def _badness(cell: Reported | None) -> float:
    if cell is None:
        return float("inf")
    return -cell.number if cell.direction == "up" else cell.number


def _notes(rows: Sequence[ReportedRow], columns: Sequence[str]) -> tuple[str, ...]:
    notes = [
        "Published numbers, as their sources give them: nothing here was measured by echo-bench, and nothing is ranked."
    ]
    cells = [cell for row in rows for cell in row.cells if cell]
    origins: dict[str, list[str]] = {}
    for cell in cells:
        if cell.copied_from:
            origins.setdefault(cell.copied_from, [])
            if cell.system not in origins[cell.copied_from]:
                origins[cell.copied_from].append(cell.system)
    notes += [f"‡ copied, not run again: {', '.join(names)} (from {origin})." for origin, names in origins.items()]
    notes += [f"⚠ {cell.column} of {cell.system}, {cell.value}: {why}." for cell in cells if (why := impossible(cell))]
    if any(row.third_party for row in rows):
        notes.append("§ run by somebody else than the system's makers.")
    grades = dict.fromkeys(row.grade for row in rows)
    notes += [f"Grade {grade}: {meaning}." for grade, meaning in GRADES.items() if grade in grades]
    if any(name.endswith("(K not stated)") for name in columns):
        notes.append(
            "A Shannon index without its K cannot be compared with another one, nor checked against its bound."
        )
    notes += [f"Source: {source}." for source in dict.fromkeys(cell.source for cell in cells)]
    return tuple(notes)


def marked(cell: Reported | None) -> str:
    """The digits as published with their marks: ‡ copied, ⚠ impossible; a dash where there are none."""
    if cell is None:
        return "–"
    return cell.value + ("‡" if cell.copied_from else "") + (" ⚠" if impossible(cell) else "")


def as_data(board: ReportedBoard) -> dict[str, object]:
    """The board as plain data for JSON."""
    return {
        "schema": "echo-bench-reported/1",
        "kind": "reported",
        "title": board.definition.title,
        "dataset": board.definition.dataset,
        "protocol": board.definition.protocol,
        "notes": list(board.notes),
        "columns": [{"metric": c, "direction": d} for c, d in zip(board.columns, board.directions, strict=True)],
        "rows": [
            {
                "system": row.system,
                "reported_by": row.reported_by,
                "grade": row.grade,
                "third_party": row.third_party,
                "cells": [{**asdict(cell), "impossible": impossible(cell)} if cell else None for cell in row.cells],
            }
            for row in board.rows
        ],
    }

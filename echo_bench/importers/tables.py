"""Tables of numbers with a header, as csv."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import read_bytes
from echo_bench.importers.errors import FormatError

Rows = NDArray[np.float64]


def read_table(path: Path) -> tuple[list[str], list[list[str]]]:
    """Names of columns, white space stripped (OpenFace writes it), and the cells of each row.

    Raises
    ------
    FormatError
        When it is no text, a name appears twice, or a row has another number of cells than the header.
    """
    rows = read_rows(path)
    names, rows = rows[0], rows[1:]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise FormatError(f"has two columns called {twice[0]!r}", where=path)
    for number, row in enumerate(rows, start=2):
        if len(row) != len(names):
            raise FormatError(f"line {number} has {len(row)} cells, and the header {len(names)}", where=path)
    if not rows:
        raise FormatError("holds a header and no rows", where=path)
    return names, rows


def read_rows(path: Path) -> list[list[str]]:
    """The cells of each line that is not empty, white space stripped.

    Raises
    ------
    FormatError
        When it is no text, or empty.
    """
    try:
        text = read_bytes(path).decode("utf-8-sig")
        rows = [[cell.strip() for cell in row] for row in csv.reader(text.splitlines()) if row]
    except (UnicodeDecodeError, csv.Error) as error:
        raise FormatError(f"is no csv: {error}", where=path) from error
    if not rows:
        raise FormatError("holds nothing", where=path)
    return rows


def columns(names: Sequence[str], rows: Sequence[Sequence[str]], wanted: Sequence[str], path: Path) -> Rows:
    """The wanted columns (T, D) in the wanted order, found by name.

    Raises
    ------
    FormatError
        When one is missing, or a cell is no number.
    """
    missing = [name for name in wanted if name not in names]
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise FormatError(f"lacks the columns {', '.join(missing[:5])}{more}", where=path, fix="is it another layout?")
    places = [names.index(name) for name in wanted]
    return cells([[row[place] for place in places] for row in rows], path)


def cells(rows: Sequence[Sequence[str]], path: Path) -> Rows:
    """Cells as numbers.

    Raises
    ------
    FormatError
        When one is no number, or rows differ in length.
    """
    try:
        return np.array([[float(cell) for cell in row] for row in rows], float)
    except ValueError as error:
        raise FormatError(
            f"holds a cell that is no number, or rows of different lengths: {error}"[:160], where=path
        ) from error

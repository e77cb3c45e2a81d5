"""Index files of published datasets: csv, tsv and json, read by the names of their columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from echo_bench.errors import DatasetError
from echo_bench.strict_json import LARGEST, parse_json

Rows = list[dict[str, str]]


def read_text(path: Path) -> str:
    """A text file in UTF-8, with or without a byte order mark.

    Raises
    ------
    DatasetError
        When it is missing, no UTF-8 or larger than 64 MiB.
    """
    try:
        if path.stat().st_size > LARGEST:
            raise DatasetError(f"is larger than {LARGEST >> 20} MiB", where=path)
        return path.read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise DatasetError(f"cannot be read: {error}", where=path.name) from error


def read_rows_named(path: Path, columns: Sequence[str], delimiter: str = ",") -> Rows:
    """The rows of a table with a header, white space stripped; columns beyond `columns` are kept.

    Raises
    ------
    DatasetError
        When it cannot be read, lacks a column, or a row has another number of cells than the header.
    """
    try:
        rows = [row for row in csv.reader(io.StringIO(read_text(path), newline=""), delimiter=delimiter) if row]
    except csv.Error as error:
        raise DatasetError(f"is no table: {error}", where=path.name) from error
    header = [cell.strip() for cell in rows[0]] if rows else []
    if missing := [name for name in columns if name not in header]:
        raise DatasetError(
            f"lacks the columns {', '.join(missing)}", where=path.name, fix=f"it has {', '.join(header)}"
        )
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(header):
            raise DatasetError(f"row {number} has {len(row)} cells, and the header {len(header)}", where=path.name)
    return [dict(zip(header, (cell.strip() for cell in row), strict=True)) for row in rows[1:]]


def read_json(path: Path) -> Any:
    """The value of a JSON file.

    Raises
    ------
    DatasetError
        When it is missing or malformed.
    """
    try:
        return parse_json(read_text(path).encode())
    except ValueError as error:
        raise DatasetError(f"is no JSON: {error}", where=path.name) from error

"""Folders of result files, always in one order."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from echo_bench.errors import ResultError
from echo_bench.methods import ALWAYS
from echo_bench.results.schema import ResultFile, read_result


def read_folder(folder: Path, fix: str) -> list[ResultFile]:
    """The results of a folder: the always-on rows in their own order, then the others by file name.

    Parameters
    ----------
    folder : Path
    fix : str
        What to do where there is none.

    Raises
    ------
    ResultError
        When there is none, or one is malformed.
    """
    results = [read_result(path) for path in sorted(folder.glob("*.json"))]
    if not results:
        raise ResultError("holds no results", where=folder, fix=fix)
    return in_order(results)


def in_order(results: Sequence[ResultFile]) -> list[ResultFile]:
    """The always-on rows in their own order, then the others in theirs."""
    rank = {name: index for index, name in enumerate(ALWAYS)}
    return sorted(results, key=lambda each: rank.get(each.result.method.name, len(rank)))

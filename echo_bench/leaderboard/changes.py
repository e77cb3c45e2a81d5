"""What differs between two states of a board, from their JSON files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from echo_bench.errors import ResultError
from echo_bench.leaderboard.text import number
from echo_bench.strict_json import parse_json


@dataclass(frozen=True, slots=True)
class _State:
    where: str
    kind: str
    values: dict[tuple[str, str], str]
    numbers: dict[tuple[str, str], float | None]
    ranks: dict[str, int | None]


def changes(old: Path, new: Path) -> list[str]:
    """One line per row or column that came or went, per rank and per value that differs; empty for equal boards.

    Raises
    ------
    ResultError
        When a file is no board, or the boards are of different kinds, splits or protocols: their values do not compare.
    """
    before, after = _read(old), _read(new)
    if (before.kind, before.where) != (after.kind, after.where):
        raise ResultError(
            f"not comparable: {before.kind} board of {before.where}, and {after.kind} board of {after.where}",
            where=new,
            fix="give two states of one board",
        )
    return [*_presence(before, after), *_ranks(before, after), *_values(before, after)]


def _read(path: Path) -> _State:
    try:
        data: Any = parse_json(path.read_bytes())
        schema = str(data["schema"])
        if schema == "echo-bench-reported/1":
            return _published(data)
        if schema == "echo-bench-board/1":
            return _scored(data)
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise ResultError(f"not readable as a board: {error!r}", where=path, fix="give a board's JSON file") from error
    raise ResultError(f"is of schema {schema!r}, which is no board", where=path, fix="give a board's JSON file")


def _scored(data: Any) -> _State:
    split = data["split"]
    where = f"{split['dataset']} {split['version']}, {split['split']}, manifest {split['manifest_sha256'][:12]}"
    metrics = [column["metric"] for column in data["columns"]]
    texts, numbers = {}, {}
    for row in data["rows"]:
        for metric, cell in zip(metrics, row["cells"], strict=True):
            score, key = cell["score"], (row["method"]["name"], metric)
            numbers[key] = score["value"] if score else None
            texts[key] = number(numbers[key]) if numbers[key] is not None else cell["status"]
    return _State(where, data["kind"], texts, numbers, {row["method"]["name"]: row["rank"] for row in data["rows"]})


def _published(data: Any) -> _State:
    metrics = [column["metric"] for column in data["columns"]]
    texts, numbers = {}, {}
    for row in data["rows"]:
        for metric, cell in zip(metrics, row["cells"], strict=True):
            key = (f"{row['system']} by {row['reported_by']}", metric)
            texts[key] = cell["value"] if cell else "–"
            numbers[key] = float(cell["value"]) if cell else None
    ranks: dict[str, int | None] = {row: None for row, _ in texts}
    return _State(f"{data['dataset']}, {data['protocol']}", data["kind"], texts, numbers, ranks)


def _presence(before: _State, after: _State) -> Iterator[str]:
    for place, what in ((0, "row"), (1, "column")):
        old = list(dict.fromkeys(key[place] for key in before.values))
        new = list(dict.fromkeys(key[place] for key in after.values))
        yield from (f"{what} {name} is gone" for name in old if name not in new)
        yield from (f"{what} {name} is new" for name in new if name not in old)


def _ranks(before: _State, after: _State) -> Iterator[str]:
    for name, rank in after.ranks.items():
        if name in before.ranks and before.ranks[name] != rank:
            old, new = (str(each) if each is not None else "unranked" for each in (before.ranks[name], rank))
            yield f"rank of {name}: {old} -> {new}"


def _values(before: _State, after: _State) -> Iterator[str]:
    for key, text in after.values.items():
        if key in before.values and (before.numbers[key], before.values[key]) != (after.numbers[key], text):
            old, new = before.numbers[key], after.numbers[key]
            by = f" ({new - old:+.3g})" if old is not None and new is not None else ""
            yield f"{key[1]} of {key[0]}: {before.values[key]} -> {text}{by}"

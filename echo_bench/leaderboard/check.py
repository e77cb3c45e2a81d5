"""Is a folder of leaderboards what its sources say? Generated files are made again, and their numbers looked up anew.

The second look shares no code with the building of boards: it reads the committed CSV files as text and finds each number in the JSON of
the result files, or in the table of published numbers.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator
from pathlib import Path

from echo_bench.leaderboard.collection import generated
from echo_bench.leaderboard.definition import ReportedDefinition, ScoredDefinition, read_definitions
from echo_bench.leaderboard.formats import FORMATS
from echo_bench.leaderboard.reported import read_reported
from echo_bench.leaderboard.reported_board import belongs

_SCORE = ("value", "n", "n_expected", "n_skipped", "n_clusters")
_INTERVAL = ("lo", "hi", "level")
_SIGNS = {
    "md": "# Leaderboard: ",
    "csv": "method,version,group,rank,mean_rank,",
    "json": '"schema": "echo-bench-board/1"',
    "tex": r"\begin{tabular}{rl",
}
"""What a file of a scored board holds, by suffix: other tables may lie beside boards, boards that nothing makes may not."""


def check(folder: Path) -> list[str]:
    """Everything that is wrong with a folder of leaderboards; empty where all is up to date and every number has a source.

    Raises
    ------
    ResultError
        When a definition, a result or a table is malformed.
    """
    return [*_stale(folder), *_orphans(folder), *_untraced(folder), *_homeless(folder)]


def _stale(folder: Path) -> Iterator[str]:
    for name, text in generated(folder):
        path = folder / name
        if not path.is_file():
            yield f"{name} is missing: run `echo-bench leaderboard build`"
        elif path.read_bytes() != text.encode():
            yield f"{name} is not what its sources make: run `echo-bench leaderboard build`"


def _orphans(folder: Path) -> Iterator[str]:
    """Files in the form of a board that no definition makes, and results that no board shows."""
    definitions = read_definitions(folder).values()
    made = {f"{each.output}.{suffix}" for each in definitions for suffix in FORMATS}
    homes = {each.results for each in definitions if isinstance(each, ScoredDefinition)}
    for each in {Path(each.output).parent for each in definitions if isinstance(each, ReportedDefinition)}:
        for path in sorted((folder / each).glob("*.*")):
            name = path.relative_to(folder).as_posix()
            if name not in made and path.name != "README.md":
                yield f"{name} belongs to no board: remove it"
    for path in sorted(folder.rglob("*.*")):
        name = path.relative_to(folder).as_posix()
        sign = _SIGNS.get(path.suffix[1:])
        if sign and name not in made and path.is_file() and sign.encode() in path.read_bytes():
            yield f"{name} belongs to no board: remove it"
    for path in sorted((folder / "results").rglob("*.json")):
        if path.parent.relative_to(folder).as_posix() not in homes:
            yield f"{path.relative_to(folder)} is on no board: add a boards/*.toml, or remove it"


def _untraced(folder: Path) -> Iterator[str]:
    """Numbers in committed CSV files of measured boards that no result file has."""
    for each in read_definitions(folder).values():
        path = folder / f"{each.output}.csv"
        if isinstance(each, ScoredDefinition) and path.is_file():
            sources = _scores(folder / each.results)
            with path.open(encoding="utf-8", errors="replace", newline="") as stream:
                for line in csv.DictReader(stream):
                    if wrong := _wrong(line, sources.get((_bare(line["method"]), _bare(line["metric"])))):
                        yield f"{each.output}.csv: {wrong} of {line['method']}, {line['metric']}, is in no result file"


def _bare(text: str) -> str:
    """A name without the quote that keeps a spreadsheet from running it."""
    return text.removeprefix("'")


def _scores(home: Path) -> dict[tuple[str, str], dict[str, str]]:
    """Per method and metric the numbers of the result files, as text."""
    found = {}
    for path in home.glob("*.json"):
        result = json.loads(path.read_text("utf-8"))["result"]
        for score in result["scores"]:
            numbers = {name: score[name] for name in _SCORE} | {n: (score["interval"] or {}).get(n) for n in _INTERVAL}
            found[result["method"]["name"], score["metric"]] = {
                k: "" if v is None else str(v) for k, v in numbers.items()
            }
    return found


def _wrong(line: dict[str, str], source: dict[str, str] | None) -> str:
    """The first number of a line that its source does not have; empty where all are there."""
    stated = {name: line[name] for name in (*_SCORE, *_INTERVAL) if line[name]}
    if source is None:
        return next((f"{name} {text}" for name, text in stated.items()), "")
    return next((f"{name} {text}" for name, text in stated.items() if source[name] != text), "")


def _homeless(folder: Path) -> Iterator[str]:
    """Published numbers that are on no board."""
    boards = [each for each in read_definitions(folder).values() if isinstance(each, ReportedDefinition)]
    for table in sorted((folder / "reported").glob("*.csv")):
        name = table.relative_to(folder).as_posix()
        mine = [each for each in boards if each.table == name]
        if not mine:
            yield f"{name} is the table of no board"
            continue
        for row in read_reported(table):
            shown = [each for each in mine if belongs(row, each) and (not each.columns or row.column in each.columns)]
            if not shown:
                yield f"{name}: {row.metric} of {row.system} ({row.dataset}, {row.protocol}) is on no board"

"""A folder of leaderboards: definitions and results in, generated files out.

```
boards/NAME.toml     what a board is (definition.py)
results/...          result files
reported/*.csv       published numbers
```
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from echo_bench.errors import ResultError
from echo_bench.leaderboard.board import Kind
from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.definition import Definition, ReportedDefinition, ScoredDefinition, read_definitions
from echo_bench.leaderboard.formats import FORMATS
from echo_bench.leaderboard.published import result_at
from echo_bench.leaderboard.reported import read_reported
from echo_bench.leaderboard.reported_board import build_reported
from echo_bench.leaderboard.reported_formats import REPORTED_FORMATS
from echo_bench.leaderboard.sources import read_folder
from echo_bench.pipeline.store import write_atomic
from echo_bench.results.schema import ResultFile, read_result

INDEX = "boards/README.md"
"""The generated list of all boards, as a path within the folder."""


def generated(folder: Path) -> Iterator[tuple[str, str]]:
    """Path within `folder` and text of every file that its definitions make, board by board.

    Raises
    ------
    ResultError
        When a definition, a result or a table is malformed, or they do not fit.
    """
    definitions = read_definitions(folder)
    for name, definition in definitions.items():
        for suffix, text in _texts(folder, name, definition):
            yield f"{definition.output}.{suffix}", text
    yield INDEX, _index(definitions)


def build_all(folder: Path) -> list[str]:
    """Write every generated file that is not up to date; returns their paths within `folder`."""
    written = []
    for name, text in generated(folder):
        path = folder / name
        if not path.is_file() or path.read_bytes() != text.encode():
            path.parent.mkdir(parents=True, exist_ok=True)
            write_atomic(path, text.encode())
            written.append(name)
    return written


def results_of(folder: Path, definition: ScoredDefinition) -> list[ResultFile]:
    """The results of a board, all scored on what it is about.

    Raises
    ------
    ResultError
        When there is none, or one was scored on something else.
    """
    results = read_folder(folder / definition.results, fix="add one with `echo-bench leaderboard add`")
    for each in results:
        require_fit(each, definition)
    return results


def require_fit(result: ResultFile, definition: ScoredDefinition) -> None:
    """Refuse a result that was scored on something else than the board is about."""
    for field in ("dataset", "version", "split", "manifest_sha256"):
        mine, wanted = getattr(result.result.split, field), getattr(definition, field)
        if mine != wanted:
            raise ResultError(
                f"the board {definition.title!r} is about {field} {wanted!r}, this result about {mine!r}",
                where=f"result of {result.result.method.name}",
                fix="score the method on the board's split, or name another board",
            )


def add(folder: Path, board: str, place: Path | str) -> Path:
    """Put a result file, by path or address, onto a board; one of the same method is replaced. Returns where it lies now.

    Raises
    ------
    ResultError
        When the board is unknown or holds published numbers, the file is no result of its split, or its name is that of another
        method's file on the board.
    """
    definitions = read_definitions(folder)
    if board not in definitions:
        raise ResultError(f"no board is called {board!r}", where=folder, fix=f"one of {', '.join(definitions)}")
    definition = definitions[board]
    if isinstance(definition, ReportedDefinition):
        raise ResultError(
            f"{board} holds published numbers, and measured ones never stand among them",
            fix=f"add a published number as a line of {definition.table}",
        )
    result = result_at(str(place))
    require_fit(result, definition)
    home = folder / definition.results
    held = {path: read_result(path) for path in sorted(home.glob("*.json"))}
    target = _place_of(result.result.method.name, held, home / PurePath(place).name)
    others = [file for path, file in held.items() if path != target]
    build([*others, result], Kind(definition.kind), definition.columns, definition.order_by)
    write_atomic(target, result.text().encode())
    return target


def _place_of(method: str, held: Mapping[Path, ResultFile], usual: Path) -> Path:
    """The file that a method's result replaces, or else the usual one; never that of another method, whose row would be lost."""
    owners = {path: file.result.method.name for path, file in held.items()}
    target = next((path for path, name in owners.items() if name == method), usual)
    if (owner := owners.get(target, method)) != method:
        raise ResultError(
            f"{target.name} on the board is the result of {owner!r}, this one is of {method!r}",
            where=target,
            fix="give the new file another name",
        )
    return target


def _texts(folder: Path, name: str, definition: Definition) -> Iterator[tuple[str, str]]:
    try:
        if isinstance(definition, ReportedDefinition):
            reported = build_reported(read_reported(folder / definition.table), definition)
            yield from ((suffix, form(reported)) for suffix, form in REPORTED_FORMATS.items())
        else:
            results = results_of(folder, definition)
            board = build(results, Kind(definition.kind), definition.columns, definition.order_by)
            yield from ((suffix, form(board)) for suffix, form in FORMATS.items())
    except ResultError as error:
        raise ResultError(error.what, where=f"board {name}, {error.where}", fix=error.fix) from error


def _index(definitions: dict[str, Definition]) -> str:
    """The list of all boards; measured and published ones apart."""
    lines = ["# Boards", "", "Made by `echo-bench leaderboard build`.", ""]
    for title, kinds in (("Measured by echo-bench", ("measured", "native")), ("Published numbers", ("reported",))):
        lines += [f"## {title}", "", "| board | title | files |", "|---|---|---|"]
        for name, each in definitions.items():
            if each.kind in kinds:
                links = ", ".join(f"[{suffix}](../{each.output}.{suffix})" for suffix in FORMATS)
                lines.append(f"| [{name}]({name}.toml) | {each.title} | {links} |")
        lines.append("")
    return "\n".join(lines)

"""A copy of a run's results in another place, most often a bucket: results, rows and boards, and an index that is written last.

Results are read by the index alone, so nobody meets half of a run: neither while it is uploaded nor after a crash. Publishing the same
results twice, or by two writers at once, ends in the same files but for the timings, which the index leaves out.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, StringConstraints

from echo_bench.errors import ResultError
from echo_bench.leaderboard.sources import in_order
from echo_bench.pipeline.files import Files, files_at
from echo_bench.results.schema import ResultFile, parse_result, read_result
from echo_bench.strict_json import parse_json

INDEX, ROWS = "index.json", "rows.parquet"
AGAIN = "where the run is: `echo-bench score --results ...` again"


class Index(BaseModel):
    """What was published: sha256 of the rows, and of the deterministic part of each result by file name."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: str
    results: dict[Annotated[str, StringConstraints(pattern=r"^[^/\\]+\.json$")], str]


def publish(out: Path, place: Path | str) -> None:
    """Copy what a scored run has found to a place.

    Parameters
    ----------
    out : Path
        Folder of the run.
    place : Path or str
        A folder, or an address such as ``s3://bucket/runs/mine``.

    Raises
    ------
    StoreError
        When the place cannot be written.
    """
    target = files_at(place)
    results = sorted((out / "results").glob("*.json"))
    for path in [*results, out / ROWS, *sorted(out.glob("leaderboard*.*"))]:
        target.write(path.relative_to(out).as_posix(), path.read_bytes())
    rows = hashlib.sha256((out / ROWS).read_bytes()).hexdigest()
    index = Index(rows=rows, results={path.name: _digest(read_result(path)) for path in results})
    target.write(INDEX, (index.model_dump_json(indent=1) + "\n").encode())


def published(place: Path | str) -> list[ResultFile]:
    """The results that were published to a place: the always-on rows in their own order, then the others by file name.

    Raises
    ------
    ResultError
        When there are none, or publishing did not come to its end.
    StoreError
        When the place cannot be reached.
    """
    source = files_at(place)
    return in_order([_checked(source, name, digest) for name, digest in sorted(_index(source).results.items())])


def results_at(place: str) -> list[ResultFile]:
    """The result of a file, or all that was published to a folder or address.

    Raises
    ------
    ResultError
        When nothing is there, or it was cut short or is malformed.
    StoreError
        When the place cannot be reached.
    """
    return [result_at(place)] if place.endswith(".json") or Path(place).is_file() else published(place)


def result_at(place: str) -> ResultFile:
    """The result of a file, by path or address.

    Raises
    ------
    ResultError
        When it is not there or malformed.
    StoreError
        When the place cannot be reached.
    """
    if "://" not in place:
        return read_result(Path(place))
    folder, _, name = place.rpartition("/")
    try:
        return parse_result(files_at(folder).read(name), place)
    except FileNotFoundError as error:
        raise ResultError("is not there", where=place) from error


def _index(source: Files) -> Index:
    where = source.place(INDEX)
    try:
        return Index.model_validate(parse_json(source.read(INDEX)))
    except FileNotFoundError as error:
        raise ResultError("nothing was published here, or not to the end", where=where, fix=AGAIN) from error
    except ValueError as error:
        raise ResultError(f"not readable as an index of results: {error}", where=where, fix=AGAIN) from error


def _checked(source: Files, name: str, digest: str) -> ResultFile:
    where = source.place(f"results/{name}")
    try:
        result = parse_result(source.read(f"results/{name}"), where)
    except FileNotFoundError as error:
        raise ResultError("stands in the index and is not there", where=where, fix=AGAIN) from error
    if _digest(result) != digest:
        raise ResultError("is not what the index names: publishing was cut short", where=where, fix=AGAIN)
    return result


def _digest(result: ResultFile) -> str:
    return hashlib.sha256(result.deterministic_bytes()).hexdigest()

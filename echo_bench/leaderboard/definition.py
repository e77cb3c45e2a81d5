"""What a board is, as a file: ``leaderboards/boards/NAME.toml``."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from echo_bench.errors import ResultError

BOARDS = "boards"
"""The folder of the definitions within a folder of leaderboards."""

Inside = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*(/[A-Za-z0-9][A-Za-z0-9._-]*)*$")]
"""A path within the folder of leaderboards."""


class _Definition(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    dataset: str
    columns: tuple[str, ...] = ()
    output: Inside


class ScoredDefinition(_Definition):
    """A board of result files.

    Attributes
    ----------
    kind : {"measured", "native"}
        From pixels and sound, or motion as delivered.
    title : str
        What the list of boards calls it.
    dataset, version, split, manifest_sha256 : str
        What every result must have been scored on.
    results : str
        Folder of the result files.
    columns : tuple of str
        Protocol ids in their order; empty for all of the kind.
    order_by : tuple of str
        The ids over which the mean rank is taken; empty for all that have a direction and full coverage.
    output : str
        Where the generated files go, without a suffix.
    """

    kind: Literal["measured", "native"]
    version: str
    split: str
    manifest_sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    results: Inside
    order_by: tuple[str, ...] = ()


class ReportedDefinition(_Definition):
    """A board of published numbers; its rows are never ranked, and stand on no board with measured ones.

    Attributes
    ----------
    about : str
        What a reader should know before comparing.
    table : str
        The table of published numbers.
    protocol : str
        The one protocol of its rows.
    order_by : str
        Metric by whose published value the rows are sorted; empty for the order of the table.
    """

    kind: Literal["reported"]
    about: str = ""
    table: Inside
    protocol: str
    order_by: str = ""


Definition = ScoredDefinition | ReportedDefinition
_READER: TypeAdapter[Definition] = TypeAdapter(Annotated[Definition, Field(discriminator="kind")])


def read_definitions(folder: Path) -> dict[str, Definition]:
    """All definitions of a folder of leaderboards by name.

    Raises
    ------
    ResultError
        When there is none, one is malformed, or two write the same file.
    """
    found = {path.stem: read_definition(path) for path in sorted((folder / BOARDS).glob("*.toml"))}
    if not found:
        raise ResultError("holds no boards/*.toml", where=folder, fix="name the folder of leaderboards with --data")
    owners: dict[str, str] = {}
    for name, each in found.items():
        if (other := owners.setdefault(each.output, name)) != name:
            raise ResultError(f"writes {each.output} as {other} does", where=folder / BOARDS / f"{name}.toml")
    return found


def read_definition(path: Path) -> Definition:
    """One definition.

    Raises
    ------
    ResultError
        When it cannot be read or says something that no board has.
    """
    try:
        return _READER.validate_python(tomllib.loads(path.read_text("utf-8")))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ResultError(f"not readable as a board: {error}", where=path) from error
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc'][1:]))}: {e['msg']}" for e in error.errors()[:5])
        raise ResultError(f"malformed: {lines}", where=path) from error

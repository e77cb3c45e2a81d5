"""`echo-bench list`: what there is, by name."""

from __future__ import annotations

import json
from enum import StrEnum
from typing import Annotated

import typer

from echo_bench.cli.options import Json


class Kind(StrEnum):
    """What can be listed."""

    METHODS = "methods"
    DATASETS = "datasets"
    METRICS = "metrics"
    EXTRACTORS = "extractors"


def list_(kind: Annotated[Kind, typer.Argument(help="What to list.")], json_: Json = False) -> None:
    """List names and the package that provides each; imports nothing heavy."""
    from echo_bench.datasets.base import DATASETS
    from echo_bench.extractors import EXTRACTORS
    from echo_bench.methods import METHODS
    from echo_bench.metrics import METRICS
    from echo_bench.registry import Registry

    tables: dict[Kind, Registry] = {  # type: ignore[type-arg]
        Kind.METHODS: METHODS, Kind.DATASETS: DATASETS, Kind.METRICS: METRICS, Kind.EXTRACTORS: EXTRACTORS,
    }  # fmt: skip
    table = tables[kind]
    if json_:
        typer.echo(json.dumps([{"name": name, "origin": table.origin(name)} for name in table], indent=1))
        return
    for name in table:
        origin = table.origin(name)
        typer.echo(name if origin == "echo-bench" else f"{name}  ({origin})")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("list")(list_)

"""`echo-bench show`: all that is known of one metric, method, dataset or result file."""

from __future__ import annotations

import inspect
import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from echo_bench.cli.options import Json


def show(name: Annotated[str, typer.Argument(help="A name of `list`, or a result file.")], json_: Json = False) -> None:
    """Show one thing: a metric's definition, a method's declarations, a dataset, or a result."""
    found = _result(Path(name)) if name.endswith(".json") else _named(name)
    if json_:
        typer.echo(json.dumps(found, indent=1, default=str))
        return
    for key, value in found.items():
        typer.echo(f"{key}: {value}")


def _result(path: Path) -> dict[str, Any]:
    from echo_bench.results.schema import read_result

    result = read_result(path).result
    scores = {s.metric: s.value if s.value is not None else f"{s.status}: {s.reason}" for s in result.scores}
    return {"method": result.method.name, **result.split.model_dump(), **scores, "failures": len(result.failures)}


def _named(name: str) -> dict[str, Any]:
    from echo_bench.datasets.base import DATASETS
    from echo_bench.errors import UnknownNameError
    from echo_bench.methods import METHODS
    from echo_bench.metrics import METRICS

    if name in METRICS:
        return {"kind": "metric", **asdict(METRICS.get(name).info)}
    if name in METHODS:
        factory = METHODS.get(name)
        method = factory()
        about = inspect.getdoc(factory)
        return {
            "kind": "method",
            "name": name,
            "version": method.version,
            **asdict(method.capabilities),
            "about": about,
        }
    if name in DATASETS:
        return {"kind": "dataset", "name": name, "about": inspect.getdoc(DATASETS.get(name))}
    raise UnknownNameError(f"nothing is called {name!r}", fix="see `echo-bench list methods|datasets|metrics`")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("show")(show)

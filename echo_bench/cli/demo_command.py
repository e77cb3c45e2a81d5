"""`echo-bench demo`: the main job on a split that comes with the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json
from echo_bench.cli.run_command import run

LEARNED = ("dualtalk", "l2l-vq", "dim")
"""A listener that also speaks, one that draws, one that sees all of the user first; none needs the tracker to generate."""
REFERENCE = "echo-tiny"


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("echo-bench-demo"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that extract; default: all processors.")] = None,
    json_: Json = False,
) -> None:
    """Score the always-on rows and learned baselines on dyad-mini/demo: no footage from elsewhere, under five minutes."""
    from echo_bench.cli.options import configure

    methods = list(demo_methods())
    run(configure(dataset="dyad-mini", split="demo", methods=methods, out=out, workers=workers), json_=json_)


def demo_methods() -> tuple[str, ...]:
    """The rows of the demo beside the always-on ones: three learned baselines, and the reference model where it has weights."""
    from echo_bench.errors import WeightsMissingError
    from echo_bench.methods.learned.checkpoint import find

    try:
        find(REFERENCE)
    except WeightsMissingError:
        return LEARNED
    return (*LEARNED, REFERENCE)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)

"""`echo-bench demo`: the main job on a split that comes with the suite."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json
from echo_bench.cli.run_command import run

TRAINED = ("dualtalk", "l2l-vq", "dim", "echo-tiny")
"""A listener that also speaks, one that draws, one that sees all of the user first, and the reference model, which makes video; none needs
the tracker to generate."""


def demo(
    out: Annotated[Path, typer.Option(help="Folder of the run.")] = Path("echo-bench-demo"),
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that extract; default: all processors.")] = None,
    json_: Json = False,
) -> None:
    """Score the always-on rows, learned baselines and the reference model on dyad-mini/demo: no footage from elsewhere."""
    from echo_bench.cli.options import configure

    run(configure(dataset="dyad-mini", split="demo", methods=list(TRAINED), out=out, workers=workers), json_=json_)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("demo")(demo)

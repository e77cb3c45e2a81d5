"""`echo-bench leaderboard`: a board from result files; reads JSON and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import DEFAULT_OUT, Json, Out


def leaderboard(
    results: Annotated[list[Path] | None, typer.Argument(help="Result files; default: those of --out.")] = None,
    out: Out = DEFAULT_OUT,
    json_: Json = False,
) -> None:
    """Build the boards of a run, or of result files of one split; writes leaderboard.{md,csv,json,tex} into OUT.

    Motion as methods delivered it is on a second board, leaderboard-native.
    """
    from echo_bench.cli import steps
    from echo_bench.results.schema import read_result

    found = [read_result(path) for path in results] if results else steps.read_results(out)
    steps.print_boards(steps.board_step(out, found), json_)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("leaderboard")(leaderboard)

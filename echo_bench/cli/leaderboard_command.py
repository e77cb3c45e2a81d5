"""`echo-bench leaderboard`: boards from result files and published numbers; reads JSON, CSV and TOML and nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer
from typer.core import TyperGroup

from echo_bench.cli.options import DEFAULT_OUT, Json, Out

OF_RUN = "of-run"


class _OfRunByDefault(TyperGroup):
    """What is no subcommand belongs to the board of a run: `leaderboard --out DIR`, `leaderboard A.json B.json`."""

    default_command = OF_RUN

    def parse_args(self, ctx, args):  # type: ignore[no-untyped-def]  # click's own signature, which typer bundles or not
        if not args or (args[0] not in self.commands and args[0] not in ("-h", "--help")):
            args = [self.default_command, *args]
        return super().parse_args(ctx, args)


leaderboard = typer.Typer(
    cls=_OfRunByDefault,
    help="The boards of a run (without a subcommand: `leaderboard [RESULTS] --out DIR`), or of a folder of leaderboards.",
    no_args_is_help=False,
)
Data = Annotated[Path, typer.Option(help="The folder of leaderboards: boards/, results/, reported/.")]
DEFAULT_DATA = Path("leaderboards")


@leaderboard.command(OF_RUN)
def of_run(
    results: Annotated[
        list[str] | None, typer.Argument(help="Result files, or where --results kept them; default: those of --out.")
    ] = None,
    out: Out = DEFAULT_OUT,
    json_: Json = False,
) -> None:
    """Build the boards of a run, or of result files of one split; writes leaderboard.{md,csv,json,tex} into OUT.

    Motion as methods delivered it is on a second board, leaderboard-native.
    """
    from echo_bench.cli import steps
    from echo_bench.leaderboard.published import results_at

    found = [each for place in results for each in results_at(place)] if results else steps.read_results(out)
    steps.print_boards(steps.board_step(out, found), json_)


@leaderboard.command("build")
def build(data: Data = DEFAULT_DATA) -> None:
    """Make every file that boards/*.toml define; prints those that changed."""
    from echo_bench.leaderboard.collection import build_all

    for name in build_all(data):
        typer.echo(name)


@leaderboard.command("check")
def check(data: Data = DEFAULT_DATA, json_: Json = False) -> None:
    """Are all generated files up to date, and does every number stand in a result file? Exit code 1 lists what is not."""
    from echo_bench.leaderboard.check import check as defects_of

    defects = defects_of(data)
    if json_:
        typer.echo(json.dumps(defects, indent=1))
    else:
        typer.echo("\n".join(defects) or "up to date, and every number has its source")
    if defects:
        raise typer.Exit(1)


@leaderboard.command("add")
def add(
    board: Annotated[str, typer.Argument(help="A name of boards/*.toml.")],
    result: Annotated[str, typer.Argument(help="A result file of the board's split: a path or s3://...")],
    data: Data = DEFAULT_DATA,
) -> None:
    """Put a result onto a board, in place of an older one of the same method, and build."""
    from echo_bench.leaderboard import collection

    typer.echo(collection.add(data, board, result))
    for name in collection.build_all(data):
        typer.echo(name)


@leaderboard.command("diff")
def diff(
    old: Annotated[Path, typer.Argument(help="A board's JSON file.")],
    new: Annotated[Path, typer.Argument(help="A later state of the same board.")],
    json_: Json = False,
) -> None:
    """Rows, columns, ranks and values that differ between two states of one board."""
    from echo_bench.leaderboard.changes import changes

    found = changes(old, new)
    typer.echo(json.dumps(found, indent=1) if json_ else "\n".join(found) or "no difference")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(leaderboard, name="leaderboard")

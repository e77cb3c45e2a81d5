"""`echo-bench merge`: the shards of a run become one, and are scored."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import DEFAULT_OUT, Json, Out, Results, Store, place


def merge(
    shards: Annotated[list[Path], typer.Argument(help="Folders of all shards (--shard i/n --out ...), in any order.")],
    out: Out = DEFAULT_OUT,
    store: Store = None,
    results: Results = None,
    json_: Json = False,
) -> None:
    """Bring shards together, score, and build the boards; equal to the bytes of a run in one piece."""
    from echo_bench.cli import steps
    from echo_bench.cli.run_command import finish
    from echo_bench.pipeline import merge as merging
    from echo_bench.pipeline.extract import Report

    whole = merging.merge([shard.resolve() for shard in shards], out.resolve(), place(store))
    whole = whole.model_copy(update={"results": place(results)})
    with steps.bars() as bar:
        session = steps.open_session(whole, bar)
        merging.check_finished(session)
        found = steps.score_step(session, Report(), bar)
    boards = steps.board_step(whole.out, found)
    steps.publish_step(whole)
    steps.print_boards(boards, json_)
    finish(found)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("merge")(merge)

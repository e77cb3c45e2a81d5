"""`echo-bench score`: from kept features to results; nothing is decoded."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from echo_bench.cli.options import Json, run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig


def score(config: RunConfig, json_: Json = False) -> None:
    """Score what was generated and extracted; writes OUT/results and OUT/rows.parquet."""
    from echo_bench.cli import steps
    from echo_bench.cli.run_command import finish
    from echo_bench.pipeline.extract import Report

    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        results = steps.score_step(session, Report(), bar)
    boards = steps.board_step(config.out, results)
    steps.publish_step(config)
    steps.print_boards(boards, json_)
    finish(results)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("score")(run_command(score))

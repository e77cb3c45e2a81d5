"""`echo-bench extract`: decode, track and extract what the metrics of a run still need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json, run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig


def extract(
    config: RunConfig,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and its cost, and stop.")] = False,
    json_: Json = False,
) -> None:
    """Extract the missing features of the artefacts that `generate` made."""
    from echo_bench.cli import steps

    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        if dry_run:
            steps.print_plan(session, json_)
            return
        steps.say_missing(session)
        report = steps.extract_step(session, bar)
    steps.print_counters(report, json_)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("extract")(run_command(extract))

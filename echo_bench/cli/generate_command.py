"""`echo-bench generate`: make the artefacts of methods, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json, run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig


def generate(
    config: RunConfig,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and stop.")] = False,
    json_: Json = False,
) -> None:
    """Run the methods over the clips and keep what they make in OUT/artefacts."""
    from echo_bench.cli import steps

    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        if dry_run:
            steps.print_plan(session, json_)
            return
        report = steps.generate_step(session, bar)
    steps.print_counters(report, json_)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("generate")(run_command(generate))

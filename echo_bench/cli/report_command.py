"""`echo-bench report`: plots and the page of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig


def report(
    config: RunConfig,
    single_file: Annotated[
        bool, typer.Option("--single-file", help="Write OUT/report/report.html too: all in one file of at most 50 MB.")
    ] = False,
) -> None:
    """Make OUT/report/index.html, its plots and its media from kept results and features."""
    from echo_bench.cli import steps

    results = steps.read_results(config.out)
    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        page = steps.report_step(session, steps.board_step(config.out, results), results, bar, single_file=single_file)
    typer.echo(page)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(run_command(report))

"""`echo-bench run`: generate, extract, score and the leaderboard in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json, run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig
    from echo_bench.results.schema import ResultFile


def run(
    config: RunConfig,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the plan and its cost, and stop.")] = False,
    report: Annotated[bool, typer.Option(help="Make plots and the page too.")] = True,
    json_: Json = False,
) -> None:
    """Generate, extract, score and rank: everything, resuming from what is there."""
    from echo_bench.cli import steps

    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        if dry_run:
            steps.print_plan(session, json_)
            return
        steps.say_missing(session)
        done = steps.generate_step(session, bar)
        done.add(steps.extract_step(session, bar))
        results = steps.score_step(session, done, bar)
        board = steps.board_step(config.out, results)
        if report:
            steps.report_step(session, board, results, bar)
    steps.print_board(board, json_)
    steps.messages.print(f"results, plots and page are in {config.out}")
    finish(results)


def finish(results: list[ResultFile]) -> None:
    """Exit with 1 when clips ended as FAILED, after saying which."""
    from echo_bench.cli import steps

    failures = [(each.result.method.name, failure) for each in results for failure in each.result.failures]
    for method, failure in failures[:10]:
        where = f"{method}, clip {failure.clip}" + (f", {failure.metric}" if failure.metric else "")
        steps.messages.print(f"FAILED {where}: {failure.message}")
    if len(failures) > 10:
        steps.messages.print(f"... and {len(failures) - 10} more, in results/*.json")
    if failures:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run_command(run))

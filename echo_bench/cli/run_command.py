"""`echo-bench run`: generate, extract, score and the leaderboard in a row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json, run_command

if TYPE_CHECKING:
    from echo_bench.pipeline.config import RunConfig
    from echo_bench.results.schema import ResultFile

SHOWN = 10


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
        if config.shard:
            steps.print_counters(done, json_)
            steps.messages.print(f"shard {config.shard[0]} of {config.shard[1]} is done: merge it with the others")
            return
        results = steps.score_step(session, done, bar)
        boards = steps.board_step(config.out, results)
        steps.publish_step(config)
        if report:
            steps.report_step(session, boards, results, bar)
    steps.print_boards(boards, json_)
    steps.messages.print(f"results, plots and page are in {config.out}")
    finish(results)


def finish(results: list[ResultFile]) -> None:
    """Exit with 1 when clips ended as FAILED, after saying which."""
    from echo_bench.cli import steps

    by_reason: dict[tuple[str, str], list[str]] = {}
    for each in results:
        for failure in each.result.failures:
            what = f"clip {failure.clip}" + (f", {failure.metric}" if failure.metric else "")
            by_reason.setdefault((what, failure.message), []).append(each.result.method.name)
    for (what, message), methods in list(by_reason.items())[:SHOWN]:
        steps.messages.print(f"FAILED {what} ({', '.join(methods)}): {message}")
    if len(by_reason) > SHOWN:
        steps.messages.print(f"... and {len(by_reason) - SHOWN} more, in results/*.json")
    if by_reason:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run_command(run))

"""`echo-bench gate RESULT --baseline FILE`: has a method become worse?"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json


def gate(
    results: Annotated[list[Path], typer.Argument(help="The result file to judge; with --update one per seed.")],
    baseline: Annotated[Path, typer.Option("--baseline", help="The baseline file.")],
    update: Annotated[bool, typer.Option("--update", help="Make or renew the baseline from these results.")] = False,
    reason: Annotated[str, typer.Option("--reason", help="Why the baseline is renewed.")] = "",
    junit: Annotated[Path | None, typer.Option("--junit", help="Write JUnit XML here too.")] = None,
    markdown: Annotated[
        Path | None, typer.Option("--markdown", help="Write a comment for a pull request here too.")
    ] = None,
    json_: Json = False,
) -> None:
    """Judge a result by a baseline: exit code 0 pass, 1 regression, 2 unreadable, 3 not comparable."""
    from echo_bench.errors import ResultError
    from echo_bench.leaderboard.baseline import read_baseline
    from echo_bench.leaderboard.gate import check
    from echo_bench.leaderboard.gate_formats import to_json, to_junit, to_markdown, to_text
    from echo_bench.pipeline.store import write_atomic
    from echo_bench.results.schema import read_result

    if update:
        _update(results, baseline, reason)
        return
    if len(results) != 1:
        raise ResultError(f"{len(results)} results cannot be judged at once", fix="give one, or several with --update")
    verdict = check(read_baseline(baseline), read_result(results[0]))
    for path, form in ((junit, to_junit), (markdown, to_markdown)):
        if path is not None:
            write_atomic(path, form(verdict).encode())
    typer.echo(to_json(verdict) if json_ else to_text(verdict))
    raise typer.Exit(verdict.exit_code)


def _update(results: list[Path], path: Path, reason: str) -> None:
    from echo_bench.leaderboard.baseline import read_baseline
    from echo_bench.leaderboard.rebase import make_baseline
    from echo_bench.pipeline.store import write_atomic
    from echo_bench.results.schema import read_result

    previous = read_baseline(path) if path.exists() else None
    made = make_baseline([read_result(each) for each in results], reason=reason, previous=previous)
    write_atomic(path, made.text().encode())
    before = {guarded.metric for guarded in previous.metrics} if previous else set()
    gone = sorted(before - {guarded.metric for guarded in made.metrics})
    typer.echo(f"{path}: {len(made.metrics)} metrics of {made.method}, {len(results)} seed(s)")
    if gone:
        typer.echo(f"no longer guarded: {', '.join(gone)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("gate")(gate)

"""`echo-bench reproduce RESULT`: make a result again and compare."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json


def reproduce(
    result: Annotated[Path, typer.Argument(help="A result file.")],
    out: Annotated[Path, typer.Option("--out", help="Folder of the new run.")] = Path("echo-bench-reproduced"),
    root: Annotated[Path | None, typer.Option(help="Where the data lies, if it does not come with the suite.")] = None,
    layout: Annotated[str | None, typer.Option(help="Its layout, as for `run`.")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Its manifest, as for `run`.")] = None,
    methods: Annotated[str, typer.Option(help="folder:NAME=DIR, for outputs that lie in a folder.")] = "",
    store: Annotated[Path | None, typer.Option(help="Feature store; default in the user's cache.")] = None,
    json_: Json = False,
) -> None:
    """Run again what a result says of itself: exit code 0 same numbers, 1 others, 3 others under another split or environment."""
    from echo_bench.cli import steps
    from echo_bench.cli.options import anchored, names
    from echo_bench.leaderboard.reproduce import compare_results, config_of
    from echo_bench.results.schema import read_result

    then = read_result(result)
    where = {"root": root, "manifest": manifest, "store": store}
    given = {name: path.resolve() for name, path in where.items() if path is not None}
    called = [anchored(name) for name in names(methods)]
    config = config_of(then.result, out.resolve(), called).model_copy(update={**given, "layout": layout})
    with steps.bars() as bar:
        session = steps.open_session(config, bar)
        done = steps.generate_step(session, bar)
        done.add(steps.extract_step(session, bar))
        made = {each.result.method.name: each for each in steps.score_step(session, done, bar)}
    now = made[then.result.method.name]
    identical = now.deterministic_bytes() == then.deterministic_bytes()
    found = compare_results(then.result, now.result, identical=identical)
    if json_:
        typer.echo(json.dumps({**asdict(found), "exit_code": found.exit_code}, indent=1))
    else:
        told = [score for score in found.scores if score.then is not None or not score.same]
        for score in told:
            typer.echo(
                f"{'same' if score.same else 'DIFFERS':<8} {score.metric}  {score.then} {score.now}  {score.why}".rstrip()
            )
        for other in found.other:
            typer.echo(f"not alike: {other}")
        same = sum(score.same for score in told)
        typer.echo(f"{same} of {len(told)} metrics are the same" + ("; the same bytes" if identical else ""))
        if without := len(found.scores) - len(told):
            typer.echo(f"{without} had no value then and have none now")
    raise typer.Exit(found.exit_code)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("reproduce")(reproduce)

"""`echo-bench compare A B`: paired differences of two methods on the clips that both have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import DEFAULT_OUT, Json, Out


def compare(
    a: Annotated[str, typer.Argument(help="A method of the run.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    out: Out = DEFAULT_OUT,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="Write a table here too.")] = None,
    json_: Json = False,
) -> None:
    """Compare two methods of a run: A minus B per metric, with interval, Holm-corrected p and effect size.

    The run keeps it in OUT/comparisons, and the next `report` shows it, with pictures of the clips that differ most.
    """
    from echo_bench.cli import steps
    from echo_bench.leaderboard.compare import compare as differences
    from echo_bench.leaderboard.compare_formats import KEPT, to_json, to_markdown, to_text
    from echo_bench.pipeline.score import read_rows
    from echo_bench.pipeline.store import write_atomic
    from echo_bench.report.names import file_stem

    results = steps.read_results(out)
    found = differences(read_rows(out), results, a, b)
    write_atomic(out / KEPT / f"{file_stem(a)}--{file_stem(b)}.json", to_json(a, b, found).encode())
    if markdown is not None:
        write_atomic(markdown, to_markdown(a, b, found).encode())
    typer.echo(to_json(a, b, found) if json_ else to_text(found))
    compared = {each.metric for each in found}
    asked = [score.metric for file in results if file.result.method.name == a for score in file.result.scores]
    if left := [metric for metric in asked if metric not in compared]:
        steps.messages.print(f"not compared, having no value on the same clips: {', '.join(left)}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)

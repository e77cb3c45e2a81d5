"""`echo-bench compare A B`: paired differences of two methods on the clips that both have."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import DEFAULT_OUT, Json, Out

if TYPE_CHECKING:
    from echo_bench.leaderboard.compare import Difference


def compare(
    a: Annotated[str, typer.Argument(help="A method of the run.")],
    b: Annotated[str, typer.Argument(help="Another one.")],
    out: Out = DEFAULT_OUT,
    json_: Json = False,
) -> None:
    """Compare two methods of a run: A minus B per metric, with interval, Holm-corrected p and effect size."""
    import pandas as pd

    from echo_bench.cli import steps
    from echo_bench.leaderboard.compare import compare as differences

    results = steps.read_results(out)
    sets = {score.metric for result in results for score in result.result.scores if score.aggregation == "set"}
    found = differences(pd.read_parquet(out / "rows.parquet"), a, b, leave_out=sets)
    if json_:
        typer.echo(json.dumps([asdict(each) for each in found], indent=1))
        return
    for each in found:
        typer.echo(_line(each))
    steps.messages.print(f"not compared clip by clip, being values of the whole set: {', '.join(sorted(sets))}")


def _line(found: Difference) -> str:
    pair = found.interval
    reach = f"[{pair.lo:.4g}, {pair.hi:.4g}]" if pair.lo is not None and pair.hi is not None else pair.note
    p = f"  p {found.p:.3g} (Holm {found.p_holm:.3g})" if found.p is not None and found.p_holm is not None else ""
    effect = f"  d {found.effect:.2f}" if found.effect is not None else ""
    return f"{found.metric:<30} {found.difference:>+11.4g}  {reach}{p}{effect}  n {found.clips}  {' '.join(found.most_different)}"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("compare")(compare)

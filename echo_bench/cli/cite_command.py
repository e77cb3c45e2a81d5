"""`echo-bench cite RESULT`: what to paste into a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def cite(
    result: Annotated[Path, typer.Argument(help="A result file.")],
    metrics: Annotated[str, typer.Option(help="a,b,c: protocol ids; default all with a value.")] = "",
) -> None:
    """Print values with intervals and short signatures, the long signature, and a BibTeX entry."""
    from echo_bench.cli.options import names
    from echo_bench.results.cite import cite as text
    from echo_bench.results.schema import read_result

    typer.echo(text(read_result(result), names(metrics)))


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("cite")(cite)

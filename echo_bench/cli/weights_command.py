"""`echo-bench weights`: pretrained files by name, always checked against their sha256."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from echo_bench.cli.options import Json

weights = typer.Typer(help="List, fetch and check pretrained weights.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A name of `weights list`.")]


@weights.command("list")
def list_(json_: Json = False) -> None:
    """Every entry: whether it is here, its size, how it is pinned, licence, origin and training data."""
    from echo_bench.weights.store import listing

    rows = [
        {
            "name": row.weight.name, "file": row.weight.file, "state": row.state, "size": row.weight.size,
            "sha256": row.weight.sha256, "pinned": row.weight.pinned, "licence": row.weight.licence,
            "origin": row.weight.origin, "training": row.weight.training, "note": row.weight.note,
            "path": str(row.path) if row.path else None,
        }
        for row in listing()
    ]  # fmt: skip
    if json_:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        size = f"{int(str(row['size'])) / 1e6:6.1f} MB" if row["size"] else "size open"
        typer.echo(f"{row['name']:<24} {row['state']:<8} {size}  {row['pinned']}")
        for key in ("origin", "licence", "training", "note"):
            if row[key]:
                typer.echo(f"    {key:<9} {row[key]}")


@weights.command("fetch")
def fetch(name: Name) -> None:
    """Bring weights here from the first source that has them; the file is checked, never installed."""
    from echo_bench.cli.steps import bars
    from echo_bench.weights.store import fetch as fetch_weights

    with bars() as bar:
        path = fetch_weights(name, lambda done, total: bar(f"fetch {name}", done, total))
    typer.echo(path)


@weights.command("verify")
def verify(name: Annotated[str | None, typer.Argument(help="A name; default: all that are here.")] = None) -> None:
    """Compare size and sha256 with the manifest; exit code 2 if one is wrong."""
    from echo_bench.weights.store import listing

    for each in [name] if name else [row.weight.name for row in listing() if row.state != "missing"]:
        typer.echo(f"{each}: {_verdict(each)}")


def _verdict(name: str) -> str:
    from echo_bench.weights.manifest import weight
    from echo_bench.weights.store import weight_file

    path, digest = weight_file(name)
    known = weight(name).pinned
    judged = (
        "is not pinned: its makers publish no digest"
        if known == "not pinned"
        else f"is what the manifest says, {known}"
    )
    return f"{path} {judged} ({digest[:16]})"


@weights.command("path")
def path(name: Name) -> None:
    """Print where the checked file lies."""
    from echo_bench.weights.store import weight_path

    typer.echo(weight_path(name))


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(weights, name="weights")

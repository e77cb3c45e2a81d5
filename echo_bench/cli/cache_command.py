"""`echo-bench cache`: look at, check and shrink the feature store."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from echo_bench.cli.options import Json, Store, place

cache = typer.Typer(help="Look at, check and shrink the feature store.", no_args_is_help=True)


@cache.command("info")
def info(store: Store = None, json_: Json = False) -> None:
    """How many features there are, and their size."""
    from echo_bench.pipeline.store import FeatureStore

    found = FeatureStore(place(store)).info()
    data = {"folder": str(found.place), "features": found.features, "failures": found.failures, "bytes": found.size}
    if json_:
        typer.echo(json.dumps(data, indent=1))
        return
    typer.echo(f"{found.place}: {found.features} features, {found.failures} failures, {found.size / 2**20:.1f} MiB")


@cache.command("verify")
def verify(store: Store = None) -> None:
    """Read every feature; damaged ones are removed and listed (exit code 1)."""
    from echo_bench.pipeline.store import FeatureStore

    damaged = FeatureStore(place(store)).verify()
    for key in damaged:
        typer.echo(f"removed damaged {key}")
    if damaged:
        raise typer.Exit(1)


@cache.command("prune")
def prune(
    limit: Annotated[float, typer.Option(min=0, help="Keep at most so many MiB.")],
    store: Store = None,
) -> None:
    """Remove the features written longest ago until the store is no larger than --limit."""
    from echo_bench.pipeline.store import FeatureStore

    typer.echo(f"removed {FeatureStore(place(store)).prune(int(limit * 2**20))} features")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(cache, name="cache")

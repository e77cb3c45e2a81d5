"""`echo-bench split make`: a hash-locked manifest of a folder of footage."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

split = typer.Typer(help="Make hash-locked split manifests.", no_args_is_help=True)


@split.command("make")
def make(
    root: Annotated[Path, typer.Option(help="Where the footage lies.")],
    to: Annotated[Path, typer.Option(help="The manifest to write (.json).")],
    layout: Annotated[str | None, typer.Option(help="pairs, single, left-right or panels:...")] = None,
    manifest: Annotated[Path | None, typer.Option(help="A list of clips made by hand (.json or .csv).")] = None,
    name: Annotated[str, typer.Option(help="Name of the split.")] = "test",
) -> None:
    """Write the manifest: ids, files and their sha256, locked by a hash over all of it."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.datasets.folder import Folder

    locked = Folder(DatasetOptions(root, layout, manifest)).lock(name)
    locked.write(to)
    typer.echo(f"{to}: {len(locked.clips)} clips, lock {locked.lock[:16]}")


@split.callback()
def root() -> None:
    """Make hash-locked split manifests."""


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(split, name="split")

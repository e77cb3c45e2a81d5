"""`echo-bench validate`: every defect of a folder of footage, at once."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json


def validate(
    root: Annotated[Path, typer.Option(help="Where the footage lies.")],
    layout: Annotated[str | None, typer.Option(help="pairs, single, left-right or panels:...")] = None,
    manifest: Annotated[Path | None, typer.Option(help="Manifest that names the clips (.json or .csv).")] = None,
    json_: Json = False,
) -> None:
    """Look at every file of a folder dataset and list all defects; exit code 1 if there is one."""
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.datasets.folder import Folder

    folder = Folder(DatasetOptions(root, layout, manifest))
    defects = folder.defects(folder.manifest.split)
    if json_:
        typer.echo(json.dumps({"clips": len(folder.manifest.clips), "defects": defects}, indent=1))
    else:
        for defect in defects:
            typer.echo(defect)
        typer.echo(f"{len(folder.manifest.clips)} clips, {len(defects)} defects", err=True)
    if defects:
        raise typer.Exit(1)


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("validate")(validate)

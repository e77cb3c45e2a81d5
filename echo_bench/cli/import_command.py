"""`echo-bench import`: from the files of a published system to artefacts that `score` takes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json


def import_(
    format_: Annotated[
        str, typer.Argument(metavar="FORMAT", help="deep3d, flame, liveportrait ...: docs/importers.md.")
    ],
    path: Annotated[Path, typer.Argument(help="One clip, or with --files a folder of clips.")],
    to: Annotated[Path, typer.Option("--to", help="Folder of the row; `run --methods folder:NAME=DIR` scores it.")],
    layout: Annotated[str | None, typer.Option(help="Which of the format's layouts; never guessed.")] = None,
    files: Annotated[str | None, typer.Option(help="Pattern of the clips, such as '{id}_speaker2.npz'.")] = None,
    id_: Annotated[str | None, typer.Option("--id", help="Name of the one clip; default is the file's.")] = None,
    fps: Annotated[float | None, typer.Option(help="Frame rate, where the file does not state it.")] = None,
    resample: Annotated[
        float | None, typer.Option(min=1.0, max=1000.0, help="Bring motion to this frame rate.")
    ] = None,
    json_: Json = False,
) -> None:
    """Read files of a published system, check them against their layout, and keep them as artefacts."""
    from echo_bench.cli.steps import print_out
    from echo_bench.importers.run import ImportRequest, import_files

    index = import_files(ImportRequest(format_, path, to, layout, files, id_, fps, resample))
    if json_:
        print_out(index.model_dump_json(indent=1))
        return
    kind = f"{index.space} at {index.fps:g} frames per second" if index.space else "videos"
    print_out(f"{to}: {len(index.clips)} clips, {kind}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("import")(import_)

"""`echo-bench parity`: our nets beside the packages that people quote, on this machine, on your frames."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from echo_bench.cli.options import Json, names

Video = Annotated[Path, typer.Argument(help="A video whose frames both are given.")]


def parity(
    video: Video,
    backend: Annotated[str, typer.Option(help="a,b,c: packages to compare with; default all known.")] = "",
    frames: Annotated[int, typer.Option(min=2, help="Frames to compare on, from the start of the video.")] = 6,
    json_: Json = False,
) -> None:
    """Compare our nets with the named packages: one state dict and the same frames in both, ||a - b|| / ||b|| per tensor.

    Exit code 1 when a difference is above 1e-5; packages that are not installed are named with the line that brings them.
    """
    import numpy as np

    from echo_bench.clip import VideoRef
    from echo_bench.errors import UnavailableError
    from echo_bench.media.decode import frames as decode
    from echo_bench.peers import PEERS
    from echo_bench.peers.compare import TOLERANCE

    pictures = np.stack(list(decode(VideoRef(video, ""), limit=frames)))
    found: dict[str, dict[str, float] | str] = {}
    for name in names(backend) or PEERS:
        try:
            found[name] = PEERS.get(name).run(pictures)
        except UnavailableError as error:
            found[name] = str(error)
    if json_:
        typer.echo(json.dumps(found, indent=1))
    else:
        for name, result in found.items():
            _print(name, result)
    if any(value > TOLERANCE for result in found.values() if isinstance(result, dict) for value in result.values()):
        raise typer.Exit(1)


def _print(name: str, result: dict[str, float] | str) -> None:
    if isinstance(result, str):
        typer.echo(f"{name:<16} {result}")
        return
    for tensor, value in result.items():
        typer.echo(f"{name:<16} {tensor:<24} {value:.1e}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("parity")(parity)

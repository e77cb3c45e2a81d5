"""`echo-bench systems`: the published systems that are covered, and what of each runs."""

from __future__ import annotations

import json

import typer

from echo_bench.cli.options import Json


def systems(json_: Json = False) -> None:
    """List the 46 published systems: the modes that make sense for each, those that run, and a command."""
    from echo_bench.systems import System, read_systems

    def row(system: System) -> dict[str, object]:
        works = sorted(system.works)
        return {
            "number": system.number, "name": system.name, "modes": list(system.modes), "works": works,
            "command": system.command,
        }  # fmt: skip

    found = read_systems()
    if json_:
        typer.echo(json.dumps([row(system) for system in found], indent=1))
        return
    for system in found:
        works = "".join(mode if mode in system.works else "-" for mode in system.modes)
        typer.echo(f"{system.number:2}  {works:5}  {system.name:24}  {system.command or system.reason}")


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(systems)

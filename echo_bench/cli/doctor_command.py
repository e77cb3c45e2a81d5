"""`echo-bench doctor`: what is installed, which protocol ids and golden tests can run here, and what would enable the others."""

from __future__ import annotations

import json
from typing import Any

import typer

from echo_bench.cli.options import Json


def doctor(json_: Json = False) -> None:
    """Check this machine: versions, processors, cache, every protocol id, and the golden tests that need official weights."""
    found = diagnose()
    if json_:
        typer.echo(json.dumps(found, indent=1))
        return
    for name, value in found["installed"].items():
        typer.echo(f"{name:<16} {value}")
    for row in found["protocols"]:
        typer.echo(f"{'can run' if row['available'] else 'cannot run':<11} {row['id']}")
        if not row["available"]:
            typer.echo(f"            {row['why']}")
    for check in found["golden"]:
        typer.echo(f"{'would run' if not check['missing'] else 'would skip':<11} golden {check['id']}: {check['says']}")
        for lack in check["missing"]:
            typer.echo(f"            {lack}")


def diagnose() -> dict[str, Any]:
    """What `doctor` prints, as data."""
    from importlib.metadata import PackageNotFoundError, version

    from echo_bench.cache import cache_root
    from echo_bench.metrics import METRICS
    from echo_bench.pipeline.features import extractors_of
    from echo_bench.pipeline.jobs import unavailable
    from echo_bench.results.provenance import host, provenance
    from echo_bench.weights.golden import CHECKS

    def installed(name: str) -> str:
        try:
            return version(name)
        except PackageNotFoundError:
            return "not installed"

    optional = {name: installed(name) for name in ("torch", "torchmetrics", "ray", "transformers")}
    needed = {name: extractors_of(METRICS.get(name).info.requires) for name in METRICS}
    missing = unavailable(net for nets in needed.values() for net in nets)
    protocols = []
    for name, nets in needed.items():
        why = "; ".join(missing[net] for net in sorted(nets) if net in missing)
        protocols.append({"id": name, "available": not why, "why": why})
    return {
        "installed": {**provenance(), **optional, **host(), "cache": str(cache_root())},
        "protocols": protocols,
        "golden": [{"id": name, "says": check.says, "missing": check.missing()} for name, check in CHECKS.items()],
    }


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("doctor")(doctor)

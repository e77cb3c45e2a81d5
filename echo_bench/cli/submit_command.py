"""`echo-bench submit`: the results of a method in one sealed file, and checking such a file."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import DEFAULT_OUT, Json, Out, Store, place

if TYPE_CHECKING:
    from echo_bench.submissions.verify import Verdict

submit = typer.Typer(help="Make and check submissions: results with everything behind them.", no_args_is_help=True)
Bundle = Annotated[Path, typer.Argument(help="The submission.")]


@submit.command("pack")
def pack(
    method: Annotated[str, typer.Argument(help="A method of the run.")],
    out: Out = DEFAULT_OUT,
    to: Annotated[Path | None, typer.Option(help="The file to write; default OUT/METHOD.submission.zip.")] = None,
    json_: Json = False,
) -> None:
    """Put result, rows and artefacts of a method of a finished run into one sealed file; prints its id."""
    from echo_bench.cli.steps import bars
    from echo_bench.submissions import pack as packing

    with bars() as bar:
        packed = packing.pack(out.resolve(), method, to or out / f"{method}.submission.zip", bar)
    if json_:
        typer.echo(json.dumps(asdict(packed), default=str, indent=1))
        return
    typer.echo(f"{packed.path}: {packed.clips} clips, {packed.files} files, {packed.size / 2**20:.1f} MiB")
    typer.echo(f"id {packed.seal}")


@submit.command("verify")
def verify(
    bundle: Bundle,
    id_: Annotated[str | None, typer.Option("--id", help="The id that its makers published.")] = None,
    rescore: Annotated[int, typer.Option(min=0, help="Compute so many clips again, drawn at random.")] = 0,
    root: Annotated[Path | None, typer.Option(help="Where your own copy of the data lies.")] = None,
    layout: Annotated[str | None, typer.Option(help="For `folder`: pairs, single, left-right or panels:...")] = None,
    manifest: Annotated[Path | None, typer.Option(help="For `folder`: the manifest that names the clips.")] = None,
    store: Store = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes that extract; default: all.")] = None,
    json_: Json = False,
) -> None:
    """Check seal, hashes, arithmetic, split and (with --rescore) values; exit code 1 lists every defect."""
    from echo_bench.cli.steps import bars
    from echo_bench.datasets.base import DatasetOptions
    from echo_bench.pipeline.store import FeatureStore
    from echo_bench.submissions import verify as verifying

    with bars() as bar:
        options = DatasetOptions(root, layout, manifest, bar, workers or os.cpu_count() or 1)
        verdict = verifying.verify(bundle, options, seal=id_, number=rescore, store=FeatureStore(place(store)))
    typer.echo(json.dumps(asdict(verdict), indent=1) if json_ else _text(verdict))
    if verdict.defects:
        raise typer.Exit(1)


def _text(verdict: Verdict) -> str:
    lines = [f"{verdict.method}: {verdict.clips} clips, id {verdict.seal}", *verdict.defects]
    if verdict.unknown:
        lines.append(f"not known here, so not checked against a definition: {', '.join(verdict.unknown)}")
    if again := verdict.rescored:
        lines.append(
            f"computed again: {', '.join(again.clips)}; {again.compared} values, largest relative difference {again.largest:.1e}"
        )
        lines += [f"not computed again: {metric}: {why}" for metric, why in again.left_out.items()]
    return "\n".join([*lines, "NOT to be believed" if verdict.defects else "nothing found against it"])


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(submit, name="submit")

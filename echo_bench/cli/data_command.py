"""`echo-bench data`: datasets that come with the suite: build what is rendered on first use, check it, look at it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json

if TYPE_CHECKING:
    from echo_bench.datasets.base import Dataset, Progress

data = typer.Typer(help="Build, check and look at datasets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A name of `list datasets`.")]
Root = Annotated[Path | None, typer.Option(help="Where the data lies, for datasets that do not come with the suite.")]
Layout = Annotated[str | None, typer.Option(help="For `folder`: pairs, single, left-right or panels:...")]
SplitName = Annotated[str | None, typer.Option(help="Split; default is the first.")]


def _open(name: str, root: Path | None, layout: str | None, progress: Progress) -> Dataset:
    from echo_bench.datasets.base import DATASETS, DatasetOptions

    return DATASETS.get(name)(DatasetOptions(root, layout, None, progress))


@data.command("build")
def build(name: Name, split: SplitName = None, root: Root = None, layout: Layout = None) -> None:
    """Make everything of a split that is made on first use, such as rendered video; resumes."""
    from echo_bench.cli.steps import bars

    with bars() as bar:
        dataset = _open(name, root, layout, bar)
        clips = dataset.clips(split or dataset.splits()[0])
    typer.echo(f"{name} {dataset.version}: {len(clips)} clips, {sum(clip.duration for clip in clips):.1f} s")


@data.command("verify")
def verify(name: Name, split: SplitName = None, root: Root = None, layout: Layout = None) -> None:
    """Check a split against its locked manifest; exit code 1 lists every clip with a defect."""
    from echo_bench.cli.steps import bars

    with bars() as bar:
        dataset = _open(name, root, layout, bar)
        wanted = split or dataset.splits()[0]
        defects = [(clip.id, clip.defect) for clip in dataset.clips(wanted) if clip.defect]
    for clip, defect in defects:
        typer.echo(f"{clip}: {defect}")
    if defects:
        raise typer.Exit(1)
    typer.echo(f"{name} {dataset.version} {wanted}: intact, manifest {dataset.manifest_sha256(wanted)[:16]}")


@data.command("show")
def show(name: Name, split: SplitName = None, root: Root = None, layout: Layout = None, json_: Json = False) -> None:
    """The clips of a split: duration, who speaks when, which files."""
    from echo_bench.cli.steps import bars

    with bars() as bar:
        dataset = _open(name, root, layout, bar)
        clips = dataset.clips(split or dataset.splits()[0])
    rows = [
        {
            "id": clip.id, "seconds": round(clip.duration, 3), "fps": clip.fps, "cluster": clip.cluster,
            "identities": dict(clip.identities), "strata": dict(clip.strata),
            "user": clip.user.video is not None, "avatar": clip.avatar.video is not None,
            "avatar_sound": clip.avatar.audio is not None, "spans": len(clip.spans), "defect": clip.defect,
        }
        for clip in clips
    ]  # fmt: skip
    if json_:
        typer.echo(json.dumps(rows, indent=1))
        return
    for row in rows:
        typer.echo(f"{row['id']:<24} {row['seconds']:>8} s  {row['spans']} spans  {row['defect'] or ''}")


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(data, name="data")

"""`echo-bench data`: build what a dataset makes on first use, check it, look at it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from echo_bench.cli.options import Json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from echo_bench.clip import DyadicClip
    from echo_bench.datasets.base import Dataset, Progress

data = typer.Typer(help="Build, check and look at datasets.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(help="A name of `list datasets`.")]
Root = Annotated[Path | None, typer.Option(help="Where the data lies, for datasets that do not come with the suite.")]
Layout = Annotated[
    str | None, typer.Option(help="For `folder`: pairs, single, left-right or panels:...; else see the dataset's page.")
]
SplitName = Annotated[str | None, typer.Option(help="Split; default is the first.")]
Workers = Annotated[int | None, typer.Option(min=1, help="Processes that build; default: all processors.")]


def _open(
    name: str, split: str | None, root: Path | None, layout: str | None, progress: Progress, workers: int | None,
    manifest: Path | None = None,
) -> tuple[Dataset, str]:  # fmt: skip
    """The dataset and the split that is meant."""
    from echo_bench.datasets.base import DATASETS, DatasetOptions

    options = DatasetOptions(root, layout, manifest, progress, workers or os.cpu_count() or 1)
    dataset = DATASETS.get(name)(options)
    return dataset, split or dataset.splits()[0]


@data.command("build")
def build(
    name: Name, split: SplitName = None, root: Root = None, layout: Layout = None, workers: Workers = None
) -> None:
    """Make everything of a split that is made on first use, such as rendered video; resumes."""
    from echo_bench.cli.steps import bars

    with bars() as bar:
        dataset, wanted = _open(name, split, root, layout, bar, workers)
        clips = dataset.clips(wanted)
    typer.echo(f"{name} {dataset.version} {wanted}: {len(clips)} clips, {sum(clip.duration for clip in clips):.1f} s")


@data.command("verify")
def verify(
    name: Name,
    split: SplitName = None,
    root: Root = None,
    layout: Layout = None,
    manifest: Annotated[Path | None, typer.Option(help="A manifest that `data prepare` or `split make` wrote.")] = None,
) -> None:
    """Check every file of a split, and what was built of it, by sha256; exit code 1 lists every defect."""
    from echo_bench.datasets.base import silent

    dataset, wanted = _open(name, split, root, layout, silent, 1, manifest)
    defects = dataset.defects(wanted)
    for defect in defects:
        typer.echo(defect)
    if defects:
        raise typer.Exit(1)
    typer.echo(f"{name} {dataset.version} {wanted}: intact, manifest {dataset.manifest_sha256(wanted)[:16]}")


@data.command("prepare")
def prepare(
    name: Name,
    root: Annotated[Path, typer.Option(help="Where the copy lies.")],
    to: Annotated[Path, typer.Option(help="Folder of the manifests.")] = Path("echo-bench-manifests"),
    split: Annotated[str | None, typer.Option(help="Split; default is all of them.")] = None,
    layout: Layout = None,
    partial: Annotated[bool, typer.Option("--partial", help="Lock what is there although clips are missing.")] = False,
) -> None:
    """Check a copy of a published dataset, count its clips beside the official numbers, write locked manifests; changes nothing in it."""
    from echo_bench.datasets.base import DATASETS, DatasetOptions
    from echo_bench.datasets.prepare import examine, write_manifests
    from echo_bench.datasets.published import Published
    from echo_bench.errors import DatasetError

    dataset = DATASETS.get(name)(DatasetOptions(root, layout))
    if not isinstance(dataset, Published):
        raise DatasetError(f"{name} needs no preparation", fix="for footage of your own: `echo-bench split make`")
    examined = [examine(dataset, each) for each in ([split] if split else dataset.splits())]
    for each in examined:
        official = "no official number" if each.official is None else f"{each.official} officially"
        typer.echo(f"{name} {each.split}: {each.clips} clips ({official}), {len(each.defects)} defects")
    for line in dict.fromkeys(line for each in examined for line in (*each.missing, *each.defects)):
        typer.echo(line)
    if any(each.defects or not (each.complete or partial) for each in examined):
        raise typer.Exit(1)
    for path in write_manifests(dataset, examined, to, partial=partial):
        typer.echo(f"wrote {path}")


@data.command("show")
def show(
    name: Name,
    split: SplitName = None,
    clip: Annotated[str | None, typer.Option(help="The conversation that is plotted; default is the first.")] = None,
    out: Annotated[Path, typer.Option(help="Folder of the pictures.")] = Path("echo-bench-show"),
    root: Root = None,
    layout: Layout = None,
    workers: Workers = None,
    json_: Json = False,
) -> None:
    """List the clips of a split; draw a contact sheet of it and one conversation over time."""
    from echo_bench.cli.steps import bars, messages

    with bars() as bar:
        dataset, wanted = _open(name, split, root, layout, bar, workers)
        clips = dataset.clips(wanted)
    rows = [_row(each) for each in clips]
    if json_:
        typer.echo(json.dumps(rows, indent=1))
    else:
        for row in rows:
            typer.echo(f"{row['id']:<24} {row['seconds']:>8} s  {row['spans']} spans  {row['defect'] or ''}")
    for path in _draw(dataset, wanted, clips, clip, out):
        messages.print(f"wrote {path}")


def _row(clip: DyadicClip) -> dict[str, object]:
    return {
        "id": clip.id, "seconds": round(clip.duration, 3), "fps": clip.fps, "cluster": clip.cluster,
        "identities": dict(clip.identities), "strata": dict(clip.strata),
        "user": clip.user.video is not None, "avatar": clip.avatar.video is not None,
        "avatar_sound": clip.avatar.audio is not None, "spans": len(clip.spans),
        "alternatives": len(clip.alternatives), "defect": clip.defect,
    }  # fmt: skip


def _draw(dataset: Dataset, split: str, clips: Sequence[DyadicClip], wanted: str | None, out: Path) -> list[Path]:
    """The sheet of the usable clips and the plot of one of them; nothing where no clip is usable."""
    from echo_bench.datasets.base import KnowsTruth
    from echo_bench.errors import DatasetError
    from echo_bench.report import style
    from echo_bench.report.conversation import draw_conversation
    from echo_bench.report.names import file_stem
    from echo_bench.report.sheet import draw_sheet

    usable = {clip.id: clip for clip in clips if clip.defect is None}
    if not usable:
        return []
    chosen = wanted or next(iter(usable))
    if chosen not in usable:
        raise DatasetError(f"has no usable clip {chosen!r}", where=split, fix="`echo-bench data show` lists the clips")
    truth = dataset.truth(chosen) if isinstance(dataset, KnowsTruth) else None
    out.mkdir(parents=True, exist_ok=True)
    with style.look():
        sheet, _ = style.save(draw_sheet(list(usable.values())), out / f"{file_stem(split)}-sheet")
        plot, _ = style.save(draw_conversation(usable[chosen], truth), out / file_stem(chosen))
    return [sheet, plot]


def register(app: typer.Typer) -> None:
    """Add the commands."""
    app.add_typer(data, name="data")

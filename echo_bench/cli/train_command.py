"""`echo-bench train`: train a method that learns, and write its checkpoint with a card."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from echo_bench.clip import DyadicClip
    from echo_bench.datasets.base import Dataset, Progress
    from echo_bench.methods.learned.corpus import Example
    from echo_bench.methods.learned.method import Learned
    from echo_bench.methods.learned.trainer import Recipe

HELD_OUT = 10  # one conversation in so many is looked at and not learnt from


def train(
    method: Annotated[str, typer.Argument(help="A name of `list methods` that learns.")],
    out: Annotated[Path, typer.Option(help="Folder of the run: state to resume from, log.csv, checkpoint and card.")],
    dataset: Annotated[str, typer.Option(help="Dataset: see `echo-bench list datasets`.")] = "dyad-mini",
    root: Annotated[Path | None, typer.Option(help="Where the data lies.")] = None,
    layout: Annotated[str | None, typer.Option(help="As for `run`.")] = None,
    seed: Annotated[int, typer.Option(help="Of the first weights, the windows and the chance.")] = 0,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps; default is the method's own.")] = None,
    rehearsals: Annotated[
        int,
        typer.Option(
            min=0, help="Further performances of each conversation to learn from, where the dataset has them."
        ),
    ] = 0,
    device: Annotated[str, typer.Option(help="cpu, cuda, cuda:1 ...")] = "cpu",
) -> None:
    """Train METHOD on the train split; run the same command again to go on after an interruption."""
    from dataclasses import replace

    from echo_bench.cli.steps import bars
    from echo_bench.datasets.base import DATASETS, DatasetOptions
    from echo_bench.errors import MethodError
    from echo_bench.methods import METHODS
    from echo_bench.methods.echo.method import EchoTiny
    from echo_bench.methods.echo.training import train_echo

    kind = METHODS.get(method)
    with bars() as bar:
        data = DATASETS.get(dataset)(DatasetOptions(root, layout, None, bar))
        if isinstance(kind, type) and issubclass(kind, EchoTiny):
            if rehearsals:
                raise MethodError(
                    f"{method} learns from recorded conversations here",
                    where=f"--rehearsals {rehearsals}",
                    fix="leave it out; `python -m tools.train_echo` in the repository trains it on rehearsals",
                )
            path = train_echo(kind, data, out, seed, steps, device, bar)
        else:
            learned = learner(method)
            recipe = replace(learned.recipe, steps=steps) if steps else learned.recipe
            command = " ".join(["echo-bench", *sys.argv[1:]])
            path = fit(learned, read_material(data, out, device, rehearsals), recipe, seed, out, command, bar)
    typer.echo(str(path))


def learner(method: str) -> type[Learned]:
    """The class of a method that learns.

    Raises
    ------
    MethodError
        When it does not.
    """
    from echo_bench.errors import MethodError
    from echo_bench.methods import METHODS
    from echo_bench.methods.learned.method import Learned

    kind = METHODS.get(method)
    if not (isinstance(kind, type) and issubclass(kind, Learned)):
        raise MethodError(f"{method} does not learn", fix="`echo-bench list methods` tells which do")
    return kind


class Material(NamedTuple):
    """What there is to learn from.

    Attributes
    ----------
    dataset, manifest_sha256 : str
        ``name@version/split`` and its lock.
    seen, unseen : list of Example
        To be learnt from, and only looked at.
    device : str
    """

    dataset: str
    manifest_sha256: str
    seen: list[Example]
    unseen: list[Example]
    device: str


def read_material(data: Dataset, out: Path, device: str, rehearsals: int = 0) -> Material:
    """All examples of the split that a dataset has to learn from; what has to be measured of them is kept in `out`.

    Each conversation that is learnt from comes with `rehearsals` further performances; those only looked at come as recorded.

    Raises
    ------
    DatasetError
        When further performances are asked of a dataset that has none.
    """
    from functools import partial

    from echo_bench.datasets.base import Rehearses
    from echo_bench.errors import DatasetError
    from echo_bench.methods.learned.corpus import read_corpus, recorded_once
    from echo_bench.pipeline.context import Context
    from echo_bench.pipeline.store import FeatureStore

    if rehearsals and not isinstance(data, Rehearses):
        raise DatasetError(
            "its conversations cannot be performed again", where=data.name, fix="train with --rehearsals 0"
        )
    again = partial(data.rehearsals, count=rehearsals) if isinstance(data, Rehearses) and rehearsals else recorded_once
    split, clips = learnable(data)
    context = Context("train", out, [], clips, FeatureStore(), device)
    held = clips[HELD_OUT - 1 :: HELD_OUT]
    seen = [clip for clip in clips if clip not in held]
    return Material(
        f"{data.name}@{data.version}/{split}", data.manifest_sha256(split), read_corpus(seen, context, again),
        read_corpus(held, context) if held else [], device,
    )  # fmt: skip


def fit(
    kind: type[Learned], material: Material, recipe: Recipe, seed: int, out: Path, command: str, progress: Progress
) -> Path:
    """Train one network and write its checkpoint with a card that names `command`; returns the path of the weights."""
    from dataclasses import asdict

    import torch

    from echo_bench.methods.learned.checkpoint import Card, write
    from echo_bench.methods.learned.method import parameters
    from echo_bench.methods.learned.trainer import Trainer
    from echo_bench.results.provenance import provenance

    torch.manual_seed(seed)
    trainer = Trainer(kind.network(), material.seen, material.unseen, recipe, seed, out, material.device)
    trained = trainer.run(lambda done, total, _loss: progress(f"train {kind.name}", done, total))
    last = trained.curve[-1]
    card = Card(
        method=kind.name, version=kind.version, dataset=material.dataset, manifest_sha256=material.manifest_sha256,
        recipe=asdict(recipe), seed=seed, steps=last[0], parameters=parameters(trained.network),
        seconds=round(trained.seconds, 1), device=material.device, losses={"train": last[1], "val": last[2]},
        curve=trained.curve, commit=provenance().get("commit", ""), command=command,
    )  # fmt: skip
    return write(trained.network, card, out)


def learnable(data: Dataset) -> tuple[str, Sequence[DyadicClip]]:
    """The split to learn from and its clips: the train split where there is one, else the first."""
    splits = data.splits()
    if "train" in splits:
        return "train", data.pool(next(name for name in splits if name != "train"))
    return splits[0], data.clips(splits[0])


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("train")(train)

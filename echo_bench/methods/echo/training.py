"""Trains the reference model on a dataset: corpus, autoencoder, understanding, two stages, checkpoint with card."""

from __future__ import annotations

import sys
from dataclasses import asdict, replace
from pathlib import Path

from echo_model.config import config
from echo_model.corpus import read_corpus
from echo_model.export import save
from echo_model.loop import Recipe
from echo_model.sdcm import numbers
from echo_model.train import RECIPES, Trained, train

from echo_bench.datasets.base import Dataset, Progress
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.methods.echo.corpus import claim, write_clip
from echo_bench.methods.echo.method import EchoTiny
from echo_bench.methods.learned.checkpoint import Card, describe
from echo_bench.results.provenance import provenance


def train_echo(
    kind: type[EchoTiny], data: Dataset, out: Path, seed: int, steps: int | None, device: str,
    progress: Progress,
) -> Path:  # fmt: skip
    """Train a variant; the same folder again goes on, and variants that share it share corpus and autoencoder.

    Parameters
    ----------
    kind : type
        The method.
    data : Dataset
        Its train split is learnt from, or the first where there is none.
    out : Path
        ``corpus``, ``vae`` and a folder of the variant in it hold what is kept to go on from.
    seed : int
    steps : int or None
        Of autoencoder, understanding and both stages, each; None for those of the recipes.
    device : str
    progress : callable
        Called with what is done, how much of it, and of how many.

    Returns
    -------
    Path
        The checkpoint; its card lies beside it.

    Raises
    ------
    DatasetError
        When `out` holds a corpus of another source.
    """
    chosen, splits = config(kind.name), data.splits()
    split = "train" if "train" in splits else splits[0]
    clips = data.clips(split)
    claim(out / "corpus", f"{data.name}@{data.version}/{split}")
    for done, clip in enumerate(clips, 1):
        write_clip(clip, out / "corpus", chosen, data.truth if isinstance(data, DyadMini) else None)
        progress(f"corpus {data.name}/{split}", done, len(clips))
    recipes = {name: replace(each, steps=steps) if steps else each for name, each in RECIPES.items()}
    trained = train(chosen, read_corpus(out / "corpus"), out, recipes, seed, device)
    path = out / f"{kind.name}.safetensors"
    save(trained.model, path)
    command = " ".join(["echo-bench", *sys.argv[1:]])
    describe(echo_card(kind, data, split, recipes, trained, seed, device, command), path)
    return path


def echo_card(
    kind: type[EchoTiny], data: Dataset, split: str, recipes: dict[str, Recipe], trained: Trained, seed: int,
    device: str, command: str,
) -> Card:  # fmt: skip
    """The card of a variant.

    Parameters
    ----------
    kind : type of EchoTiny
    data : Dataset
    split : str
        That it was trained on.
    recipes : dict
        By stage.
    trained : Trained
        Its curve is that of both stages.
    seed : int
    device, command : str
        Where and how it was trained.

    Returns
    -------
    Card
    """
    curve: list[tuple[int, float, float | None]] = [(int(row["step"]), row["flow"], None) for row in trained.curve]
    return Card(
        method=kind.name, version=kind.version, dataset=f"{data.name}@{data.version}/{split}",
        manifest_sha256=data.manifest_sha256(split), recipe={name: asdict(each) for name, each in recipes.items()}, seed=seed,
        steps=sum(each.steps for each in recipes.values()), parameters=numbers(trained.model),
        seconds=round(trained.seconds, 1), device=device, losses={"train": curve[-1][1], "val": None}, curve=curve,
        commit=provenance().get("commit", ""), command=command,
    )  # fmt: skip

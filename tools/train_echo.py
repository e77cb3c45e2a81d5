"""Train the reference model and its variants as they were trained: ``python -m tools.train_echo --out runs/echo``.

One command from nothing to checkpoints with cards, on two cores of a processor: corpora, autoencoder, stage 1 (shared by the variants
that have SDCM), and of each model what it understands and stage 2. All learn from rehearsals of the train conversations
(:mod:`tools.echo_rehearsals`). What is there already is not made again, and a run that was interrupted goes on.
"""

from __future__ import annotations

import argparse
import csv
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

from echo_model.config import VARIANTS, config
from echo_model.export import load
from echo_model.train import RECIPES, UNDERSTOOD, Trained

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import read_scene
from echo_bench.methods import METHODS
from echo_bench.methods.echo.corpus import claim, write_clip
from echo_bench.methods.echo.training import echo_card
from echo_bench.methods.learned.checkpoint import describe
from tools.echo_rehearsals import rehearse

SPLIT = "train"
PROCESSES = 2


class Rehearsed(DyadMini):
    """Its conversations are performed again."""

    def scripts(self) -> list[DyadicClip]:
        """The train split, not drawn."""
        return [self._clip(entry, read_scene(entry.id, self.content)) for entry in self._checked(SPLIT).clips]


def write_corpus(data: Rehearsed, out: Path, limit: int | None) -> None:
    """Rehearsals of the first conversations, or of all, in ``corpus``."""
    claim(out / "corpus", f"rehearsals of {data.name}@{data.version}/{SPLIT}")
    for clip, truth in rehearse(data, data.scripts()[:limit], out / "rehearsed"):
        write_clip(clip, out / "corpus", config("echo-tiny"), {clip.id: truth}.__getitem__)


def train(name: str, out: Path, steps: int | None) -> None:
    """Train a model in the folder of a run, unless its checkpoint is there."""
    command = [
        sys.executable, "-m", "torch.distributed.run", "--nproc-per-node", str(PROCESSES),
        "-m", "echo_model.train", name, "--corpus", str(out / "corpus"), "--out", str(out),
        *(["--steps", *[str(steps)] * len(RECIPES)] if steps else []),
    ]  # fmt: skip
    if not (out / f"{name}.safetensors").is_file():
        subprocess.run(command, check=True, env=os.environ | {"OMP_NUM_THREADS": "1"})


def trained(name: str, out: Path) -> Trained:
    """What the logs in the folder of a run tell of a model's training."""
    first = out / ("stage1" if config(name).switches.sdcm else "stage1-no-sdcm")
    curve = log(first / "log.csv"), log(out / name / "stage2" / "log.csv")
    understood = log(out / name / UNDERSTOOD / "log.csv")
    seconds = sum(rows[-1]["seconds"] for rows in (*curve, understood))
    return Trained(load(out / f"{name}.safetensors"), [row for rows in curve for row in rows], seconds)


def log(path: Path) -> list[dict[str, float]]:
    """Rows of a stage's log."""
    with path.open(newline="") as file:
        return [{name: float(value) for name, value in row.items()} for row in csv.DictReader(file)]


def main() -> None:
    """Read the command line, write the corpus, train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("runs/echo"), help="folder of the run")
    parser.add_argument("--models", nargs="+", default=list(VARIANTS), choices=list(VARIANTS))
    parser.add_argument("--steps", type=int, help="of each stage, to try it")
    parser.add_argument("--limit", type=int, help="only the first of the conversations, to try it")
    given = parser.parse_args()
    data = Rehearsed(DatasetOptions(workers=PROCESSES))
    write_corpus(data, given.out, given.limit)
    recipes = {name: replace(each, steps=given.steps) if given.steps else each for name, each in RECIPES.items()}
    for name in given.models:
        path = given.out / f"{name}.safetensors"
        if path.with_suffix(".json").is_file():
            continue  # its card tells when and how it was made
        train(name, given.out, given.steps)
        command = " ".join(["python -m tools.train_echo", *sys.argv[1:]])
        card = echo_card(METHODS.get(name), data, SPLIT, recipes, trained(name, given.out), 0, "cpu", command)
        describe(card, path)
        print(f"trained {name}", flush=True)


if __name__ == "__main__":
    main()

"""Train the reference model and its variants as they were trained: ``python -m tools.train_echo --out runs/echo``.

One command from nothing to checkpoints with cards, on two cores of a processor: corpus, autoencoder, stage 1 (shared by
the variants that have SDCM), and stage 2 of each model. What is there already is not made again, and a run that was interrupted goes on.
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
from echo_model.train import RECIPES, Trained

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import read_scene
from echo_bench.datasets.rendered import draw_all
from echo_bench.methods import METHODS
from echo_bench.methods.echo.corpus import write_clip
from echo_bench.methods.echo.training import echo_card
from echo_bench.methods.learned.checkpoint import describe

SPLIT = "train"
PROCESSES = 2
CONVERSATIONS = (
    "apology-01", "apology-02", "apology-03", "apology-04", "bad-news-02", "bad-news-05", "bad-news-07", "comfort-02",
    "comfort-04", "complaint-02", "complaint-04", "disagreement-01", "disagreement-03", "disagreement-06", "good-news-01",
    "good-news-04", "interview-02", "interview-05", "pair-bicycle-b", "pair-bus-driver-a", "pair-cake-a", "pair-choir-b",
    "pair-concert-b", "pair-dentist-a", "pair-exhibition-a", "pair-garden-b", "pair-haircut-b", "pair-landlord-a",
    "pair-laptop-a", "pair-letter-b", "pair-marathon-b", "pair-phone-call-a", "pair-recipe-a", "pair-sister-b", "pair-suitcase-b",
    "pair-train-ride-a", "pair-vet-a", "small-talk-02", "small-talk-04", "surprise-01", "surprise-03", "teasing-02", "teasing-04",
)  # fmt: skip
"""43 of the 102 train conversations, of all kinds: to draw and keep all of them takes 40 minutes of a core and 7 GB, and the budget of
steps does not get through these."""


class Chosen(DyadMini):
    """The train split, of which some conversations are drawn."""

    def chosen(self, names: list[str]) -> list[DyadicClip]:
        """Conversations by name, drawn."""
        entries = {entry.id: entry for entry in self._checked(SPLIT).clips}
        scenes = {name: read_scene(name, self.content) for name in names}
        drawings = {name: self._drawings(scene, SPLIT) for name, scene in scenes.items()}
        flat = [drawn for both in drawings.values() for drawn in both.values()]
        draw_all("draw", flat, self.options.progress, self.options.workers)
        return [self._clip(entries[name], scenes[name], drawings[name]) for name in names]


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
    seconds = sum(rows[-1]["seconds"] for rows in curve)
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
    data = Chosen(DatasetOptions(workers=PROCESSES))
    for clip in data.chosen([f"train-{name}" for name in CONVERSATIONS[: given.limit]]):
        write_clip(clip, given.out / "corpus", config("echo-tiny"), data.truth)
    recipes = {name: replace(each, steps=given.steps) if given.steps else each for name, each in RECIPES.items()}
    for name in given.models:
        train(name, given.out, given.steps)
        command = f"python -m tools.train_echo --models {name}"
        card = echo_card(METHODS.get(name), data, SPLIT, recipes, trained(name, given.out), 0, "cpu", command)
        describe(card, given.out / f"{name}.safetensors")
        print(f"trained {name}", flush=True)


if __name__ == "__main__":
    main()

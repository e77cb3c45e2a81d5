"""Train the course of affect of the reference model anew, nothing else of it: ``python -m tools.train_course --weights FILE --out DIR``.

It is learnt from sound, feelings and motion (:mod:`echo_model.train_course`), so nobody is drawn: the train conversations of dyad-mini,
each performed several times by its own avatar (:func:`echo_bench.simulator.reactions.sample`). ``DIR/echo-tiny.safetensors`` holds the
model of `--weights` with the new course; ``DIR/course`` state and log, from which the same command goes on.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
from echo_metrics.rig_affect import FPS, RATE, displayed_affect
from echo_model.corpus import Entry, Person
from echo_model.export import load, save
from echo_model.lcu import ACTS
from echo_model.train import train_course
from echo_model.train_course import RECIPE

from echo_bench.clip import DyadicClip, Side
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import read_scene
from echo_bench.methods.learned.corpus import swapped
from echo_bench.methods.learned.features import hear
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.reactions import sample

SPLIT = "train"
TIMES = 6  # each conversation is performed


def entries_of(clip: DyadicClip, scene: Scene, affect: np.ndarray) -> Iterator[Entry]:
    """The user, who felt `affect` (T, 3), and the avatar of each performance."""
    frames = scene.speech.frames
    user = Path(f"{clip.id}.user")
    yield Entry(
        user, Path(f"{clip.id}.1"), person(swapped(clip), scene, "user", affect[:frames], np.full((frames, 2), np.nan))
    )
    for seed in range(1, TIMES + 1):
        made = sample(scene, "appropriate", seed)
        shown = np.repeat(displayed_affect(made.motion), FPS // RATE, axis=0)
        yield Entry(Path(f"{clip.id}.{seed}"), user, person(clip, scene, "avatar", made.affect, shown))


def person(clip: DyadicClip, scene: Scene, side: Side, affect: np.ndarray, shown: np.ndarray) -> Person:
    """One of them, without pictures and words."""
    frames = len(affect)
    acts = np.zeros((frames, len(ACTS)), np.float32)
    for turn in scene.dialogue.turns:
        start, end = scene.speech.turns[turn.id]
        if turn.who == side:
            acts[round(start * FPS) : round(end * FPS), ACTS.index("speaking")] = 1
    none, nothing = np.zeros(0, np.int64), np.zeros((0, 8), np.float32)
    return Person(
        voice=hear(clip.avatar.audio, frames), stills=none, regions=nothing, opening=nothing[:, 0], acts=acts,
        affect=affect.astype(np.float32), mood=none, shown=shown.astype(np.float32), words=none, sides=none, ends=none,
    )  # fmt: skip


def main() -> None:
    """Read the command line, perform, train."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True, help="checkpoint of the model")
    parser.add_argument("--out", type=Path, default=Path("runs/course"), help="folder of the run")
    parser.add_argument("--steps", type=int, default=RECIPE.steps)
    given = parser.parse_args()
    data, model = DyadMini(DatasetOptions(), drawn=False), load(given.weights)
    entries = [
        entry
        for clip in data.clips(SPLIT)
        for entry in entries_of(clip, read_scene(clip.id), np.asarray(data.truth(clip.id).affect["user"]))
    ]
    seconds = train_course(model, entries, given.out / "course", replace(RECIPE, steps=given.steps), 0, "cpu")
    save(model, given.out / given.weights.name)
    print(f"{given.out / given.weights.name}: {given.steps} steps in {seconds:.0f} s")


if __name__ == "__main__":
    main()

"""From spoken conversations to motion, truth, other reactions and locked manifests; needs echo-bench alone (authoring time)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any

import numpy as np

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import (
    CONTENT,
    DATA,
    PIXELS,
    SIDES,
    SIZES,
    SPLITS,
    WITH_REACTIONS,
    lock,
    manifest_path,
    read_scene,
)
from echo_bench.datasets.manifest import read_manifest
from echo_bench.datasets.rendered import libraries
from echo_bench.motion_io import save_motion
from echo_bench.simulator.alternatives import alternatives, write
from echo_bench.simulator.behaviour import Scene, perform
from echo_bench.simulator.dialogue import read_dialogues
from echo_bench.simulator.identity import identity
from echo_bench.simulator.render import render
from echo_bench.simulator.truth import write_lines, write_truth


def perform_all(pool: Executor, clips: Sequence[str]) -> None:
    """Make everything that follows from the speech of these clips, and lock every split."""
    for _ in pool.map(act, clips):
        pass
    for split in SPLITS:
        lock(split).write(manifest_path(split))


def act(clip: str) -> None:
    """Perform a clip and write motion and truth, and the other reactions where the split has them."""
    scene = read_scene(clip)
    performance = perform(*scene)
    for side in SIDES:
        motion = performance.motion[side]
        save_motion(CONTENT / DATA / f"{clip}.{side}.npz", motion, np.ones(len(motion), bool))
    write_truth(CONTENT / DATA / f"{clip}.truth.json", performance.affect, performance.events)
    if scene.dialogue.split in WITH_REACTIONS:
        others = alternatives(scene, scenes(scene.dialogue.split))
        write(CONTENT / DATA / f"{clip}.reactions.json", others)


@cache
def scenes(split: str) -> dict[str, Scene]:
    """The conversations of a split, which serve each other as contexts."""
    return {name: read_scene(name) for name, dialogue in read_dialogues().items() if dialogue.split == split}


def record_pixels() -> None:
    """Draw a moment of each person of the demo and record how it looks."""
    content: dict[str, Any] = {"libraries": libraries()}
    for clip in read_manifest(manifest_path("demo"), "dyad-mini").clips:
        content |= {f"{clip.id}.{side}": looks(clip.id, side) for side in SIDES}
    write_lines(PIXELS, content)


def looks(clip: str, side: Side) -> list[float]:
    """Frame 75 of a person of the demo as it is drawn now: means of 4 x 4 tiles of 128 pixels, row by row, colour by colour.

    Means, and no hash: processors round differently, and single pixels with them.
    """
    motion = np.load(CONTENT / DATA / f"{clip}.{side}.npz")["motion"]
    (picture,) = render(motion[75:76], identity(read_scene(clip).cast[side].face), SIZES["demo"])
    return [round(mean, 2) for mean in picture.reshape(4, 32, 4, 32, 3).mean(axis=(1, 3)).ravel().tolist()]

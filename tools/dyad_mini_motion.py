"""From spoken conversations to motion, truth, other reactions and locked manifests; needs echo-bench alone (authoring time)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import ImageRef
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import (
    CONTENT,
    DATA,
    PIXELS,
    SIDES,
    SPLITS,
    WITH_REACTIONS,
    lock,
    manifest_path,
    read_scene,
)
from echo_bench.datasets.rendered import libraries, record_of
from echo_bench.media.decode import still
from echo_bench.motion_io import save_motion
from echo_bench.simulator.alternatives import alternatives, write
from echo_bench.simulator.behaviour import Scene, perform
from echo_bench.simulator.dialogue import read_dialogues
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
    """Draw the demo and record what came out: the hash of all pixels, and one coarse picture per video for other library versions."""
    content: dict[str, Any] = {"libraries": libraries(), "pixels": {}, "coarse": {}}
    for clip in DyadMini().clips("demo"):
        for side, track in (("user", clip.user), ("avatar", clip.avatar)):
            assert track.video is not None
            record = record_of(track.video.path)
            assert record is not None
            picture = still(ImageRef(track.video.path, track.video.sha256, time=3.0))
            content["pixels"][f"{clip.id}.{side}"] = record.pixels
            content["coarse"][f"{clip.id}.{side}"] = coarse(picture)
    write_lines(PIXELS, content)


def coarse(picture: NDArray[np.uint8]) -> list[int]:
    """Means of 4 x 4 tiles of a picture of 128 pixels, row by row, colour by colour."""
    return [round(mean) for mean in picture.reshape(4, 32, 4, 32, 3).mean(axis=(1, 3)).ravel().tolist()]

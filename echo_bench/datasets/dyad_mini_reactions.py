"""What else would be right or wrong in dyad-mini's test clips: other reactions to the clip itself, and those of its neighbours.

The motion of other reactions is made again from what is locked, kept in the cache, and checked at every use.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Alternative, MotionRef
from echo_bench.datasets.base import Progress
from echo_bench.errors import MethodError
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.processes import worked
from echo_bench.simulator.alternatives import StoredReaction, motion_sha256, regenerate
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.neighbours import RATE, neighbour_matrix
from echo_bench.simulator.speech import FPS

EVERY = round(FPS / RATE)  # frames in one sample of a feeling


@dataclass(frozen=True, slots=True)
class Reactions:
    """The reactions that belong to one clip.

    Attributes
    ----------
    scene : Scene
    stored : tuple of StoredReaction
    contexts : mapping of str to Scene
        The other conversations that some of them are taken from.
    folder : Path
        Where their motion is kept.
    """

    scene: Scene
    stored: tuple[StoredReaction, ...]
    contexts: Mapping[str, Scene]
    folder: Path

    def path(self, reaction: StoredReaction) -> Path:
        """The file of a reaction; its name carries the hash, so a stale one is never taken."""
        name = f"{self.scene.dialogue.id}.{reaction.label}.{reaction.seed}.{reaction.sha256[:16]}.npz"
        return self.folder / name

    def intact(self, reaction: StoredReaction) -> bool:
        """Whether its motion is there and is the locked one."""
        try:
            motion, _ = load_motion(MotionRef(self.path(reaction), "", "rig61"))
        except MethodError:
            return False
        return motion_sha256(motion) == reaction.sha256

    def alternatives(self) -> tuple[Alternative, ...]:
        """Them all, as clips hand them out."""
        paths = {self.path(reaction): reaction.label for reaction in self.stored}
        return tuple(Alternative(MotionRef(path, file_sha256(path), "rig61"), label) for path, label in paths.items())


def reactions_of(
    scenes: Mapping[str, Scene], stored: Mapping[str, tuple[StoredReaction, ...]], folder: Path
) -> list[Reactions]:
    """The reactions of every clip of a split, given its conversations and what is locked of their reactions."""
    return [
        Reactions(scenes[clip], rows, {row.other: scenes[row.other] for row in rows if row.other}, folder)
        for clip, rows in stored.items()
    ]


def make_all(what: str, reactions: list[Reactions], progress: Progress, workers: int = 1) -> None:
    """Make the motion that is not there yet or is damaged.

    Parameters
    ----------
    what : str
        For the progress callback, which counts clips.
    reactions : list of Reactions
    progress : callable
    workers : int, default 1
        Processes; no byte depends on it.

    Raises
    ------
    ManifestError
        When a motion comes out other than it was locked.
    """
    missing = [each for each in reactions if not all(map(each.intact, each.stored))]
    for done, _ in enumerate(worked(make, missing, workers), 1):
        progress(what, done, len(missing))


def make(reactions: Reactions) -> None:
    """Make the motion of one clip's reactions."""
    for stored in reactions.stored:
        motion = regenerate(reactions.scene, stored, reactions.contexts).motion
        save_motion(reactions.path(stored), motion, np.ones(len(motion), bool))


def neighbours_of(scenes: Mapping[str, Scene], felt: Mapping[str, NDArray[np.float32]]) -> dict[str, tuple[str, ...]]:
    """For each clip of a split, the other clips whose recorded reaction is right here too (REACT's neighbour matrix).

    Parameters
    ----------
    scenes : mapping of str to Scene
    felt : mapping of str to ndarray of shape (T, 3), float32
        Valence, arousal and dominance of each clip's user at 25 fps.
    """
    clips = list(scenes)
    whole = [felt[clip][: len(felt[clip]) // EVERY * EVERY, :2] for clip in clips]
    shown = [rows.reshape(-1, EVERY, 2).mean(axis=1) for rows in whole]
    matrix = neighbour_matrix(shown, [scenes[clip].dialogue.pair for clip in clips])
    return {clip: tuple(clips[m] for m in np.flatnonzero(row)) for clip, row in zip(clips, matrix, strict=True)}

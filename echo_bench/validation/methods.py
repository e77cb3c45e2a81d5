"""Damages as methods: each strength of each damage is a row made from the truth, which runs through the usual pipeline."""

from __future__ import annotations

import zlib

import numpy as np

from echo_bench.clip import MethodView, MotionRef
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact
from echo_bench.methods.base import sample_of
from echo_bench.methods.truth import GroundTruth, ShiftedAudio, truth_of
from echo_bench.motion_io import load_motion
from echo_bench.spaces import RIG61
from echo_bench.validation.damages import MOTION, Rows, Scene

SOUND_LATE = "sound-late"
SHIFT = 8  # frames at full strength
HARMLESS = "harmless"
TINY = 0.02
"""Strength of the noise that must not count: 1 % of a column's spread."""


class DamagedMotion(GroundTruth):
    """The truth's motion, damaged.

    Parameters
    ----------
    damage : str
        Of :data:`echo_bench.validation.damages.MOTION`, or ``harmless``: noise that must not count.
    level : float
        Strength from 0 to 1.
    """

    version = "1"

    def __init__(self, damage: str, level: float) -> None:
        self.name = f"{damage}-{level:.2f}"
        self._damage = MOTION["noise" if damage == HARMLESS else damage]
        self._level = TINY * level if damage == HARMLESS else level

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One artefact, of the clip's own motion.

        Raises
        ------
        NotApplicable
            When a person's motion is not delivered in ``rig61``, or there is no other clip to borrow from.
        """
        truth = _rows(truth_of(view).motion)
        others = self.context.others(view.clip_id)
        strangers = sorted(others, key=lambda clip: clip.avatar.motion is None)
        if not strangers:
            raise NotApplicable("needs another clip with a real avatar to borrow")
        scene = Scene(
            truth=truth,
            partner=_fitted(_rows(view.user.motion), len(truth)),
            other=_fitted(_rows(strangers[0].avatar.motion), len(truth)),
            seed=zlib.crc32(view.clip_id.encode()),
        )
        return [sample_of(self, view, self._damage(scene, self._level), seed=seed)]


class DelayedSound(ShiftedAudio):
    """The truth with its own sound late, by up to 8 frames.

    Parameters
    ----------
    level : float
        Strength from 0 to 1.
    """

    version = "1"

    def __init__(self, level: float) -> None:
        self.name = f"{SOUND_LATE}-{level:.2f}"
        self.frames = round(SHIFT * level)


def _rows(ref: MotionRef | None) -> Rows:
    if ref is None or ref.space != RIG61.name:
        raise NotApplicable(f"needs delivered motion in {RIG61.name} of both people")
    return load_motion(ref)[0].astype(np.float64)


def _fitted(rows: Rows, frames: int) -> Rows:
    """Motion of so many frames: cut, or run to and fro where it is too short."""
    there_and_back = np.concatenate([rows, rows[::-1]])
    return np.asarray(np.resize(there_and_back, (frames, rows.shape[1])))

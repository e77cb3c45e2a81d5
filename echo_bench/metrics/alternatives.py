"""The other reactions to a clip, read once per process: what is right here besides the recorded reaction, and what is wrong.

The recorded reaction is never among them, so the ground-truth row is scored like any other. One reaction that equals the one that is
scored is left out of its set: an alternative is then scored against the others.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.rig_affect import displayed_affect
from echo_metrics.rig_attributes import attributes
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, MotionRef
from echo_bench.errors import NotApplicable
from echo_bench.motion_io import load_motion

Floats = NDArray[np.floating]
APPROPRIATE = "appropriate"


def right(clip: DyadicClip) -> tuple[MotionRef, ...]:
    """The reactions that are as right as the recorded one.

    Raises
    ------
    NotApplicable
        When the dataset knows none.
    """
    found = tuple(other.motion for other in clip.alternatives if other.label == APPROPRIATE)
    if not found:
        raise NotApplicable("needs other reactions that are right here, and the dataset knows none for this clip")
    return found


def wrong(clip: DyadicClip) -> tuple[MotionRef, ...]:
    """The reactions that are wrong, in whatever way.

    Raises
    ------
    NotApplicable
        When the dataset knows none.
    """
    found = tuple(other.motion for other in clip.alternatives if other.label != APPROPRIATE)
    if not found:
        raise NotApplicable("needs reactions that are wrong here, and the dataset knows none for this clip")
    return found


@lru_cache(maxsize=4096)
def affect_of(ref: MotionRef) -> Floats:
    """Valence and arousal (T, 2) at 5 Hz of a reaction."""
    return displayed_affect(*load_motion(ref))


@lru_cache(maxsize=1024)
def attributes_of(ref: MotionRef) -> Floats:
    """The attributes (T, 16) at 25 fps of a reaction, float32 to keep many of them."""
    return attributes(*load_motion(ref)).astype(np.float32)


def others(own: Floats, candidates: list[Floats]) -> Floats:
    """The candidates (K, T, D) without one that equals `own` (T, D), all cut to the shortest; T is at most that of `own`.

    Raises
    ------
    MetricInputError
        When none is left.
    """
    frames = min(len(own), *(len(each) for each in candidates))
    cut = np.stack([each[:frames] for each in candidates])
    itself = np.flatnonzero((cut == own[:frames]).all(axis=(1, 2)))[:1]
    if len(itself) == len(cut):
        raise MetricInputError("this reaction is the only right one that is known: nothing is left to compare it with")
    return np.delete(cut, itself, axis=0)

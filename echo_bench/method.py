"""What a method is, what it returns, and what it is given to work with.

A method turns a :class:`~echo_bench.clip.MethodView` into one or more artefacts: a video, or motion in a named space.
It never sees the avatar's real video or motion, unless it declares ``uses_truth``; such rows are yardsticks and are not ranked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, DyadicClip, ImageRef, MethodView, MotionRef, Track, VideoRef


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a method declares about itself.

    Attributes
    ----------
    output : {"video", "motion"}
    uses_truth : bool
        It reads the avatar's real track. Such a row is a yardstick: shown, never ranked.
    stochastic : bool
        Different seeds give different artefacts; it can return several samples per clip.
    causal : bool
        Frame t depends on inputs up to t + `lookahead` only. Claimed causality is tested.
    lookahead : float
        Seconds.
    halves : bool
        Its clips are split into two halves that metrics of two sets compare with each other; other metrics are skipped.
    partial_length : bool
        Its artefacts may be shorter than the clip and are compared on the common part, with a warning; those of other
        methods end as FAILED.
    """

    output: Literal["video", "motion"]
    uses_truth: bool = False
    stochastic: bool = False
    causal: bool = False
    lookahead: float = 0.0
    halves: bool = False
    partial_length: bool = False


@dataclass(frozen=True, slots=True)
class Artefact:
    """One output of one method for one clip.

    Attributes
    ----------
    clip_id, method : str
    sample : int
        Which of the K reactions, from 0.
    seed : int
        The seed that made it.
    video : VideoRef or None
    audio : AudioRef or None
        What the avatar is heard saying in it.
    motion : MotionRef or None
    """

    clip_id: str
    method: str
    sample: int
    seed: int
    video: VideoRef | None = None
    audio: AudioRef | None = None
    motion: MotionRef | None = None


class MethodContext(Protocol):
    """What the harness lends a method at set-up."""

    device: str

    def workdir(self, clip_id: str) -> Path:
        """A folder to write this clip's artefacts to."""
        ...

    def pool(self, clip_id: str) -> Sequence[DyadicClip]:
        """Clips to learn or draw from: the train split or, where there is none, every other clip of this split."""
        ...

    def others(self, clip_id: str) -> Sequence[DyadicClip]:
        """Every other clip of this split in manifest order, starting after this clip and wrapping round."""
        ...

    def motion(self, track: Track) -> MotionRef:
        """The motion of a track: as delivered, or else measured from its video by the face tracker (cached).

        Raises
        ------
        NotApplicable
            When the track has neither.
        """
        ...

    def look(self, image: ImageRef) -> NDArray[np.float32]:
        """The posture (61,) in ``rig61`` of the face in a still, measured by the face tracker.

        Raises
        ------
        NotApplicable
            When no face is found.
        UnavailableError
            When the tracker's weights are not here.
        """
        ...


class Method(Protocol):
    """A generator of avatars."""

    name: str
    version: str
    capabilities: Capabilities

    def setup(self, context: MethodContext) -> None:
        """Load what is needed once; called before the first clip, in each process that generates."""
        ...

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """The artefacts of one clip: `samples` of them if the method is stochastic, else one.

        Raises
        ------
        NotApplicable
            When the method has nothing to say about this clip.
        """
        ...

"""Damages to pictures as methods: the truth's own frames blurred, coded or out of order, or another face in their place."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import MethodView, VideoRef
from echo_bench.errors import NotApplicable
from echo_bench.media.decode import frame_count, frames
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact
from echo_bench.methods.truth import GroundTruth, truth_of
from echo_bench.motion_io import load_motion
from echo_bench.validation.damages import MOTION, Scene
from echo_bench.validation.stretches import draw

Frame = NDArray[np.uint8]
BLUR = 0.02  # standard deviation in heights of the picture
GRAIN = 25.0  # standard deviation in grey levels
CRF, COARSEST = 18, 48
"""What every row is encoded with, and the coarsest of the coded ones."""


def blur(frame: Frame, level: float, _rng: np.random.Generator) -> Frame:
    """Gaussian blur of up to 2 % of the picture's height."""
    from scipy.ndimage import gaussian_filter

    radius = BLUR * level * frame.shape[0]
    blurred: Frame = gaussian_filter(frame, (radius, radius, 0))
    return blurred


def grain(frame: Frame, level: float, rng: np.random.Generator) -> Frame:
    """White noise of up to 25 grey levels on every pixel."""
    noisy = frame + GRAIN * level * rng.standard_normal(frame.shape, np.float32)
    return noisy.round().clip(0, 255).astype(np.uint8)


LOOKS: Mapping[str, Callable[[Frame, float, np.random.Generator], Frame]] = MappingProxyType(
    {"blur": blur, "grain": grain}
)
"""Damages to every frame on its own."""
ORDERS = ("freeze", "drop", "jitter", "reverse", "late", "shuffle")
"""Damages to motion that only choose frames: they can be done to footage, where nobody's motion is known."""
CODED, FACE = "h264", "another-face"


class _Filmed(GroundTruth, ABC):
    """A row that shows frames of its own making with the truth's sound."""

    version = "1"
    crf = CRF

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One video.

        Raises
        ------
        NotApplicable
            When the clip has no real video, or what the damage needs beside it.
        """
        truth = truth_of(view)
        if truth.video is None:
            raise NotApplicable("needs the avatar's real video, and this clip has none")
        path = self.context.workdir(view.clip_id) / f"{view.clip_id}.s00.mp4"
        write_video(path, self.shown(view, truth.video), fps=view.fps, crf=self.crf)
        return [Artefact(view.clip_id, self.name, 0, seed, VideoRef(path, file_sha256(path)), truth.audio)]

    @abstractmethod
    def shown(self, view: MethodView, truth: VideoRef) -> Iterator[Frame]:
        """The frames of a row."""


class Looks(_Filmed):
    """Every frame of the truth, damaged.

    Parameters
    ----------
    damage : str
        Of `LOOKS`.
    level : float
        Strength from 0 to 1.
    name : str
        Of the row.
    """

    def __init__(self, damage: str, level: float, name: str) -> None:
        self.name = name
        self._look, self._level = LOOKS[damage], level

    def shown(self, view: MethodView, truth: VideoRef) -> Iterator[Frame]:
        """Damaged frames."""
        rng = np.random.default_rng(zlib.crc32(view.clip_id.encode()))
        return (self._look(frame, self._level, rng) for frame in frames(truth, fps=view.fps))


class Coded(_Filmed):
    """The truth through a coarser codec.

    Parameters
    ----------
    level : float
        Strength from 0 to 1.
    """

    def __init__(self, level: float) -> None:
        self.name = f"{CODED}-{level:.2f}"
        self.crf = round(CRF + level * (COARSEST - CRF))

    def shown(self, view: MethodView, truth: VideoRef) -> Iterator[Frame]:
        """The truth's frames."""
        return frames(truth, fps=view.fps)


class Reordered(_Filmed):
    """The truth's frames in another order, or another clip's in their place.

    Parameters
    ----------
    damage : str
        Of `ORDERS`.
    level : float
        Strength from 0 to 1.
    """

    def __init__(self, damage: str, level: float) -> None:
        self.name = f"{damage}-{level:.2f}"
        self._damage, self._level = damage, level

    def shown(self, view: MethodView, truth: VideoRef) -> Iterator[Frame]:
        """Frames of the truth, and with ``shuffle`` of another clip."""
        own = list(frames(truth, fps=view.fps))
        strange = self._strange(view, own) if self._damage == "shuffle" else []
        rows = np.arange(len(own), dtype=np.float64)[:, None]
        scene = Scene(rows, rows, len(own) + rows, zlib.crc32(view.clip_id.encode()))
        order = MOTION[self._damage](scene, self._level)[:, 0].round().astype(int)
        return ((own + strange)[k] for k in order)

    def _strange(self, view: MethodView, own: list[Frame]) -> list[Frame]:
        """Frames of the next clip that is long enough and of this size."""
        for clip in self.context.others(view.clip_id):
            video = clip.avatar.video
            if video is None or frame_count(video, view.fps) < len(own):
                continue
            taken = list(frames(video, fps=view.fps, limit=len(own)))
            if taken[0].shape == own[0].shape:
                return taken
        raise NotApplicable("needs another clip of this length and size to borrow from")


class AnotherFace(_Filmed):
    """The truth's motion, whose last part another person's face makes.

    Parameters
    ----------
    level : float
        Share of the clip that shows the other face.
    strangers : mapping of str to str
        Clip -> somebody of dyad-mini who is not its avatar.
    """

    def __init__(self, level: float, strangers: Mapping[str, str]) -> None:
        self.name = f"{FACE}-{level:.2f}"
        self._level, self._strangers = level, strangers

    def shown(self, view: MethodView, truth: VideoRef) -> Iterator[Frame]:
        """Frames of the truth, then of the stranger."""
        motion = truth_of(view).motion
        if motion is None:
            raise NotApplicable("needs delivered motion")
        rows, _ = load_motion(motion)
        first = round((1 - self._level) * len(rows))
        return chain(islice(frames(truth, fps=view.fps), first), draw(self._strangers[view.clip_id], rows[first:]))

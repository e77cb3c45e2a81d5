"""Audio-visual offset without a net: lip opening against the energy of the avatar's own speech.

The correlation curves of all clips are added before the peak is taken, so that clips too short to tell by themselves still count.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from echo_metrics.errors import MetricWarning
from echo_metrics.lipsync import landmark_offset
from numpy.typing import NDArray

from echo_bench.faces.lips import lip_opening
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.spaces import RIG61

MAX_OFFSET = 15
LIPS = [RIG61.columns.index("jawOpen"), RIG61.columns.index("mouthClose")]
Opening = NDArray[np.float64]
Known = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Curve:
    """Summed correlation per offset, from -15 to 15 frames."""

    total: NDArray[np.float64]


class AvOffset:
    """The offset at which lips and speech agree best over all clips.

    Parameters
    ----------
    info : MetricInfo
    lips : callable
        Opening (T,) of the lips of an artefact at 25 fps, and the frames (T,) in which it is known.
    voice : callable
        The envelope (T',) of its sound at the times of those frames.
    """

    def __init__(
        self,
        info: MetricInfo,
        lips: Callable[[ClipFeatures], tuple[Opening, Known]],
        voice: Callable[[ClipFeatures], Opening],
    ) -> None:
        self.info = info
        self._lips = lips
        self._voice = voice

    def clip(self, samples: Sequence[ClipFeatures]) -> Curve:
        """The mean curve of the K artefacts of one clip."""
        return Curve(np.mean([self._curve(sample) for sample in samples], axis=0))

    def merge(self, a: Curve, b: Curve) -> Curve:
        """Curves add."""
        return Curve(a.total + b.total)

    def finalize(self, stat: Curve) -> float:
        """The offset of the peak, in frames."""
        return float(stat.total.argmax()) - MAX_OFFSET

    def _curve(self, features: ClipFeatures) -> Opening:
        (opening, known), envelope = self._lips(features), self._voice(features)
        frames = min(len(opening), len(envelope))
        opening, known = opening[:frames], known[:frames]
        if known.any() and np.ptp(opening[known]) == 0:
            warnings.warn("lips that never move agree at no offset and read as -15", MetricWarning, stacklevel=2)
            return np.zeros(2 * MAX_OFFSET + 1)
        return landmark_offset(opening, envelope[:frames], max_offset=MAX_OFFSET, valid=known).curve


def _landmarks(features: ClipFeatures) -> tuple[Opening, Known]:
    face = features["pred:face"]
    return lip_opening(face["landmarks"]), face["detected"]


def _coefficients(features: ClipFeatures) -> tuple[Opening, Known]:
    motion = features["pred:native"]
    return np.subtract(*motion["motion"][:, LIPS].astype(np.float64).T), motion["valid"]


def _at_frames(features: ClipFeatures) -> Opening:
    """The envelope at the time stamps of the frames."""
    return features["pred:speech"]["envelope"].astype(np.float64)


def _within_frames(features: ClipFeatures) -> Opening:
    """The envelope in the middle of each frame's 40 ms, where rows of motion are sampled."""
    envelope = _at_frames(features)
    return np.asarray((envelope[:-1] + envelope[1:]) / 2)


def _info(id_: str, feature: str, lips: str, voice: str) -> MetricInfo:
    return MetricInfo(
        id=id_,
        title="Offset of the avatar's own speech to its lips; negative where the sound comes late",
        unit="frames at 25 fps",
        direction=Direction.TARGET,
        target=0.0,
        requires=(feature, "pred:speech"),
        range=(-MAX_OFFSET, MAX_OFFSET),
        role="speaking",
        aggregation="set",
        signature=(("search", f"{MAX_OFFSET}"), ("fps", "25"), ("pooling", "curves"), ("lips", lips), ("voice", voice)),
    )


AV_OFFSET = AvOffset(_info("av_offset@eb1-landmark", "pred:face", "landmarks", "at frames"), _landmarks, _at_frames)
NATIVE_AV_OFFSET = AvOffset(
    _info("av_offset@eb1-native", "pred:native", "jawOpen-mouthClose", "within frames"), _coefficients, _within_frames
)

"""Audio-visual offset without a net: lip opening against the energy of the avatar's own speech.

The correlation curves of all clips are added before the peak is taken, so that clips too short to tell by themselves still count.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from echo_metrics.lipsync import landmark_offset
from numpy.typing import NDArray

from echo_bench.faces.lips import lip_opening
from echo_bench.metric import ClipFeatures, Direction, MetricInfo

MAX_OFFSET = 15


@dataclass(frozen=True, slots=True)
class Curve:
    """Summed correlation per offset, from -15 to 15 frames."""

    total: NDArray[np.float64]


class AvOffset:
    """The offset at which lips and speech agree best over all clips."""

    info = MetricInfo(
        id="av_offset@eb1-landmark",
        title="Offset of the avatar's own speech to its lips; negative where the sound comes late",
        unit="frames at 25 fps",
        direction=Direction.TARGET,
        target=0.0,
        requires=("pred:face", "pred:speech"),
        range=(-MAX_OFFSET, MAX_OFFSET),
        role="speaking",
        aggregation="set",
        signature=(("search", f"{MAX_OFFSET}"), ("fps", "25"), ("pooling", "curves")),
    )

    def clip(self, samples: Sequence[ClipFeatures]) -> Curve:
        """The mean curve of the K artefacts of one clip."""
        return Curve(np.mean([self._curve(sample) for sample in samples], axis=0))

    def merge(self, a: Curve, b: Curve) -> Curve:
        """Curves add."""
        return Curve(a.total + b.total)

    def finalize(self, stat: Curve) -> float:
        """The offset of the peak, in frames."""
        return float(stat.total.argmax()) - MAX_OFFSET

    def _curve(self, features: ClipFeatures) -> NDArray[np.float64]:
        face, envelope = features["pred:face"], features["pred:speech"]["envelope"]
        frames = min(len(face["landmarks"]), len(envelope))
        return landmark_offset(
            lip_opening(face["landmarks"][:frames]),
            envelope[:frames].astype(np.float64),
            max_offset=MAX_OFFSET,
            valid=face["detected"][:frames],
        ).curve


AV_OFFSET = AvOffset()

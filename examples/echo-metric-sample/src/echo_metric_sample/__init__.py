"""`head_travel@sample-native`: how far the head turns in all, against how far the truth's does."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from echo_metrics.errors import MetricInputError

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanOverClips, MeanStat

ROTATION = slice(52, 55)
"""Pitch, yaw and roll in `rig61`, radians."""


class HeadTravel(MeanOverClips):
    """Absolute difference of the mean angular speed of the head, in rad/s, mean over clips."""

    info = MetricInfo(
        id="head_travel@sample-native",
        title="Difference of the head's mean angular speed from the truth's",
        unit="rad/s",
        direction=Direction.LOWER,
        requires=("pred:native", "truth:native"),
        range=(0.0, None),
    )

    def clip(self, samples: Sequence[ClipFeatures]) -> MeanStat:
        """The mean over the K artefacts of one clip."""
        return MeanStat(1, float(np.mean([self._difference(sample) for sample in samples])))

    def _difference(self, sample: ClipFeatures) -> float:
        pred, truth = (self._speed(sample, side) for side in ("pred", "truth"))
        return abs(pred - truth)

    def _speed(self, sample: ClipFeatures, side: str) -> float:
        arrays = sample[f"{side}:native"]
        known = arrays["valid"][1:] & arrays["valid"][:-1]
        turns = np.diff(arrays["motion"][:, ROTATION].astype(np.float64), axis=0)[known]
        if not len(turns) or not np.isfinite(turns).all():
            raise MetricInputError(f"the {side}'s head has no two frames in a row that hold numbers")
        return float(np.linalg.norm(turns, axis=1).mean() * sample.clip.fps)


HEAD_TRAVEL = HeadTravel()

"""Motion-space metrics of all clips together: Fréchet distance and Shannon index over the pooled frames of a split.

Either side may be missing from a clip: the halves of the truth are compared so, one half's frames against the other's.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import Moments, frechet_distance
from echo_metrics.shannon import shannon_index
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.frames import part

Rows = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TwoSamples:
    """Frames of predictions and of truths, one array per clip, in manifest order."""

    pred: tuple[Rows, ...]
    truth: tuple[Rows, ...]


class _SetMetric:
    def __init__(self, info: MetricInfo, name: str) -> None:
        self.info = info
        self._name = name

    def clip(self, samples: Sequence[ClipFeatures]) -> TwoSamples:
        """The frames of one clip; the K artefacts of a clip all count, its truth once."""
        pred = tuple(part(s, ("pred",), self._name)[0] for s in samples if "pred:motion" in s.arrays)
        truth = tuple(part(s, ("truth",), self._name)[0] for s in samples[:1] if "truth:motion" in s.arrays)
        return TwoSamples(pred, truth)

    def merge(self, a: TwoSamples, b: TwoSamples) -> TwoSamples:
        """Frames of both, in order."""
        return TwoSamples(a.pred + b.pred, a.truth + b.truth)


class PooledFrechet(_SetMetric):
    """FD between all frames of all predictions and all frames of all truths."""

    def finalize(self, stat: TwoSamples) -> float:
        """The distance.

        Raises
        ------
        MetricInputError
            When one side has no frame.
        """
        require(stat)
        return frechet_distance(_moments(stat.truth), _moments(stat.pred))


class ShannonIndex(_SetMetric):
    """SID: entropy of the predictions' frames over a k-means codebook of the truth's.

    Parameters
    ----------
    info : MetricInfo
    name : str
        Part of ``rig61``.
    clusters : int
        K of the codebook.
    """

    def __init__(self, info: MetricInfo, name: str, clusters: int) -> None:
        super().__init__(info, name)
        self._clusters = clusters

    def finalize(self, stat: TwoSamples) -> float:
        """The entropy in bits.

        Raises
        ------
        MetricInputError
            When one side has no frame, or the truth fewer frames than clusters.
        """
        require(stat)
        return shannon_index(list(stat.truth), list(stat.pred), self._clusters, pooling="corpus")


def require(stat: TwoSamples) -> None:
    """Refuse a comparison with an empty side.

    Raises
    ------
    MetricInputError
    """
    for side, rows in (("prediction", stat.pred), ("truth", stat.truth)):
        if not rows:
            raise MetricInputError(f"no frame of {side} in these clips: at least one clip of each side is needed")


def _moments(arrays: tuple[Rows, ...]) -> Moments:
    return Moments.from_features(np.concatenate(arrays))


def _info(
    id_: str, title: str, direction: Direction, unit: str, range_: tuple[float, float | None], **signature: str
) -> MetricInfo:
    name = id_.partition("@")[0].rpartition("_")[2]
    return MetricInfo(
        id=id_,
        title=title.format({"exp": "expression", "pose": "head pose"}[name]),
        unit=unit,
        direction=direction,
        target="truth" if direction is Direction.TARGET else None,
        requires=("pred:motion", "truth:motion"),
        range=range_,
        aggregation="set",
        signature=(("space", "rig61"), ("part", name), ("pooling", "corpus"), ("fps", "25"), *signature.items()),
    )


def _frechet(id_: str, name: str) -> PooledFrechet:
    title = "Fréchet distance of {} over the pooled frames of the split"
    return PooledFrechet(_info(id_, title, Direction.LOWER, "", (0.0, None), ddof="1"), name)


def _shannon(id_: str, name: str, clusters: int) -> ShannonIndex:
    title = "Shannon index of {}: bits of a k-means codebook of the truth that are used; good is what the truth has"
    # The official epsilon inside the logarithm takes a constant prediction just below 0.
    bits = (-2e-6, math.log2(clusters))
    return ShannonIndex(_info(id_, title, Direction.TARGET, "bit", bits, K=str(clusters)), name, clusters)


FD_EXP = _frechet("fd_exp@eb1-tracker", "exp")
FD_POSE = _frechet("fd_pose@eb1-tracker", "pose")
SID_EXP = _shannon("sid_exp@dim-tracker", "exp", 40)
SID_POSE = _shannon("sid_pose@dim-tracker", "pose", 20)

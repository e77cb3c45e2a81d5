"""Motion-space metrics of all clips together: Fréchet distance and Shannon index over the pooled frames of a split."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
from echo_metrics.frechet import frechet_distance
from echo_metrics.shannon import shannon_index

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.codebooks import words_of
from echo_bench.metrics.frames import Rows, motion_of, part
from echo_bench.metrics.two_samples import TwoSampleMetric, TwoSamples


def _rows(name: str, feature: str, features: ClipFeatures, side: str) -> Rows:
    return part(features, (side,), name, feature)[0]


def _distance(stat: TwoSamples) -> float:
    truth, pred = (np.concatenate(rows).astype(np.float64) for rows in (stat.truth, stat.pred))
    return frechet_distance(truth, pred)  # of rows: a face that is held leaves only rounding in its moments


def _entropy(clusters: int, stat: TwoSamples) -> float:
    return shannon_index(list(stat.truth), list(stat.pred), clusters, pooling="corpus", fit=words_of)


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
        requires=tuple(f"{side}:{motion_of(id_)}" for side in ("pred", "truth")),
        range=range_,
        aggregation="set",
        signature=(("space", "rig61"), ("part", name), ("pooling", "corpus"), ("fps", "25"), *signature.items()),
    )


def _frechet(id_: str, name: str) -> TwoSampleMetric:
    title = "Fréchet distance of {} over the pooled frames of the split"
    info = _info(id_, title, Direction.LOWER, "", (0.0, None), ddof="1")
    return TwoSampleMetric(info, partial(_rows, name, motion_of(id_)), _distance)


def _shannon(id_: str, name: str, clusters: int) -> TwoSampleMetric:
    title = "Shannon index of {}: bits of a k-means codebook of the truth that are used; good is what the truth has"
    # The official epsilon inside the logarithm takes a constant prediction just below 0.
    bits = (-2e-6, math.log2(clusters))
    info = _info(id_, title, Direction.TARGET, "bit", bits, K=str(clusters))
    return TwoSampleMetric(info, partial(_rows, name, motion_of(id_)), partial(_entropy, clusters))


FD_EXP = _frechet("fd_exp@eb1-tracker", "exp")
FD_POSE = _frechet("fd_pose@eb1-tracker", "pose")
SID_EXP = _shannon("sid_exp@dim-tracker", "exp", 40)
SID_POSE = _shannon("sid_pose@dim-tracker", "pose", 20)

RIGNET_FD_EXP = _frechet("fd_exp@eb1-rignet", "exp")
RIGNET_FD_POSE = _frechet("fd_pose@eb1-rignet", "pose")
RIGNET_SID_EXP = _shannon("sid_exp@dim-rignet", "exp", 40)
RIGNET_SID_POSE = _shannon("sid_pose@dim-rignet", "pose", 20)

NATIVE_FD_EXP = _frechet("fd_exp@eb1-native", "exp")
NATIVE_FD_POSE = _frechet("fd_pose@eb1-native", "pose")
NATIVE_SID_EXP = _shannon("sid_exp@dim-native", "exp", 40)
NATIVE_SID_POSE = _shannon("sid_pose@dim-native", "pose", 20)

"""Lips against the real ones on delivered motion: ARKit coefficients, on the frames in which the avatar speaks (protocol ``eb1``)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.lips import fdd_bs52, lve_bs52, mod_bs52
from numpy.typing import ArrayLike

from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import MIN_FRAMES
from echo_bench.metrics.listening import speaks
from echo_bench.spaces import RIG61

Distance = Callable[[Sequence[ArrayLike], Sequence[ArrayLike]], float]


def _value(distance: Distance, features: ClipFeatures) -> float:
    pred, truth = features["pred:native"], features["truth:native"]
    frames = min(len(pred["motion"]), len(truth["motion"]))
    spoken = speaks(features.clip, (np.arange(frames) + 0.5) / RIG61.fps)
    keep = spoken & pred["valid"][:frames] & truth["valid"][:frames]
    if keep.sum() < MIN_FRAMES:
        raise MetricInputError(f"both faces are there in {int(keep.sum())} frames of speech; {MIN_FRAMES} are needed")
    real, made = (rows["motion"][:frames][keep][:, RIG61.parts["exp"]] for rows in (truth, pred))
    return distance([real], [made])


def _metric(name: str, title: str, distance: Distance, direction: Direction = Direction.LOWER) -> MeanMetric:
    info = MetricInfo(
        id=f"{name}@eb1-native",
        title=title,
        unit="",
        direction=direction,
        target=0.0 if direction is Direction.TARGET else None,
        requires=("pred:native", "truth:native"),
        range=(None if direction is Direction.TARGET else 0.0, None),
        role="speaking",
        signature=(("space", "rig61"), ("frames", "speaking"), ("pooling", "clip"), ("fps", "25")),
    )
    return MeanMetric(info, partial(_value, distance))


LVE = _metric("lve_exp", "Largest squared error of a mouth coefficient per spoken frame", lve_bs52)
MOD = _metric("mod_exp", "Error of how far the lips are apart, over spoken frames", mod_bs52)
FDD = _metric(
    "fdd_exp", "Liveliness of brows and eyes while speaking less the truth's; good is 0", fdd_bs52, Direction.TARGET
)

"""Descriptions of behaviour: right is what the truth does, so without truth they are shown and never ranked."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from echo_metrics.crosscorrelation import lagged_pearson
from echo_metrics.detection import detect_blinks
from echo_metrics.errors import MetricInputError
from echo_metrics.smoothness import jerk

from echo_bench.faces.smooth import runs
from echo_bench.metric import ClipFeatures, Direction, MetricInfo
from echo_bench.metrics.base import MeanMetric
from echo_bench.metrics.frames import MIN_FRAMES, timed
from echo_bench.spaces import RIG61

FPS = 25.0
MAX_LAG = 50
JERK_FRAMES = 4
BLINKS = [RIG61.columns.index("eyeBlinkLeft"), RIG61.columns.index("eyeBlinkRight")]


def _blink_rate(features: ClipFeatures) -> float:
    motion, valid = features["pred:motion"]["motion"], features["pred:motion"]["valid"]
    if valid.sum() < MIN_FRAMES:
        raise MetricInputError(f"a face was found in {int(valid.sum())} frames; {MIN_FRAMES} are needed")
    closure = np.clip(np.where(valid, motion[:, BLINKS].mean(axis=1), 0.0), 0.0, 1.0)
    return len(detect_blinks(closure, FPS)) / (float(valid.sum()) / FPS / 60)


def _jerk_pose(features: ClipFeatures) -> float:
    (pose,), valid = timed(features, ("pred",), "pose")
    unbroken = [slice(start, stop) for start, stop in runs(valid) if stop - start >= JERK_FRAMES]
    if not unbroken:
        raise MetricInputError(
            f"the face is never found in {JERK_FRAMES} frames on end, which a jerk needs. Does the video show it?"
        )
    return jerk([pose[run, :3] for run in unbroken], FPS)


def _user_lag_corr(features: ClipFeatures) -> float:
    (pred, user), valid = timed(features, ("pred", "user"), "exp")
    lag = min(MAX_LAG, int(valid.sum()) // 2 - 2)
    # A channel that does not move follows nobody: 0, as in REACT. Left out, it would let a still face win by its one twitch.
    curve = np.nan_to_num(lagged_pearson(pred, user, lag, valid))
    return float(np.abs(curve.mean(axis=1)).max())


def _track_coverage(features: ClipFeatures) -> float:
    return float(features["pred:face"]["detected"].mean())


def _faces(features: ClipFeatures) -> float:
    return float(features["pred:face"]["faces"].mean())


def _metric(
    id_: str,
    title: str,
    unit: str,
    value: Callable[[ClipFeatures], float],
    *requires: str,
    direction: Direction = Direction.TARGET,
    high: float | None = None,
) -> MeanMetric:
    return MeanMetric(
        MetricInfo(
            id=id_,
            title=title,
            unit=unit,
            direction=direction,
            target="truth" if direction is Direction.TARGET else None,
            requires=requires,
            range=(0.0, high),
            signature=(("fps", "25"),),
        ),
        value,
    )


BLINK_RATE = _metric(
    "blink_rate@eb1-tracker", "Blinks per minute; good is what the truth has", "1/min", _blink_rate, "pred:motion"
)
JERK_POSE = _metric(
    "jerk_pose@eb1-tracker",
    "Mean absolute jerk of head rotation; good is what the truth has",
    "rad/s^3",
    _jerk_pose,
    "pred:motion",
)
USER_LAG_CORR = _metric(
    "user_lag_corr@eb1-tracker",
    "Highest absolute correlation of expression with the user within 2 s; good is what the truth has",
    "",
    _user_lag_corr,
    "pred:motion",
    "user:motion",
    high=1.0,
)
TRACK_COVERAGE = _metric(
    "track_coverage@tracker", "Share of frames in which the face is found", "", _track_coverage, "pred:face",
    direction=Direction.NONE, high=1.0,
)  # fmt: skip
FACES = _metric(
    "faces@tracker", "Faces seen per frame; one person is one face", "", _faces, "pred:face", direction=Direction.NONE
)  # fmt: skip

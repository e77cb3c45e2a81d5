"""A face that is lost for a while leaves a gap in time: what takes differences or lags must not close it."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.motion import lagged_residual_pearson

from echo_bench.clip import DyadicClip, Track
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.spaces import RIG61

FRAMES, DELAY = 500, 20
CLIP = DyadicClip("c", "toy", 25.0, FRAMES / 25, Track(), Track())
GAPS = np.ones(FRAMES, bool)
for start in (50, 150, 250, 350, 430):
    GAPS[start : start + 25] = False
SEEN = np.ones(FRAMES, bool)


def waves(seed: int) -> np.ndarray:
    """Smooth noise in all columns of ``rig61``."""
    noise = np.random.default_rng(seed).normal(size=(FRAMES + 14, 61))
    return np.apply_along_axis(np.convolve, 0, noise, np.hanning(15) / 7, "valid")


def follower(seed: int) -> np.ndarray:
    return 0.8 * np.roll(waves(0), DELAY, axis=0) + 0.4 * waves(seed)


def features(pred: np.ndarray, valid: np.ndarray) -> ClipFeatures:
    """NaN where the face is lost, as rignet leaves it."""
    lost = np.where(valid[:, None], pred, np.nan).astype(np.float32)
    tracks = {"pred": (lost, valid), "truth": (follower(1).astype(np.float32), SEEN), "user": (waves(0), SEEN)}
    arrays = {side: {"motion": motion, "valid": mask} for side, (motion, mask) in tracks.items()}
    return ClipFeatures(CLIP, {f"{side}:{name}": arrays[side] for side in arrays for name in ("motion", "rignet")})


def value(name: str, pred: np.ndarray, valid: np.ndarray) -> float:
    metric = METRICS.get(name)
    return metric.finalize(metric.clip([features(pred, valid)]))


@pytest.mark.parametrize("name", ["frvar", "frsyn"])
def test_a_lost_frame_does_not_fail_a_reaction(name):
    """frcorr and frdist read the same attributes."""
    name = f"{name}@react24-nan-aware-rignet"
    assert value(name, follower(2), np.arange(FRAMES) != 120) == pytest.approx(value(name, follower(2), SEEN), rel=0.01)


def turning_head() -> np.ndarray:
    motion = np.zeros((FRAMES, 61))
    motion[:, RIG61.parts["pose"]] = 0.3 * np.sin(2 * np.pi * 0.2 * np.arange(FRAMES) / 25)[:, None]
    return motion


def test_a_gap_is_no_jerk():
    seen, gaps = (value("jerk_pose@eb1-tracker", turning_head(), valid) for valid in (SEEN, GAPS))
    assert gaps == pytest.approx(seen, rel=0.1)


def test_a_face_seen_in_shreds_has_no_jerk():
    with pytest.raises(MetricInputError, match="4 frames on end"):
        value("jerk_pose@eb1-tracker", turning_head(), np.arange(FRAMES) % 4 > 0)


@pytest.mark.parametrize(("name", "within"), [("user_lag_corr@eb1-tracker", 0.02), ("rpcc_exp@eb1-rignet", 0.02)])
def test_gaps_do_not_change_whom_a_face_follows(name, within):
    assert value(name, follower(2), GAPS) == pytest.approx(value(name, follower(2), SEEN), abs=within)


def test_lags_are_between_frames_that_were_seen():
    """Nothing is read of the others, whatever stands in their place."""
    columns = RIG61.parts["exp"]
    truth, pred, user = ([side[:, columns].astype(np.float64)] for side in (follower(1), follower(2), waves(0)))
    expected = lagged_residual_pearson(truth, pred, user, valid=[GAPS])
    assert value("rpcc_exp@eb1-rignet", follower(2), GAPS) == pytest.approx(expected, rel=1e-5)

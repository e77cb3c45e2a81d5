"""The metric keeps the contract, sees what it is for, and stays what it was."""

import numpy as np
import pytest

from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.motion_io import load_motion
from echo_bench.testing.contract import assert_metric_contract
from echo_bench.testing.toy import toy_samples
from echo_bench.validation.damages import Scene

METRIC = METRICS.get("head_travel@sample-native")


def value(clip, motion):
    truth, valid = load_motion(clip.avatar.motion)
    rows = {"pred": motion, "truth": truth}
    features = {f"{side}:native": {"motion": each, "valid": valid} for side, each in rows.items()}
    return METRIC.finalize(METRIC.clip([ClipFeatures(clip, features)]))


def test_contract():
    kept = assert_metric_contract(METRIC, symmetric=True)
    assert set(kept.values()) == {"held"}


@pytest.mark.parametrize(("damage", "seen"), [("freeze", True), ("shrink", True), ("mouth", False), ("emotion", False)])
def test_sees_the_head_and_nothing_else(echo_toy_dyad, echo_degradations, damage, seen):
    clip = echo_toy_dyad(seconds=2)
    truth, user = (load_motion(track.motion)[0].astype(np.float64) for track in (clip.avatar, clip.user))
    damaged = echo_degradations[damage](Scene(truth, user, user), 1.0)
    assert (value(clip, damaged) > 1e-6) == seen


def test_value_stays(golden):
    stats = [METRIC.clip(samples) for samples in toy_samples(METRIC.info.requires)(0.5)]
    golden(METRIC.finalize(stats[0]), rel=1e-3)

"""Ids of delivered motion: the same formulas as the measured ones, on another feature; lips and voice from coefficients."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.lips import fdd_bs52, lve_bs52, mod_bs52

from echo_bench.clip import DyadicClip, Span, Track
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.spaces import RIG61
from tests.native import NATIVE, features_of, saved

SPOKEN = slice(25, 75)  # frames of the second second and the third
TWINS = [name for name in NATIVE if name.replace("-native", "-tracker") in METRICS and not name.startswith("av_offset")]


def moving(seed: int, frames: int = 120) -> np.ndarray:
    rng = np.random.default_rng(seed)
    rows = np.cumsum(rng.normal(0, 0.03, (frames, 61)), axis=0).astype(np.float32)
    rows[:, :52] = np.abs(rows[:, :52]).clip(0, 1)
    return rows


@pytest.fixture
def clip(tmp_path) -> DyadicClip:
    tracks = {
        side: Track(motion=saved(tmp_path / f"{side}.npz", moving(i))) for i, side in enumerate(("user", "avatar"))
    }
    return DyadicClip("a", "toy", 25.0, 4.8, **tracks, spans=(Span("avatar", 1.0, 3.0),))


def value(name: str, features: ClipFeatures) -> float:
    metric = METRICS.get(name)
    return metric.finalize(metric.clip([features]))


def test_most_ids_have_a_measured_twin():
    assert len(TWINS) == 10


@pytest.mark.parametrize("name", TWINS)
def test_equal_motion_scores_alike_measured_and_delivered(name, clip):
    """What differs between the two boards is the motion, never the formula."""
    features = features_of(clip, moving(2))
    measured = {key.replace("native", "motion"): arrays for key, arrays in features.arrays.items()}
    twin = value(name.replace("-native", "-tracker"), ClipFeatures(clip, measured))
    assert value(name, features) == twin
    assert METRICS.get(name).info.direction is METRICS.get(name.replace("-native", "-tracker")).info.direction


@pytest.mark.parametrize("name", [name for name in NATIVE if name.startswith("fd_")])
def test_a_face_that_is_held_has_a_distance(name, clip):
    """Its covariance is 0: the distance is that of the means and the truth's own spread."""
    held = np.tile(moving(4)[7], (120, 1))
    columns = RIG61.parts[name.partition("@")[0].removeprefix("fd_")]
    truth, face = moving(1)[:, columns].astype(float), held[0, columns].astype(float)
    wanted = ((truth.mean(axis=0) - face) ** 2).sum() + truth.var(axis=0, ddof=1).sum()
    assert value(name, features_of(clip, held)) == pytest.approx(wanted, rel=1e-4)


@pytest.mark.parametrize("name", NATIVE)
def test_asks_for_delivered_motion_and_never_for_measured(name):
    sides = {requirement.partition(":")[2] for requirement in METRICS.get(name).info.requires}
    assert sides <= {"native", "speech"}
    assert "native" in sides


@pytest.mark.parametrize(
    ("name", "formula"),
    [("lve_exp@eb1-native", lve_bs52), ("mod_exp@eb1-native", mod_bs52), ("fdd_exp@eb1-native", fdd_bs52)],
)
def test_lips_are_compared_where_the_avatar_speaks(name, formula, clip):
    truth, made = moving(1)[:, :52], moving(2)[:, :52]
    assert value(name, features_of(clip, moving(2))) == pytest.approx(formula([truth[SPOKEN]], [made[SPOKEN]]))
    elsewhere = moving(2)
    elsewhere[SPOKEN.stop :] = 0
    assert value(name, features_of(clip, elsewhere)) == value(name, features_of(clip, moving(2)))


@pytest.mark.parametrize("name", ["lve_exp@eb1-native", "mod_exp@eb1-native"])
def test_lip_errors_grow_with_the_damage(name, clip):
    noise = np.random.default_rng(3).normal(size=(120, 61)).astype(np.float32)
    errors = [value(name, features_of(clip, moving(1) + level * noise)) for level in (0.0, 0.05, 0.2, 0.5)]
    assert errors[0] == 0
    assert errors == sorted(set(errors))


def test_refuses_speech_without_faces(clip):
    silent = replace(clip, spans=(Span("avatar", 1.0, 1.2),))
    with pytest.raises(MetricInputError, match="both faces are there in 5 frames of speech; 10 are needed"):
        value("lve_exp@eb1-native", features_of(silent, moving(2)))


def spoken(clip: DyadicClip, late: int, closed: float = 0.0) -> ClipFeatures:
    """Lips, sampled in the middle of frames, that open with syllables whose sound comes `late` frames later."""
    syllables = np.convolve(np.random.default_rng(0).random(200), np.ones(4) / 4, "same")
    motion = np.zeros((120, 61), np.float32)
    motion[:, RIG61.columns.index("jawOpen")] = (syllables[20:140] + syllables[21:141]) / 2 + closed
    motion[:, RIG61.columns.index("mouthClose")] = closed
    arrays = dict(features_of(clip, motion).arrays)
    return ClipFeatures(
        clip, {**arrays, "pred:speech": {"envelope": syllables[20 - late : 140 - late].astype(np.float32)}}
    )


@pytest.mark.parametrize("late", [-7, 0, 5])
def test_the_offset_of_the_voice_is_found(late, clip):
    """Negative where the sound comes late; a jaw that drops behind closed lips opens nothing."""
    assert value("av_offset@eb1-native", spoken(clip, late)) == -late
    assert value("av_offset@eb1-native", spoken(clip, late, closed=0.3)) == -late


def test_lips_that_never_move_agree_nowhere(clip):
    features = spoken(clip, 0)
    still = {"motion": np.zeros((120, 61), np.float32), "valid": np.ones(120, bool)}
    with pytest.warns(MetricWarning, match="never move"):
        assert value("av_offset@eb1-native", ClipFeatures(clip, {**features.arrays, "pred:native": still})) == -15

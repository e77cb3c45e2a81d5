"""The affect readout: formula, what it ignores, what it notices, how well it reads people whose feelings are known, refusals."""

from __future__ import annotations

import tomllib
from importlib.resources import files

import numpy as np
import pytest
from echo_metrics.correlation import concordance_correlation
from echo_metrics.errors import MetricInputError
from echo_metrics.rig_affect import COLUMNS, FEATURES, affect_features, displayed_affect, smoothed
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.spaces import RIG61
from tests.unit.simulator import content
from tests.unit.simulator.motion import row
from tools.fit_affect_readout import ridge

TABLE = tomllib.loads((files("echo_metrics") / "rig_affect.toml").read_text("utf-8"))


def held(seconds: float = 2.0, **coefficients: float) -> np.ndarray:
    """A face that holds some coefficients."""
    return np.tile(row(**coefficients), (round(25 * seconds), 1))


def random_motion(seed: int, frames: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).random((frames, 61))


def test_columns_are_those_of_the_space():
    for name, columns in COLUMNS.items():
        assert {RIG61.columns[i] for i in columns} in ({name}, {f"{name}Left", f"{name}Right"})


def test_formula_with_loops():
    motion = random_motion(0)
    wanted = np.empty((12, 2))
    for k in range(12):
        total, weight = np.zeros(2), 0.0
        for t in range(max(0, 5 * k + 2 - 7), min(60, 5 * k + 2 + 8)):
            hann = 0.5 + 0.5 * np.cos(2 * np.pi * (t - 5 * k - 2) / 16)
            value = np.array(TABLE["intercept"])
            for name, weights in TABLE["weights"].items():
                both = [motion[t, list(COLUMNS[part])].mean() for part in name.split("*")]
                value = value + np.array(weights) * (both[0] if len(both) == 1 else np.sqrt(both[0] * both[1]))
            total, weight = total + hann * value, weight + hann
        wanted[k] = total / weight
    np.testing.assert_allclose(displayed_affect(motion), wanted.clip(-1, 1), atol=1e-6)


def test_the_table_names_its_fit():
    assert tuple(TABLE["weights"]) == FEATURES
    assert set(TABLE["fit"]) == {"data", "samples", "penalty", "order", "val_r2", "val_ccc"}
    assert min(TABLE["fit"]["val_ccc"]) > 0.85
    assert np.abs(list(TABLE["weights"].values())).max() < 2.5  # what hardly ever moves decides nothing


@pytest.mark.parametrize(
    ("face", "valence", "arousal"),
    [
        ({"mouthSmile": 0.7, "cheekSquint": 0.4}, 1, 0),
        ({"mouthFrown": 0.5, "browInnerUp": 0.5}, -1, 0),
        ({"eyeWide": 0.3, "browInnerUp": 0.3, "browOuterUp": 0.2}, 0, 1),
    ],
)
def test_reads_faces_as_people_do(face, valence, arousal):
    shift = displayed_affect(held(**face))[5] - displayed_affect(held())[5]
    for moved, sign in zip(shift, (valence, arousal), strict=True):
        assert sign == 0 or sign * moved > 0.15


@given(st.integers(0, 2**16))
def test_does_not_see_blinks_words_head_or_gaze(seed):
    motion = held(mouthSmile=0.4)
    unseen = [i for i in range(61) if i not in {column for columns in COLUMNS.values() for column in columns}]
    moved = motion.copy()
    moved[:, unseen] = random_motion(seed, 50)[:, unseen]
    np.testing.assert_array_equal(displayed_affect(moved), displayed_affect(motion))


@given(st.integers(0, 2**16))
def test_mirrored_faces_show_the_same(seed):
    motion = random_motion(seed)
    mirrored = motion.copy()
    for left, name in enumerate(RIG61.columns):
        if name.endswith("Left") and name.replace("Left", "Right") in RIG61.columns:
            right = RIG61.columns.index(name.replace("Left", "Right"))
            mirrored[:, [left, right]] = motion[:, [right, left]]
    np.testing.assert_allclose(displayed_affect(mirrored), displayed_affect(motion), atol=2e-6)


def test_a_still_face_is_exactly_still():
    assert np.ptp(displayed_affect(held(5.0, mouthSmile=0.3, browInnerUp=0.1)), axis=0).tolist() == [0, 0]


def test_bridges_short_losses_and_no_longer_ones():
    motion, valid = held(3.0, mouthSmile=0.5), np.ones(75, bool)
    valid[30:36] = False
    motion[30:36] = np.nan
    np.testing.assert_allclose(displayed_affect(motion, valid), displayed_affect(held(3.0, mouthSmile=0.5)), atol=1e-6)
    valid[30:50] = False
    with pytest.raises(MetricInputError, match=r"no face for more than 0\.6 s around"):
        displayed_affect(motion, valid)


@pytest.mark.parametrize("clip", ["test-comfort-01", "test-pair-ferry-a"])
def test_reads_people_whose_feelings_are_known_and_less_of_weaker_faces(clip):
    """The test people took no part in the fit. Faces of which a share is hidden are read worse, step by step."""
    performed = content.performance(clip)
    felt = smoothed(performed.affect["avatar"][:, :2])
    rng = np.random.default_rng(0)
    noise = rng.random(performed.motion["avatar"].shape)
    agreement = []
    for share in (0.0, 0.3, 0.6, 1.0):
        shown = (1 - share) * performed.motion["avatar"] + share * 0.3 * noise
        agreement.append(float(concordance_correlation(displayed_affect(shown).T, felt.T)[0]))
    assert agreement[0] > 0.75
    assert agreement == sorted(agreement, reverse=True)


def test_ridge_finds_the_weights_it_was_made_with():
    rng = np.random.default_rng(0)
    features, weights = rng.random((500, 4)), rng.normal(size=(4, 2))
    found, intercept = ridge(features, features @ weights + [0.1, -0.2], penalty=1e-12)
    np.testing.assert_allclose(found, weights, atol=1e-8)
    np.testing.assert_allclose(intercept, [0.1, -0.2], atol=1e-8)
    shrunk, _ = ridge(features, features @ weights, penalty=1.0)
    assert np.abs(shrunk).sum() < 0.5 * np.abs(weights).sum()


@pytest.mark.parametrize(
    ("motion", "valid", "message"),
    [
        (np.zeros((50, 56)), None, r"motion must be \(frames, 61\)"),
        (np.zeros((4, 61)), None, "4 frames are less"),
        (np.full((50, 61), np.nan), None, "NaN or Inf"),
        (np.zeros((50, 61)), np.ones(49), "one flag per frame"),
    ],
)
def test_refuses(motion, valid, message):
    with pytest.raises(MetricInputError, match=message):
        displayed_affect(motion, valid)


def test_features_are_named():
    features = affect_features(row(mouthFrown=0.36, browInnerUp=0.25)[None])[0]
    assert features[FEATURES.index("mouthFrown*browInnerUp")] == pytest.approx(0.3, abs=1e-6)

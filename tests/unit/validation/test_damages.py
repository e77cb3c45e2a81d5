"""Damages: nothing at strength 0, what they say at full strength."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.testing.toy import toy_motion
from echo_bench.validation.damages import FROWN, LATE, MOTION, MOUTH, SMILE, Scene


@pytest.fixture(scope="module")
def scene():
    (user, truth), (_, other) = toy_motion(0, 150), toy_motion(1, 150)
    return Scene(truth.astype(float), user.astype(float), other.astype(float), seed=3)


@pytest.mark.parametrize("name", sorted(MOTION))
def test_no_strength_is_the_truth_and_full_strength_is_not(scene, name):
    before = scene.truth.copy()
    np.testing.assert_allclose(MOTION[name](scene, 0.0), scene.truth, atol=1e-12)
    full = MOTION[name](scene, 1.0)
    assert full.shape == scene.truth.shape
    assert np.abs(full - scene.truth).max() > 0.01
    np.testing.assert_array_equal(scene.truth, before)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("freeze", lambda s: np.tile(s.truth[:1], (150, 1))),
        ("reverse", lambda s: s.truth[::-1]),
        ("shuffle", lambda s: s.other),
        ("late", lambda s: s.truth[np.maximum(np.arange(150) - LATE, 0)]),
        ("drop", lambda s: np.repeat(s.truth[::6], 6, axis=0)),
        ("mirror", lambda s: s.truth.mean(axis=0) + s.partner - s.partner.mean(axis=0)),
    ],
)
def test_full_strength(scene, name, expected):
    np.testing.assert_allclose(MOTION[name](scene, 1.0), expected(scene), atol=1e-12)


def test_amplitudes_scale_about_the_mean(scene):
    for name, factor in (("shrink", 0.2), ("exaggerate", 2.0)):
        damaged = MOTION[name](scene, 1.0)
        np.testing.assert_allclose(damaged.std(axis=0), factor * scene.truth.std(axis=0))
        np.testing.assert_allclose(damaged.mean(axis=0), scene.truth.mean(axis=0))


def test_mouth_and_emotion_leave_the_rest(scene):
    assert np.ptp(MOTION["mouth"](scene, 1.0)[:, MOUTH], axis=0).max() < 1e-12
    swapped = MOTION["emotion"](scene, 1.0)
    np.testing.assert_allclose(swapped[:, SMILE], scene.truth[:, FROWN])
    rest = [i for i in range(61) if i not in (*SMILE, *FROWN)]
    np.testing.assert_array_equal(swapped[:, rest], scene.truth[:, rest])


def test_identity_takes_the_others_posture_and_keeps_the_motion(scene):
    damaged = MOTION["identity"](scene, 1.0)
    np.testing.assert_allclose(damaged.mean(axis=0), scene.other.mean(axis=0))
    np.testing.assert_allclose(np.diff(damaged, axis=0), np.diff(scene.truth, axis=0), atol=1e-12)

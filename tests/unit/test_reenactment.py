"""Fidelity of reenactment: the definitions by hand, equal videos, damage, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.image import ssim
from echo_metrics.reenactment import average_euclidean_distance, average_keypoint_distance, pixel_l1
from hypothesis import given
from hypothesis import strategies as st

RNG = np.random.default_rng
VIDEO = RNG(0).integers(0, 256, (4, 48, 48, 3), np.uint8)
POINTS = RNG(1).uniform(0, 256, (4, 68, 2))
PERSON = RNG(2).normal(size=(4, 128))


def test_a_video_that_reenacts_itself():
    assert pixel_l1(VIDEO, VIDEO) == average_keypoint_distance(POINTS, POINTS) == 0
    assert average_euclidean_distance(PERSON, PERSON) == 0
    assert ssim(VIDEO, VIDEO) == pytest.approx(1)


def test_definitions():
    made, points, person = VIDEO[::-1], POINTS[::-1], PERSON[::-1]
    assert pixel_l1(VIDEO, made) == pytest.approx(np.abs(VIDEO / 255.0 - made / 255.0).mean(), rel=1e-9)
    sums = [abs(a - b) for x, y in zip(POINTS, points, strict=True) for a, b in zip(x.flat, y.flat, strict=True)]
    assert average_keypoint_distance(POINTS, points) == pytest.approx(sum(sums) / (4 * 68 * 2))
    lengths = [np.sqrt(((a - b) ** 2).sum()) for a, b in zip(PERSON, person, strict=True)]
    assert average_euclidean_distance(PERSON, person) == pytest.approx(np.mean(lengths))


@given(st.floats(0, 50), st.floats(0, 50))
def test_landmarks_that_are_moved(x, y):
    """Not the length of the way: a diagonal one costs as much as its two sides."""
    assert average_keypoint_distance(POINTS, POINTS + np.array([x, y])) == pytest.approx((x + y) / 2, abs=1e-9)


def test_more_noise_is_worse():
    noise = RNG(3).normal(size=VIDEO.shape)
    errors = [pixel_l1(VIDEO, np.clip(VIDEO + s * noise, 0, 255).astype(np.uint8)) for s in (2, 10, 40)]
    assert 0 < errors[0] < errors[1] < errors[2]


def test_frames_without_a_face_are_left_out():
    lost = POINTS + 1
    lost[1:3] = np.nan
    assert average_keypoint_distance(POINTS, lost) == pytest.approx(1)
    gone = PERSON.copy()
    gone[0] = np.nan
    assert average_euclidean_distance(gone, PERSON) == 0


def test_refusals():
    with pytest.raises(MetricInputError, match="one size and length"):
        pixel_l1(VIDEO, VIDEO[:3])
    with pytest.raises(MetricInputError, match="one size and length"):
        pixel_l1(VIDEO, VIDEO.astype(np.float32))  # type: ignore[arg-type]
    with pytest.raises(MetricInputError, match="common length"):
        average_keypoint_distance(POINTS, POINTS[:3])
    with pytest.raises(MetricInputError, match="nothing can be compared"):
        average_euclidean_distance(PERSON, np.full_like(PERSON, np.nan))

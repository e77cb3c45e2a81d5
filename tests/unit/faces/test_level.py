"""Level crops: what they follow, what they ignore, and that they do not alias."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.faces.level import cut_smoothly, eye_distance, face_region, mouth_region, place_of
from echo_bench.faces.roi import Roi


def landmarks() -> np.ndarray:
    """A face that looks straight ahead: eyes 60 px apart, the mouth 50 px below them."""
    points = np.random.default_rng(0).normal(100, 20, (478, 3)).astype(np.float32)
    points[[33, 263]] = [(70, 80, 0), (130, 80, 0)]
    points[[61, 291]] = [(85, 130, 0), (115, 130, 0)]
    return points


def test_regions_by_hand():
    assert face_region(landmarks()) == pytest.approx(Roi(100.0, 110.0, 204.0, 204.0, 0.0))
    assert mouth_region(landmarks()) == pytest.approx(Roi(100.0, 136.0, 78.0, 78.0, 0.0))


def test_a_face_seen_from_the_side_keeps_its_size():
    turned = landmarks()
    angle = np.radians(50)
    turned[:, 0], turned[:, 2] = turned[:, 0] * np.cos(angle), turned[:, 0] * np.sin(angle)
    assert eye_distance(turned) == pytest.approx(60, rel=1e-5)
    assert turned[263, 0] - turned[33, 0] < 40


@given(angle=st.floats(-1.2, 1.2), scale=st.floats(0.2, 5), x=st.floats(-50, 50), y=st.floats(-50, 50))
def test_regions_move_with_the_face(angle: float, scale: float, x: float, y: float):
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    moved = landmarks().astype(np.float64) * scale
    moved[:, :2] = landmarks()[:, :2] @ turn.T + (x, y)
    for region in (face_region, mouth_region):
        before, after = region(landmarks()), region(moved)
        assert after.width == pytest.approx(before.width * scale, rel=1e-4)
        assert after.angle == pytest.approx(before.angle + angle, abs=1e-5)
        assert (after.x, after.y) == pytest.approx(tuple(turn @ (before.x, before.y) + (x, y)), abs=1e-3)


def test_the_place_is_told_in_eye_distances():
    assert place_of(landmarks(), (240, 320)).tolist() == pytest.approx([(100 - 160) / 60, (110 - 120) / 60, 4.0, 0.0])


def test_a_large_face_is_averaged_and_does_not_alias():
    fine = np.zeros((400, 400, 3), np.uint8)
    fine[::2] = 255  # lines of one pixel: every second row of a plain crop would be all white
    crop = cut_smoothly(fine, Roi(200.0, 200.0, 384.0, 384.0, 0.0), 96)
    assert np.abs(crop.astype(int) - 127).max() <= 2


def test_a_crop_of_its_own_size_is_the_picture():
    frame = np.random.default_rng(1).integers(0, 256, (96, 96, 3), np.uint8)
    np.testing.assert_array_equal(cut_smoothly(frame, Roi(48.0, 48.0, 96.0, 96.0, 0.0), 96), frame)


def test_outside_of_the_frame_its_edge_goes_on():
    frame = np.full((50, 50, 3), 90, np.uint8)
    assert (cut_smoothly(frame, Roi(0.0, 0.0, 80.0, 80.0, 0.3), 48) == 90).all()

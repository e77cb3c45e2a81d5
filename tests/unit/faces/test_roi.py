"""Regions: cropping by an independent formula, and there and back again."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import map_coordinates

from echo_bench.faces.roi import Roi, around, crop, overlap, project, whole

RNG = np.random.default_rng(0)
FRAME = RNG.integers(0, 256, (60, 80, 3), np.uint8)

rois = st.builds(
    Roi, st.floats(-20, 100), st.floats(-20, 80), st.floats(8, 90), st.floats(8, 90), st.floats(-np.pi, np.pi)
)


def grid(roi: Roi, side: int) -> tuple[np.ndarray, np.ndarray]:
    """Frame positions of a crop's pixels, by projecting them as if they were landmarks of a square region."""
    row, column = np.mgrid[:side, :side] / side - 0.5
    u, v = column * roi.width, row * roi.height
    cos, sin = np.cos(roi.angle), np.sin(roi.angle)
    return cos * u - sin * v + roi.x, sin * u + cos * v + roi.y


@given(rois)
@pytest.mark.parametrize(("pad", "mode"), [(False, "nearest"), (True, "grid-constant")])
def test_crop_is_bilinear_sampling(pad, mode, roi):
    """scipy's interpolation at the same places; 1/32 pixel on noise is worth at most 255 * 2 / 64 grey levels and rounding."""
    out = np.empty((16, 16, 3), np.float32)
    crop(FRAME, roi, out, low=0, high=255, pad=pad)
    x, y = grid(roi, 16)
    for channel in range(3):
        expected = map_coordinates(FRAME[..., channel].astype(float), [y, x], order=1, mode=mode)
        assert np.abs(out[..., channel] - expected).max() <= 255 * 2 / 64 + 0.5


def test_crop_of_the_whole_frame_copies_it():
    out = np.empty((60, 60, 3), np.float32)
    crop(FRAME[:, :60], Roi(30, 30, 60, 60, 0), out, low=-1, high=1, pad=True)
    np.testing.assert_allclose(out, FRAME[:, :60] / 127.5 - 1, atol=1e-6)


def test_crop_rounds_half_up():
    frame = np.zeros((32, 32, 3), np.uint8)
    frame[:, 1::2] = 1
    out = np.empty((8, 8, 3), np.float32)
    crop(frame, Roi(16.5, 16, 32, 32, 0), out, low=0, high=255, pad=False)
    assert (out == 1).all()


@given(rois)
def test_projection_inverts_cropping_for_square_regions(roi):
    square = Roi(roi.x, roi.y, roi.width, roi.width, roi.angle)
    x, y = grid(square, 4)
    row, column = np.mgrid[:4, :4] / 4
    points = np.stack([column.ravel(), row.ravel(), np.ones(16)], axis=1).astype(np.float32)
    np.testing.assert_allclose(project(points, square)[:, :2], np.stack([x.ravel(), y.ravel()], axis=1), atol=1e-3)
    np.testing.assert_allclose(project(points, square)[:, 2], square.width, rtol=1e-6)


@given(st.floats(-3, 3), st.floats(1, 50))
def test_region_turns_with_the_eye_line(angle, size):
    eyes = size * np.array([[-np.cos(angle), -np.sin(angle)], [np.cos(angle), np.sin(angle)]])
    region = around(eyes + 7, 0, 1)
    assert region.angle == pytest.approx(angle, abs=1e-6)
    assert (region.x, region.y) == pytest.approx((7, 7))
    assert region.width == region.height == pytest.approx(3 * size * max(abs(np.cos(angle)), abs(np.sin(angle))))


@given(rois, rois)
def test_overlap_is_symmetric_and_bounded(a, b):
    assert overlap(a, b) == pytest.approx(overlap(b, a))
    assert 0 <= overlap(a, b) <= 1 + 1e-9
    assert overlap(a, a) == pytest.approx(1)


def test_whole_is_a_square_around_the_frame():
    assert whole(60, 80) == Roi(40, 30, 80, 80, 0)

"""Aligned crops: a similarity is recovered exactly, a shear as nearly as can be, pixels come from where they should."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.faces.align import ARCFACE, DLIB, aligned, cut, grey, similarity, square
from echo_bench.faces.roi import Roi

MESH = 478


def carried(points: np.ndarray, scale: float, angle: float, shift: tuple[float, float]) -> np.ndarray:
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return points @ (scale * turn).T + np.array(shift)


def mesh(alignment, **how) -> np.ndarray:
    """Landmarks whose named points lie on the template, carried to the frame."""
    landmarks = np.zeros((MESH, 3), np.float32)
    for place, part in zip(carried(np.array(alignment.template), **how), alignment.points, strict=True):
        landmarks[list(part), :2] = place
    return landmarks


@given(
    scale=st.floats(0.2, 5), angle=st.floats(-3, 3), x=st.floats(-200, 200), y=st.floats(-200, 200),
    which=st.sampled_from([ARCFACE, DLIB]),
)  # fmt: skip
def test_a_similarity_is_recovered(scale, angle, x, y, which):
    template = np.array(which.template)
    region = similarity(carried(template, scale, angle, (x, y)), template, which.side)
    assert region.width == pytest.approx(which.side * scale, rel=1e-9)
    assert np.exp(1j * region.angle) == pytest.approx(np.exp(1j * angle), abs=1e-9)
    centre = carried(np.full((1, 2), which.side / 2), scale, angle, (x, y))[0]
    np.testing.assert_allclose([region.x, region.y], centre, atol=1e-6)


def test_least_squares_against_a_general_solver():
    """Four unknowns, ten equations: numpy's solver, in the crop's pixels as skimage's estimate."""
    rng = np.random.default_rng(0)
    template = np.array(ARCFACE.template)
    points = carried(template, 1.7, 0.3, (40, 60)) + rng.normal(0, 4, (5, 2))
    ones, zeros = np.ones(5), np.zeros(5)
    x, y = points.T
    rows = np.concatenate([np.stack([x, -y, ones, zeros], 1), np.stack([y, x, zeros, ones], 1)])
    a, b, c, d = np.linalg.lstsq(rows, template.T.ravel(), rcond=None)[0]
    region = similarity(points, template, 112)
    assert region.width == pytest.approx(112 / np.hypot(a, b))
    assert region.angle == pytest.approx(-np.arctan2(b, a))
    back = np.linalg.solve([[a, -b], [b, a]], [56 - c, 56 - d])
    np.testing.assert_allclose([region.x, region.y], back)


def test_upright_crop_is_the_frame_itself():
    frame = np.random.default_rng(0).integers(0, 256, (200, 180, 3), np.uint8)
    crop = aligned(frame, mesh(ARCFACE, scale=1.0, angle=0.0, shift=(20.0, 30.0)), ARCFACE)
    np.testing.assert_array_equal(crop, frame[30:142, 20:132])


def test_a_turned_face_is_levelled():
    """A picture turned by 90 degrees gives the crop of the upright picture, up to the pixel that a turn about corners shifts."""
    frame = np.random.default_rng(1).integers(0, 256, (112, 112, 3), np.uint8)
    turned = np.ascontiguousarray(np.rot90(frame, -1))
    crop = aligned(turned, mesh(ARCFACE, scale=1.0, angle=np.pi / 2, shift=(111.0, 0.0)), ARCFACE)
    np.testing.assert_array_equal(crop, frame)


def test_outside_the_frame_is_black():
    frame = np.full((60, 60, 3), 200, np.uint8)
    crop = cut(frame, Roi(0.0, 0.0, 60.0, 60.0, 0.0), 60)
    assert (crop[:29, :29] == 0).all()
    assert (crop[31:, 31:] == 200).all()


def test_square_holds_all_landmarks_and_a_margin():
    points = np.array([[10.0, 20.0], [50.0, 100.0], [30.0, 40.0]])
    assert square(points, 0.0) == Roi(30.0, 60.0, 80.0, 80.0, 0.0)
    assert square(points, 0.25).width == 120.0


def test_grey_is_opencvs():
    """OpenCV's fixed point: pure red 76, green 150, blue 29; white stays white."""
    colours = np.array([[[255, 0, 0], [0, 255, 0], [0, 0, 255], [255, 255, 255], [1, 2, 3]]], np.uint8)
    assert grey(colours).tolist() == [[76, 150, 29, 255, 2]]

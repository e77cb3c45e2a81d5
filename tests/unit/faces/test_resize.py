"""Scaling of 8-bit pictures. Against OpenCV itself: tests/parity/test_syncnet_python.py."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.faces.resize import resize_bilinear

# cv2.resize of OpenCV 5.0.0 on np.arange(35, dtype=uint8).reshape(5, 7, 1) * 7
GOLDEN_3X4 = [[19, 31, 43, 55], [101, 113, 125, 137], [182, 194, 207, 219]]
GOLDEN_2X2_AT_03 = [[65, 89], [204, 228]]


def picture() -> np.ndarray:
    return (np.arange(35, dtype=np.uint8).reshape(5, 7, 1) * 7).astype(np.uint8)


def test_golden_values_of_opencv():
    assert resize_bilinear(picture(), 3, 4)[..., 0].tolist() == GOLDEN_3X4


def test_a_given_step_is_not_the_ratio_of_the_sizes():
    """cv2.resize(..., fx=0.3, fy=0.3): 2 x 2 pixels, 1 / 0.3 apart."""
    assert resize_bilinear(picture(), 2, 2, step=1 / 0.3)[..., 0].tolist() == GOLDEN_2X2_AT_03


@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(1, 40), st.integers(0, 255))
def test_a_plain_picture_stays_plain(height, width, rows, columns, grey):
    out = resize_bilinear(np.full((height, width, 3), grey, np.uint8), rows, columns)
    assert out.shape == (rows, columns, 3)
    # two truncations before the last rounding may cost one level
    assert np.abs(out.astype(int) - grey).max() <= 1


@given(st.integers(0, 2**31))
def test_the_same_size_is_the_same_picture(seed):
    image = np.random.default_rng(seed).integers(0, 256, (9, 6, 3), dtype=np.uint8)
    np.testing.assert_array_equal(resize_bilinear(image, 9, 6), image)


def test_near_the_formula_in_floats():
    """Against interpolation at half-integer centres in floating point: never more than one level off."""
    image = np.random.default_rng(0).integers(0, 256, (31, 47, 3), dtype=np.uint8)
    y, x = (np.clip((np.arange(n) + 0.5) * m / n - 0.5, 0, m - 1) for n, m in ((20, 31), (64, 47)))
    rows = np.stack([[np.interp(y, np.arange(31), image[:, j, c]) for c in range(3)] for j in range(47)])
    expected = np.stack([[np.interp(x, np.arange(47), rows[:, c, i]) for c in range(3)] for i in range(20)])
    assert np.abs(resize_bilinear(image, 20, 64) - expected.transpose(0, 2, 1)).max() < 1.1


@pytest.mark.parametrize(("shape", "to"), [((0, 5, 3), (4, 4)), ((5, 5, 3), (0, 4))])
def test_refuses_nothing(shape, to):
    with pytest.raises(ValueError, match="cannot scale"):
        resize_bilinear(np.zeros(shape, np.uint8), *to)

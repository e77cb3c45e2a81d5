"""CPBD: edges of known width, blur it must notice, refusals. The package itself is compared in tests/parity."""

import numpy as np
import pytest
from echo_metrics.cpbd import _edge_widths, cpbd
from echo_metrics.errors import MetricInputError
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage


def ramps(width, contrast=200, size=128):
    """Grey frame with vertical edges every 32 columns; each rises or falls over `width` steps, the middle ones steepest."""
    shape = np.sin(np.linspace(-np.pi / 2, np.pi / 2, width + 1)) / 2 + 0.5
    line = np.zeros(size)
    for k, start in enumerate(range(8, size - 20, 32)):
        up = k % 2 == 0
        line[start : start + width + 1] = contrast * (shape if up else 1 - shape)
        line[start + width + 1 :] = contrast if up else 0
    return np.repeat(np.tile(np.rint(line), (size, 1))[..., None], 3, axis=2).astype(np.uint8)


def texture(size=128, seed=0):
    return (255 * np.random.default_rng(seed).random((size, size, 3))).astype(np.uint8)


@pytest.mark.parametrize("width", [2, 4, 6, 8])
def test_edge_widths_are_measured_in_pixels(width):
    widths = _edge_widths(ramps(width)[..., 0].astype(float))
    assert set(np.unique(widths[widths > 0])) == {width}


@pytest.mark.parametrize(("width", "contrast", "score"), [(2, 200, 1.0), (4, 200, 0.0), (4, 40, 1.0), (6, 40, 0.0)])
def test_an_edge_is_unnoticed_up_to_three_pixels_and_five_at_low_contrast(width, contrast, score):
    """Ferzli and Karam's just-noticeable widths: 5 up to a contrast of 50 grey levels, 3 above."""
    assert float(cpbd(ramps(width, contrast))) == score


def test_falls_with_blur():
    sharp = texture()
    values = [float(cpbd(ndimage.gaussian_filter(sharp, (s, s, 0)))) for s in (0, 0.7, 1, 1.5, 3)]
    assert values == sorted(values, reverse=True)
    assert values[0] > 0.9 > 0.25 > values[-1]


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_mirroring_keeps_it_and_it_stays_a_share(seed):
    """Left and right are alike, but for pixels without horizontal gradient, which count as rising; blocks mirror onto each other."""
    frame = ndimage.gaussian_filter(texture(seed=seed), (1, 1, 0))
    value = float(cpbd(frame))
    assert 0 <= value <= 1
    assert float(cpbd(frame[:, ::-1])) == pytest.approx(value, abs=0.005)


def test_a_flat_frame_has_no_sharp_edge():
    assert float(cpbd(np.full((64, 64, 3), 90, np.uint8))) == 0.0


def test_leading_axes_are_kept_and_the_rest_of_a_block_is_ignored():
    frames = np.stack([texture(seed=s) for s in range(2)])[None]
    values = cpbd(frames)
    assert values.shape == (1, 2)
    assert float(cpbd(frames[0, 1])) == values[0, 1]


def test_refuses():
    with pytest.raises(MetricInputError, match="needs uint8 RGB"):
        cpbd(texture() / 255)
    with pytest.raises(MetricInputError, match="needs uint8 RGB"):
        cpbd(texture()[..., 0])
    with pytest.raises(MetricInputError, match="smaller than one block"):
        cpbd(texture(63))

"""Quality of a region: equal to the measure of the crop, blind to all else, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.image import psnr, ssim
from echo_metrics.regions import in_region
from hypothesis import given, settings
from hypothesis import strategies as st

RNG = np.random.default_rng
BOX = (10.0, 20.0, 42.0, 60.0)


def pictures(seed: int) -> np.ndarray:
    return RNG(seed).integers(0, 256, (3, 80, 64, 3), np.uint8)


@pytest.mark.parametrize("measure", [psnr, ssim])
def test_it_is_the_measure_of_the_crop(measure):
    gt, pred = pictures(0), pictures(1)
    expected = measure(gt[:, 20:60, 10:42], pred[:, 20:60, 10:42])
    assert in_region(measure, gt, pred, [BOX] * 3) == pytest.approx(expected, rel=1e-6)


def test_damage_outside_is_not_seen_and_inside_it_is():
    gt = pictures(0)
    outside, inside = gt.copy(), gt.copy()
    outside[:, :20] = 0
    inside[:, 30:40, 20:30] = 0
    best = in_region(psnr, gt, gt, [BOX] * 3)
    assert (in_region(psnr, gt, outside, [BOX] * 3) == best).all()
    assert (in_region(psnr, gt, inside, [BOX] * 3) < best - 10).all()


@settings(max_examples=15)
@given(st.integers(-50, 30), st.integers(-50, 30))
def test_a_box_over_the_edge_is_cut_there(x, y):
    gt, pred = pictures(0), pictures(1)
    found = in_region(psnr, gt, pred, [(x, y, x + 60, y + 60)] * 3)
    rows, columns = slice(max(y, 0), min(y + 60, 80)), slice(max(x, 0), min(x + 60, 64))
    assert found == pytest.approx(psnr(gt[:, rows, columns], pred[:, rows, columns]))


def test_a_region_that_is_not_seen_has_no_value():
    gt, pred = pictures(0), pictures(1)
    found = in_region(psnr, gt, pred, [BOX, [np.nan] * 4, BOX])
    assert np.isnan(found).tolist() == [False, True, False]


def test_refusals():
    gt = pictures(0)
    with pytest.raises(MetricInputError, match="2 boxes"):
        in_region(psnr, gt, gt, [BOX] * 2)
    with pytest.raises(MetricInputError, match="common length and size"):
        in_region(psnr, gt, gt[:, :40], [BOX] * 3)
    with pytest.raises(MetricInputError, match="frame 0 holds no pixel"):
        in_region(psnr, gt, gt, [(70, 0, 90, 10)] * 3)
    with pytest.raises(MetricInputError, match="instead of x0"):
        in_region(psnr, gt, gt, [(1, 2)] * 3)

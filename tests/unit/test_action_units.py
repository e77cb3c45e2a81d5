"""Errors of action units: the official sum by hand, regions apart, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.action_units import INTENSITIES, LOWER, UPPER, au_error
from echo_metrics.errors import MetricInputError
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.spaces import OPENFACE

RNG = np.random.default_rng


def clips(seed: int) -> list[np.ndarray]:
    return [RNG(seed + n).uniform(0, 5, (frames, 17)) for n, frames in enumerate((30, 50))]


def test_columns_are_those_of_openface():
    assert [f"AU{unit:02d}_r" for unit in INTENSITIES] == list(OPENFACE[:17])
    assert sorted(LOWER + UPPER) == sorted(INTENSITIES)


@pytest.mark.parametrize(("region", "units"), [("lower", LOWER), ("upper", UPPER)])
def test_sum_over_units_of_the_mean_over_frames(region, units):
    gt, pred = clips(0), clips(7)
    total = 0.0
    for unit in units:
        column = OPENFACE.index(f"AU{unit:02d}_r")
        squares = [
            (p[column] - g[column]) ** 2 for a, b in zip(gt, pred, strict=True) for g, p in zip(a, b, strict=True)
        ]
        total += sum(squares) / 80
    assert au_error(gt, pred, region) == pytest.approx(total, rel=1e-12)


@given(st.floats(0.1, 3), st.sampled_from(INTENSITIES))
def test_a_unit_counts_in_its_own_region_with_the_square_of_its_error(size, unit):
    gt = clips(0)
    pred = [clip + size * (np.array(INTENSITIES) == unit) for clip in gt]
    own, other = ("lower", "upper") if unit in LOWER else ("upper", "lower")
    assert au_error(gt, pred, own) == pytest.approx(size**2)
    assert au_error(gt, pred, other) == 0


def test_refusals():
    with pytest.raises(MetricInputError, match="16 columns"):
        au_error([np.zeros((3, 16))], [np.zeros((3, 16))], "lower")
    with pytest.raises(MetricInputError, match="neither"):
        au_error(clips(0), clips(0), "mouth")  # type: ignore[arg-type]
    with pytest.raises(MetricInputError):
        au_error(clips(0), [clips(0)[0]], "lower")

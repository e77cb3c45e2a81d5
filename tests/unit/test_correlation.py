"""Correlation and concordance: other formulae, bounds, what motionless sequences give, lags."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.correlation import concordance_correlation, lagged_concordance, pearson
from hypothesis import given
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**16)


def pair(seed, shape=(3, 40)):
    rng = np.random.default_rng(seed)
    return rng.normal(size=shape), rng.normal(size=shape)


@given(SEEDS)
def test_pearson_is_numpys(seed):
    a, b = pair(seed)
    assert pearson(a, b) == pytest.approx([np.corrcoef(x, y)[0, 1] for x, y in zip(a, b, strict=True)], rel=1e-9)


def test_golden_concordance():
    """The example in REACT 2024's metric/FRC.py, printed with its 1e-8 in the denominator."""
    value = concordance_correlation(np.array([3, -0.5, 2, 7]), np.array([2.5, 0.0, 2, 8]))
    assert value == pytest.approx(0.976789167673941, rel=1e-9)


@given(SEEDS)
def test_concordance_is_one_minus_the_expected_distance_ratio(seed):
    """Lin's own form: 1 - E(a - b)^2 / its value were they uncorrelated."""
    a, b = pair(seed)
    expected = 1 - ((a - b) ** 2).mean(-1) / (a.var(-1) + b.var(-1) + (a.mean(-1) - b.mean(-1)) ** 2)
    assert concordance_correlation(a, b) == pytest.approx(expected, rel=1e-9, abs=1e-12)


@given(SEEDS, st.floats(0.1, 10), st.floats(-5, 5))
def test_scale_and_shift_lower_concordance_alone(seed, scale, shift):
    a, _ = pair(seed)
    assert pearson(a, scale * a + shift) == pytest.approx(1, abs=1e-9)
    assert (concordance_correlation(a, scale * a + shift) <= 1).all()
    assert (concordance_correlation(a, 2 * a + 1) < 0.95).all()


@given(SEEDS)
def test_concordance_is_symmetric_and_below_correlation(seed):
    a, b = pair(seed)
    assert concordance_correlation(a, b) == pytest.approx(concordance_correlation(b, a), rel=1e-12)
    assert (np.abs(concordance_correlation(a, b)) <= np.abs(pearson(a, b)) + 1e-12).all()


def test_motionless_sequences():
    """0.1 is not exact in binary: its variance over 40 frames is not exactly 0, and must count as 0."""
    still, wave = np.full(40, 0.1), np.sin(np.arange(40))
    assert np.isnan(pearson(still, wave))
    assert concordance_correlation(still, wave) == 0
    assert concordance_correlation(still, still + 0.5) == 0
    assert np.isnan(concordance_correlation(still, still))


@given(SEEDS, st.integers(-6, 6))
def test_lag_is_the_concordance_of_the_overlap(seed, lag):
    a, b = pair(seed)
    later = a[:, lag:] if lag > 0 else a[:, : 40 + lag]
    earlier = b[:, : 40 - lag] if lag > 0 else b[:, -lag:]
    assert lagged_concordance(a, b, [lag])[:, 0] == pytest.approx(concordance_correlation(later, earlier))

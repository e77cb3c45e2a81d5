"""Properties of moments and distances over sets of any shape."""

import warnings

import numpy as np
import pytest
from echo_metrics.errors import MetricWarning
from echo_metrics.frechet import Moments, frechet_distance, kernel_distance, paired_frechet
from hypothesis import given, settings
from hypothesis import strategies as st

pytestmark = pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
SEEDS = st.integers(0, 2**32 - 1)


@st.composite
def pairs(draw):
    """Two sets of rows: any seed, more or fewer rows than channels, correlated channels."""
    rng = np.random.default_rng(draw(SEEDS))
    d = draw(st.integers(1, 8))
    n, m = draw(st.integers(2, 25)), draw(st.integers(2, 25))
    mixing = rng.normal(size=(d, d))
    return rng.normal(size=(n, d)) @ mixing, rng.normal(size=(m, d)) @ mixing * 1.3 + 0.4


def quiet_distance(a, b):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        return frechet_distance(a, b)


@given(pairs())
def test_symmetric_and_not_negative(pair):
    a, b = pair
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(b, a), rel=1e-7, abs=1e-9)
    assert frechet_distance(a, b) >= 0


@given(pairs())
def test_zero_to_itself(pair):
    a, _ = pair
    scale = np.square(a).sum()
    assert frechet_distance(a, a) <= 1e-12 * scale
    assert frechet_distance(Moments.from_features(a), Moments.from_features(a)) <= 1e-7 * scale


@given(pairs(), SEEDS)
def test_order_of_rows_does_not_matter(pair, seed):
    a, b = pair
    shuffled = np.random.default_rng(seed).permutation(b)
    assert frechet_distance(a, shuffled) == pytest.approx(frechet_distance(a, b), rel=1e-9, abs=1e-9)


@given(pairs(), SEEDS, st.floats(0.1, 10), st.floats(-3, 3))
def test_rigid_motion_keeps_it_and_scale_squares(pair, seed, scale, shift):
    a, b = pair
    turn, _ = np.linalg.qr(np.random.default_rng(seed).normal(size=(a.shape[1],) * 2))
    moved = quiet_distance(scale * a @ turn + shift, scale * b @ turn + shift)
    assert moved == pytest.approx(scale**2 * quiet_distance(a, b), rel=1e-6, abs=1e-7 * scale**2)


@given(pairs(), st.floats(0.1, 5))
def test_moving_one_set_costs_at_least_the_distance_of_the_means(pair, step):
    a, _ = pair
    assert frechet_distance(a, a + step) == pytest.approx(a.shape[1] * step**2, rel=1e-7)


@given(SEEDS, st.lists(st.integers(1, 9), min_size=3, max_size=6))
def test_merging_is_associative_and_any_split_gives_the_same_moments(seed, lengths):
    rng = np.random.default_rng(seed)
    parts = [rng.normal(size=(n, 4)) for n in lengths]
    each = [Moments.from_features(p) for p in parts]
    left = right = Moments.empty(4)
    for moments in each:
        left = left.merge(moments)
    for moments in reversed(each):
        right = moments.merge(right)
    whole = Moments.from_features(np.vstack(parts))
    for merged in (left, right):
        assert merged.n == whole.n
        np.testing.assert_allclose(merged.sum, whole.sum, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(merged.outer, whole.outer, rtol=1e-12, atol=1e-12)


@given(pairs())
def test_paired_distance_is_at_least_the_distance_of_its_part(pair):
    """Marginalising two Gaussians cannot move them apart."""
    a, _ = pair
    rng = np.random.default_rng(0)
    pred, partner = a + rng.normal(size=a.shape), rng.normal(size=(len(a), 2))
    assert paired_frechet(a, pred, partner) >= quiet_distance(a, pred) * (1 - 1e-7)


@settings(max_examples=30)
@given(pairs(), SEEDS)
def test_kernel_distance_ignores_order_and_is_symmetric(pair, seed):
    a, b = pair
    n = min(len(a), len(b))
    a, b = a[:n], b[:n]
    value = kernel_distance(a, b).value
    tolerance = 1e-9 * (1 + abs(value) + np.square(a).sum() ** 3 + np.square(b).sum() ** 3)
    assert kernel_distance(b, a).value == pytest.approx(value, abs=tolerance)
    assert kernel_distance(np.random.default_rng(seed).permutation(a), b).value == pytest.approx(value, abs=tolerance)

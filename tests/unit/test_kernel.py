"""Kernel distance against the sum it stands for, its lack of bias, and refusals."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from echo_metrics.kernel import kernel_distance


def features(n, d=6, shift=0.0, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)) + shift


def double_loop(x, y):
    """Unbiased squared MMD, term by term (Gretton et al., JMLR 2012, eq. 3)."""

    def kernel(p, q):
        return (p @ q / len(p) + 1) ** 3

    n, m = len(x), len(y)
    within_x = sum(kernel(x[i], x[j]) for i in range(n) for j in range(n) if i != j) / (n * (n - 1))
    within_y = sum(kernel(y[i], y[j]) for i in range(m) for j in range(m) if i != j) / (m * (m - 1))
    return within_x + within_y - 2 * sum(kernel(p, q) for p in x for q in y) / (n * m)


def test_equals_the_double_loop():
    a, b = features(15), features(15, shift=0.5, seed=1)
    result = kernel_distance(a, b)
    assert result.value == pytest.approx(double_loop(a, b), rel=1e-12)
    assert (result.subsets, result.subset_size, result.deviation) == (1, 15, 0.0)


def test_has_no_bias_where_the_frechet_distance_has_much():
    """Mean over 200 pairs of 20 rows from one distribution: 0 within three standard errors; FD is far above its 0."""
    values = np.array([kernel_distance(features(20, seed=s), features(20, seed=s + 10_000)).value for s in range(200)])
    assert abs(values.mean()) < 3 * values.std() / np.sqrt(200)
    assert values.min() < 0
    assert frechet_distance(features(20), features(20, seed=1)) > 1


def test_grows_with_the_shift():
    values = [kernel_distance(features(200), features(200, shift=s, seed=1)).value for s in (0, 0.25, 0.5, 1)]
    assert values == sorted(values)


def test_subsets_are_seeded_and_do_not_move_the_expectation():
    a, b = features(300), features(300, shift=0.5, seed=1)
    whole = kernel_distance(a, b).value
    some = kernel_distance(a, b, subsets=200, subset_size=50, seed=1)
    assert some == kernel_distance(a, b, subsets=200, subset_size=50, seed=1)
    assert some.value != kernel_distance(a, b, subsets=200, subset_size=50, seed=2).value
    assert some.value == pytest.approx(whole, abs=4 * some.deviation / np.sqrt(200))


def test_a_smaller_truth_is_still_subsampled_on_the_other_side():
    result = kernel_distance(features(40), features(300, seed=1), subsets=7)
    assert (result.subsets, result.subset_size) == (7, 40)


def test_refuses():
    with pytest.raises(MetricInputError, match="one layout"):
        kernel_distance(features(20), features(20, d=5))
    with pytest.raises(MetricInputError, match="at least 2 rows"):
        kernel_distance(features(20), features(1))
    with pytest.raises(MetricInputError, match="0 subset"):
        kernel_distance(features(20), features(20), subsets=0)
    with pytest.raises(MetricInputError, match="NaN"):
        kernel_distance(features(20), np.full((20, 6), np.inf))

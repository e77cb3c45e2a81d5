"""Properties of intervals, p-values, ranks and letters for any data."""

import numpy as np
import pytest
from echo_metrics.statistics import (
    approximate_randomisation,
    cluster_bootstrap,
    holm,
    rank_intervals,
    t_interval,
    tie_groups,
)
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**32 - 1)
PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@settings(max_examples=40)
@given(SEEDS, st.floats(0.1, 10), st.floats(-5, 5))
def test_intervals_follow_scale_and_shift(seed, scale, shift):
    values = np.random.default_rng(seed).normal(size=30)
    labels = np.arange(30) // 2
    for method in (t_interval, lambda v, c: cluster_bootstrap(v, c, replicates=200)):
        before, after = method(values, labels).interval, method(scale * values + shift, labels).interval
        assert after.lo == pytest.approx(scale * before.lo + shift, abs=1e-9)
        assert after.hi == pytest.approx(scale * before.hi + shift, abs=1e-9)


@settings(max_examples=40)
@given(SEEDS)
def test_a_higher_level_is_a_wider_interval(seed):
    values = np.random.default_rng(seed).normal(size=25)
    intervals = [cluster_bootstrap(values, replicates=500, level=level).interval for level in (0.5, 0.8, 0.95, 0.99)]
    assert [i.lo for i in intervals] == sorted((i.lo for i in intervals), reverse=True)
    assert [i.hi for i in intervals] == sorted(i.hi for i in intervals)


@settings(max_examples=40)
@given(SEEDS)
def test_randomisation_does_not_care_which_is_called_a(seed):
    rng = np.random.default_rng(seed)
    a, b = rng.normal(size=(2, 15))
    assert approximate_randomisation(a, b, permutations=200) == approximate_randomisation(b, a, permutations=200)
    assert 0 < approximate_randomisation(a, b, permutations=200) <= 1


@given(PROBABILITIES)
def test_holm_only_raises_keeps_order_and_starts_at_bonferroni(p):
    adjusted = holm(p)
    assert (adjusted >= p).all()
    assert adjusted.max() <= min(1, len(p) * max(p)) * (1 + 1e-12)
    order = np.argsort(p, kind="stable")
    assert (np.diff(adjusted[order]) >= 0).all()
    assert adjusted[order[0]] == pytest.approx(min(1, len(p) * min(p)))


@given(SEEDS)
def test_holm_follows_a_permutation(seed):
    rng = np.random.default_rng(seed)
    p, order = rng.random(8), rng.permutation(8)
    np.testing.assert_array_equal(holm(p[order]), holm(p)[order])


@settings(max_examples=40)
@given(SEEDS)
def test_ranks_lie_in_their_intervals_and_in_range(seed):
    table = np.random.default_rng(seed).normal(size=(5, 30))
    for rank in rank_intervals(table, higher_is_better=True, replicates=500):
        assert 1 <= rank.interval.lo <= rank.interval.hi <= 5
    assert sorted(r.rank for r in rank_intervals(table, higher_is_better=True, replicates=10)) == [1, 2, 3, 4, 5]


@given(SEEDS, st.integers(1, 9))
def test_letters_are_shared_exactly_by_pairs_that_are_not_different(seed, methods):
    rng = np.random.default_rng(seed)
    table = rng.random((methods, methods)) * 0.1
    table = np.maximum(table, table.T)
    letters = tie_groups(table)
    assert all(letters)
    for i in range(methods):
        for j in range(i):
            assert bool(set(letters[i]) & set(letters[j])) == (table[i, j] >= 0.05)


@given(SEEDS)
def test_the_best_method_has_the_first_letter(seed):
    rng = np.random.default_rng(seed)
    table = rng.random((6, 6)) * 0.1
    order = rng.permutation(6).tolist()
    assert "a" in tie_groups(np.maximum(table, table.T), order=order)[order[0]]

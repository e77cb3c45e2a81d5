"""Intervals, comparisons and ranks: closed forms, peers' defects, what clustering changes, refusals."""

import numpy as np
import pytest
from echo_metrics.clusters import resampled_means
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from echo_metrics.statistics import (
    Interval,
    approximate_randomisation,
    cluster_bootstrap,
    holm,
    jackknife,
    paired_bootstrap,
    paired_set_bootstrap,
    rank_intervals,
    t_interval,
    tie_groups,
)
from scipy import stats


def clips(n=200, mean=0.0, seed=0):
    return np.random.default_rng(seed).normal(mean, 1, n)


def dyads(groups=50, each=4, shared=1.0, seed=0):
    """Values whose clips share a dyad effect, and the labels."""
    rng = np.random.default_rng(seed)
    return (shared * rng.normal(size=(groups, 1)) + rng.normal(size=(groups, each))).ravel(), np.repeat(
        np.arange(groups), each
    )


# --- one method --------------------------------------------------------------------------------------------------------------


def test_t_interval_without_clusters_is_students():
    values = clips(30)
    estimate = t_interval(values)
    expected = stats.t.interval(0.95, 29, values.mean(), values.std(ddof=1) / np.sqrt(30))
    assert (estimate.interval.lo, estimate.interval.hi) == pytest.approx(expected, rel=1e-9)
    assert estimate.stderr == pytest.approx(stats.sem(values), rel=1e-12)


def test_t_interval_of_equal_clusters_is_students_of_their_means():
    values, labels = dyads()
    means = values.reshape(50, 4).mean(axis=1)
    expected = stats.t.interval(0.95, 49, means.mean(), stats.sem(means))
    interval = t_interval(values, labels).interval
    assert (interval.lo, interval.hi) == pytest.approx(expected, rel=1e-9)


def test_bootstrap_agrees_with_the_t_interval():
    """Normal data: ends within a few percent of the width (10,000 replicates)."""
    values, labels = dyads()
    boot, student = cluster_bootstrap(values, labels), t_interval(values, labels)
    assert boot.value == pytest.approx(student.value)
    assert boot.stderr == pytest.approx(student.stderr, rel=0.03)
    width = student.interval.hi - student.interval.lo
    assert boot.interval.lo == pytest.approx(student.interval.lo, abs=0.05 * width)
    assert boot.interval.hi == pytest.approx(student.interval.hi, abs=0.05 * width)


def test_ignoring_clusters_makes_the_interval_too_short():
    values, labels = dyads()
    assert cluster_bootstrap(values, labels).stderr > 1.4 * cluster_bootstrap(values).stderr


def test_clusters_of_unequal_size_weigh_by_their_clips():
    """The value stays the mean over clips; a resample's mean is its sum over its count, checked draw by draw."""
    values, codes = np.array([1.0, 2.0, 3.0, 10.0, 20.0]), np.array([0, 0, 0, 1, 2])
    drawn = np.random.default_rng(5).integers(0, 3, (50, 3), np.int32)
    expected = [np.concatenate([values[codes == g] for g in row]).mean() for row in drawn]
    np.testing.assert_allclose(resampled_means(values, codes, 50, seed=5), expected, rtol=1e-12)


def test_labels_may_be_anything_and_their_order_does_not_matter():
    values, labels = dyads()
    named = [f"dyad {g}" for g in labels]
    assert t_interval(values, named) == t_interval(values, labels)
    order = np.random.default_rng(1).permutation(len(values))
    assert t_interval(values[order], labels[order]).interval.lo == pytest.approx(t_interval(values, labels).interval.lo)


def test_standard_error_does_not_shrink_with_replicates():
    """lighteval metrics/utils/stderr.py:92 divides the spread of the replicates by sqrt(B) once more: 31.6 times too small at 1000."""
    values = clips(100)
    truth = stats.sem(values)
    rng = np.random.default_rng(0)
    replicates = [rng.choice(values, 100).mean() for _ in range(1000)]
    assert stats.sem(replicates) == pytest.approx(truth / np.sqrt(1000), rel=0.1)  # the defect
    for count in (1000, 4000):
        assert cluster_bootstrap(values, replicates=count).stderr == pytest.approx(truth, rel=0.06)


@pytest.mark.parametrize(
    "method", [cluster_bootstrap, t_interval, lambda v: jackknife(lambda k: float(v[k].mean()), len(v))]
)
def test_few_clusters_are_marked_and_too_few_give_none(method):
    assert method(clips(20)).interval.note == ""
    assert method(clips(19)).interval.note.startswith("few clusters (19): simulated coverage 9")
    assert method(clips(5)).interval.lo is not None
    none = method(clips(4))
    assert (none.interval.lo, none.interval.hi, none.stderr) == (None, None, None)
    assert "at least 5 are needed" in none.interval.note
    assert none.value == pytest.approx(clips(4).mean())


def test_an_interval_contains_its_points():
    interval = Interval(1.0, 2.0, 0.95, "by hand")
    assert 1.0 in interval
    assert 2.1 not in interval
    assert 1.0 not in Interval(None, None, 0.95, "by hand", "no interval")


def test_seeds_decide():
    values = clips()
    assert cluster_bootstrap(values, seed=1) == cluster_bootstrap(values, seed=1)
    assert cluster_bootstrap(values, seed=1) != cluster_bootstrap(values, seed=2)


# --- set metrics ---------------------------------------------------------------------------------------------------------------


def test_percentile_bootstrap_of_a_frechet_distance_misses_its_own_value():
    """d = 64, n = 200: point 6.99, percentile interval 9.40 to 11.32 in one published check; the jackknife contains it."""
    rng = np.random.default_rng(0)
    truth, pred = rng.normal(size=(200, 64)), rng.normal(size=(200, 64))
    point = frechet_distance(truth, pred)
    draws = [rng.integers(0, 200, 200) for _ in range(60)]
    lo, hi = np.quantile([frechet_distance(truth[i], pred[i]) for i in draws], [0.025, 0.975])
    assert point < lo < hi
    estimate = jackknife(lambda keep: frechet_distance(truth[keep], pred[keep]), 200)
    assert estimate.value == point
    assert point in estimate.interval


def test_jackknife_of_a_mean_with_one_clip_per_group_is_students():
    values = clips(12)
    estimate = jackknife(lambda keep: float(values[keep].mean()), 12, groups=12)
    expected = t_interval(values)
    assert estimate.stderr == pytest.approx(expected.stderr, rel=1e-9)
    assert (estimate.interval.lo, estimate.interval.hi) == pytest.approx(
        (expected.interval.lo, expected.interval.hi), rel=1e-9
    )


def test_jackknife_never_splits_a_dyad():
    _, labels = dyads(groups=30)
    seen = []
    jackknife(lambda keep: float(seen.append(keep) or len(keep)), len(labels), labels, groups=10)
    left_out = [set(range(120)) - set(keep.tolist()) for keep in seen[1:]]
    assert len(left_out) == 10
    assert set().union(*left_out) == set(range(120))
    assert sum(len(group) for group in left_out) == 120
    for group in left_out:
        assert len(group) == 12
        assert len({labels[i] for i in group}) == 3


def test_set_bootstrap_estimates_the_spread_of_a_difference():
    """Against the spread over fresh data: d = 4, 100 clips, FD(a) - FD(b)."""

    def draw(seed):
        rng = np.random.default_rng(seed)
        truth = rng.normal(size=(100, 4))
        a, b = truth + rng.normal(0.5, 0.5, size=truth.shape), truth + rng.normal(0.3, 0.5, size=truth.shape)
        return lambda keep: frechet_distance(truth[keep], a[keep]) - frechet_distance(truth[keep], b[keep])

    fresh = np.std([draw(seed)(np.arange(100)) for seed in range(300)])
    results = [paired_set_bootstrap(draw(seed), 100, replicates=100) for seed in range(8)]
    assert np.mean([r.difference.stderr for r in results]) == pytest.approx(fresh, rel=0.25)
    assert all(r.difference.value in r.difference.interval for r in results)
    assert max(r.p for r in results) < 0.05


def test_set_bootstrap_takes_out_what_resampling_inflates():
    """A count of distinct clips falls to 63 % in every resample: the interval must still be about the observed difference."""
    result = paired_set_bootstrap(lambda keep: float(len(set(keep.tolist()))), 100)
    assert result.difference.value == 100
    middle = (result.difference.interval.lo + result.difference.interval.hi) / 2
    assert middle == pytest.approx(100, abs=result.difference.stderr)


# --- two methods ---------------------------------------------------------------------------------------------------------------


def test_pairing_finds_what_an_unpaired_test_cannot():
    """lm-eval scripts/model_comparator.py compares paired scores with an unpaired z-test: no power under shared difficulty."""
    rng = np.random.default_rng(0)
    difficulty = rng.normal(0, 5, 200)
    a, b = difficulty + 0.4 + rng.normal(0, 1, 200), difficulty + rng.normal(0, 1, 200)
    unpaired = 2 * stats.norm.sf(abs(a.mean() - b.mean()) / np.hypot(stats.sem(a), stats.sem(b)))
    assert unpaired > 0.2
    result = paired_bootstrap(a, b)
    assert result.p < 0.01
    assert 0.0 not in result.difference.interval
    assert approximate_randomisation(a, b) < 0.01


def test_p_values_agree_with_students_paired_test():
    a, b = clips(80), clips(80, mean=0.3, seed=1)
    student = stats.ttest_rel(a, b).pvalue
    assert paired_bootstrap(a, b).p == pytest.approx(student, abs=0.01)
    assert approximate_randomisation(a, b) == pytest.approx(student, abs=0.01)


def test_randomisation_with_few_clusters_approaches_the_exact_count():
    """Six clusters: of the 64 ways to swap, those at least as far apart as observed."""
    a, b = clips(6, mean=1.0), clips(6, seed=1)
    delta = a - b
    signs = np.array(np.meshgrid(*[[-1, 1]] * 6)).reshape(6, -1).T
    exact = np.mean(np.abs(signs @ delta) >= abs(delta.sum()) * (1 - 1e-9))
    assert approximate_randomisation(a, b, permutations=50_000) == pytest.approx(exact, abs=0.01)


def test_p_is_never_zero_and_counts_the_observed_data():
    a = clips(50)
    assert paired_bootstrap(a + 9, a, replicates=99).p == pytest.approx(1 / 100)
    assert approximate_randomisation(a + 9, a, permutations=99) == pytest.approx(1 / 100)
    assert paired_bootstrap(a, a).p == 1.0
    assert approximate_randomisation(a, a) == 1.0


def test_swapping_the_methods_flips_the_difference_only():
    a, b = clips(60), clips(60, mean=0.3, seed=1)
    one, other = paired_bootstrap(a, b), paired_bootstrap(b, a)
    assert one.p == other.p
    assert one.difference.value == -other.difference.value
    assert one.difference.interval.lo == pytest.approx(-other.difference.interval.hi)


def test_clusters_weaken_the_evidence():
    values, labels = dyads(groups=20, each=10, shared=2.0, seed=3)
    shifted = values - values.mean() + 0.4
    zero = np.zeros_like(values)
    assert paired_bootstrap(shifted, zero, labels).p > 3 * paired_bootstrap(shifted, zero).p
    assert approximate_randomisation(shifted, zero, labels) > 3 * approximate_randomisation(shifted, zero)


def test_no_p_from_four_clusters():
    result = paired_bootstrap(clips(8), clips(8, seed=1), [0, 0, 1, 1, 2, 2, 3, 3])
    assert result.p is None
    assert "4 cluster(s)" in result.difference.interval.note


def test_holm_by_hand_and_against_its_definition():
    """Holm 1979: sorted p times (m, m - 1, ...), never falling, at most 1."""
    assert holm([0.01, 0.04, 0.03]).tolist() == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.5, 0.9]).tolist() == [1.0, 1.0]
    assert holm([]).tolist() == []
    with pytest.raises(MetricInputError, match=r"\[0, 1\]"):
        holm([0.1, 1.2])
    with pytest.raises(MetricInputError, match=r"\[0, 1\]"):
        holm([0.1, np.nan])


# --- many methods --------------------------------------------------------------------------------------------------------------


def test_rank_intervals_are_wide_for_ties_and_tight_for_gaps():
    rng = np.random.default_rng(0)
    shared = rng.normal(size=300)
    table = np.stack([shared + m + 0.5 * rng.normal(size=300) for m in (3.0, 0.0, 0.01, -3.0)])
    ranks = rank_intervals(table, higher_is_better=True)
    assert (ranks[0].rank, ranks[0].interval.lo, ranks[0].interval.hi) == (1, 1, 1)
    assert (ranks[3].rank, ranks[3].interval.lo, ranks[3].interval.hi) == (4, 4, 4)
    assert [(r.interval.lo, r.interval.hi) for r in ranks[1:3]] == [(2, 3), (2, 3)]
    worst_first = rank_intervals(table, higher_is_better=False)
    assert [r.rank for r in worst_first] == [5 - r.rank for r in ranks]


def test_equal_methods_share_a_rank():
    values = clips(30)
    assert [r.rank for r in rank_intervals([values, values, values - 1], higher_is_better=True)] == [1, 1, 3]


def test_letters_by_hand():
    """Piepho's point: a chain of ties needs letters that overlap."""
    chain = np.array([[1, 0.5, 0.01, 0.01], [0.5, 1, 0.5, 0.01], [0.01, 0.5, 1, 0.5], [0.01, 0.01, 0.5, 1]])
    assert tie_groups(chain) == ("a", "ab", "bc", "c")
    assert tie_groups(chain, order=[3, 2, 1, 0]) == ("c", "bc", "ab", "a")
    assert tie_groups(np.ones((3, 3))) == ("a", "a", "a")
    assert tie_groups(np.zeros((3, 3))) == ("a", "b", "c")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: cluster_bootstrap([]), "at least one clip"),
        (lambda: cluster_bootstrap([[1.0, 2.0]]), "one number per clip"),
        (lambda: cluster_bootstrap([1.0, np.nan]), "report the coverage"),
        (lambda: cluster_bootstrap([1.0, 2.0], [1]), "the id of its dyad"),
        (lambda: cluster_bootstrap(clips(), level=95), "between 0 and 1"),
        (lambda: cluster_bootstrap(clips(), replicates=0), "at least one replicate"),
        (lambda: t_interval([np.inf]), "report the coverage"),
        (lambda: jackknife(lambda keep: np.nan, 10), "metric of all clips is nan"),
        (lambda: jackknife(lambda keep: 1.0 if len(keep) == 10 else np.inf, 10), "all but group 0"),
        (lambda: jackknife(lambda keep: 1.0, 10, groups=1), "two groups"),
        (lambda: paired_bootstrap([1.0], [1.0, 2.0]), "one list of clips"),
        (lambda: paired_set_bootstrap(lambda keep: 1.0, 0), "at least one clip"),
        (lambda: approximate_randomisation([1.0], [2.0], permutations=0), "at least one permutation"),
        (lambda: rank_intervals([1.0, 2.0], higher_is_better=True), r"\(methods, clips\)"),
        (lambda: rank_intervals([[1.0, np.nan]], higher_is_better=True), "report the coverage"),
        (lambda: tie_groups([[1.0, 0.5], [0.4, 1.0]]), "symmetric"),
        (lambda: tie_groups([[1.0, 0.5]]), "symmetric"),
        (lambda: tie_groups(np.ones((2, 2)), order=[0, 0]), "each of the 2 methods once"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()

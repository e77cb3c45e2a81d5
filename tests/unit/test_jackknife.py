"""Replicates that are kept beside a value: what they can tell later, without the clips."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from echo_metrics.statistics import Replicates, deal, delete_groups, jackknife_estimate, paired_jackknife, t_interval
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats


def mean_of(values, labels=None, groups=20):
    """Replicates of the mean over clips."""
    values = np.asarray(values, float)
    labels = np.arange(len(values)) if labels is None else labels
    count = len(set(labels))
    groups = min(groups, count)
    dealt = deal(len(values), labels, groups=groups)
    return delete_groups(lambda keep: float(values[keep].mean()), dealt, groups=groups, clusters=count)


def normal(n, seed=0, mean=0.0):
    return np.random.default_rng(seed).normal(mean, 1, n)


def test_groups_are_even_and_split_no_dyad():
    labels = np.repeat(np.arange(45), 3)
    dealt = deal(len(labels), labels)
    assert set(np.bincount(dealt[::3])) == {2, 3}
    assert all(len(set(dealt[labels == dyad])) == 1 for dyad in range(45))


def test_the_dealing_depends_on_the_list_of_clips_alone():
    assert deal(30, seed=1).tolist() == deal(30, [f"dyad {i}" for i in range(30)], seed=1).tolist()
    assert deal(30, seed=1).tolist() != deal(30, seed=2).tolist()


def test_with_a_group_for_each_clip_the_interval_is_students():
    values = normal(15)
    estimate, student = jackknife_estimate(mean_of(values)), t_interval(values)
    assert estimate.stderr == pytest.approx(student.stderr, rel=1e-9)
    assert estimate.interval.hi == pytest.approx(student.interval.hi, rel=1e-9)


def test_a_pair_of_clipwise_values_gives_students_paired_test():
    a, b = normal(18, mean=0.4), normal(18, seed=1)
    result, student = paired_jackknife(mean_of(a), mean_of(b)), stats.ttest_rel(a, b)
    assert result.p == pytest.approx(student.pvalue, rel=1e-9)
    expected = student.confidence_interval()
    assert (result.difference.interval.lo, result.difference.interval.hi) == pytest.approx(tuple(expected), rel=1e-9)


@settings(max_examples=30)
@given(st.integers(0, 1000))
def test_swapping_the_methods_flips_the_difference_only(seed):
    a, b = mean_of(normal(40, seed)), mean_of(normal(40, seed + 1, 0.3))
    one, other = paired_jackknife(a, b), paired_jackknife(b, a)
    assert one.p == pytest.approx(other.p, rel=1e-9)
    assert one.difference.value == -other.difference.value
    assert one.difference.interval.lo == pytest.approx(-other.difference.interval.hi)


def test_pairing_takes_out_what_both_methods_share():
    difficulty = 5 * normal(100)
    a, b = mean_of(difficulty + 0.5 + normal(100, 1)), mean_of(difficulty + normal(100, 2))
    assert paired_jackknife(a, b).difference.stderr < 0.3 * jackknife_estimate(a).stderr
    assert paired_jackknife(a, b).p < 0.05


def test_the_bias_of_a_frechet_distance_is_seen():
    """Two samples of one distribution, 8 channels, 60 clips: the true distance is 0 and the value far above."""
    found = []
    for seed in range(20):
        rng = np.random.default_rng(seed)
        truth, pred = rng.normal(size=(60, 8)), rng.normal(size=(60, 8))
        kept = delete_groups(
            lambda keep, t=truth, p=pred: frechet_distance(t[keep], p[keep]), deal(60), groups=20, clusters=60
        )
        found.append((kept.value, kept.value - kept.bias))
    plain, corrected = np.mean(found, axis=0)
    assert plain > 0.5
    assert abs(corrected) < 0.2 * plain


def test_equal_methods_are_equal_and_a_constant_gain_is_certain():
    same = mean_of(normal(30))
    assert paired_jackknife(same, same).p == 1.0
    better = Replicates(same.value + 1, tuple(v + 1 for v in same.without), same.clusters)
    assert paired_jackknife(better, same).p < 1e-12
    nudged = Replicates(same.value * (1 + 1e-12), same.without, same.clusters)
    assert paired_jackknife(nudged, same).p == 1.0, "rounding is no difference"


def test_groups_without_a_clip_are_left_out():
    values = normal(30)
    dealt = deal(30)
    kept = np.flatnonzero(dealt != 19)
    some = delete_groups(lambda keep: float(values[kept][keep].mean()), dealt[kept], groups=20, clusters=len(kept))
    assert some.without[19] is None
    full = delete_groups(lambda keep: float(values[keep].mean()), dealt, groups=20, clusters=len(kept))
    assert jackknife_estimate(some).stderr > 0
    assert paired_jackknife(some, full).p is not None


def test_few_clusters_are_marked_and_too_few_give_none():
    assert "few clusters (19" in jackknife_estimate(mean_of(normal(19))).interval.note
    none = paired_jackknife(mean_of(normal(4)), mean_of(normal(4, 1)))
    assert (none.p, none.difference.interval.lo) == (None, None)
    assert "at least 5 are needed" in none.difference.interval.note


def test_refusals():
    with pytest.raises(MetricInputError, match="cannot be paired"):
        paired_jackknife(mean_of(normal(30)), mean_of(normal(12)))
    with pytest.raises(MetricInputError, match="two groups"):
        deal(5, groups=1)
    with pytest.raises(MetricInputError, match="2 cluster labels for 3 clips"):
        deal(3, ["a", "b"])
    with pytest.raises(MetricInputError, match="all but group 0 is nan"):
        delete_groups(lambda keep: 1.0 if len(keep) == 3 else np.nan, [0, 1, 1], groups=2, clusters=3)

"""Intervals and replicates of a score, from rows made by hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from echo_metrics.statistics import Replicates, paired_jackknife

from echo_bench.metric import Direction, MetricInfo
from echo_bench.metrics.base import MeanOverClips, MeanStat
from echo_bench.results.intervals import uncertainty


@dataclass
class Clip:
    """A row with a value, or one that has none."""

    cluster: str
    value: float | None
    stat: Any = None


class Toy(MeanOverClips):
    """The mean of values; as a set metric the same number, so that both ways can be compared."""

    def __init__(self, aggregation="mean", min_clips=1):
        self.info = MetricInfo("toy@test", "Toy", "", Direction.LOWER, (), aggregation=aggregation, min_clips=min_clips)


def rows(n, per_dyad=1, seed=0, missing=()):
    values = np.random.default_rng(seed).normal(size=n)
    return [
        Clip(f"d{i // per_dyad}", None) if i in missing else Clip(f"d{i // per_dyad}", v, MeanStat(1, v))
        for i, v in enumerate(values)
    ]


def test_a_mean_gets_a_t_interval_and_replicates():
    given = rows(12)
    interval, kept = uncertainty(Toy(), given)
    assert interval.kind == "cluster-robust t"
    assert len(kept) == 12
    values = np.array([row.value for row in given])
    assert sorted(kept) == pytest.approx(sorted((values.sum() - values) / 11))


def test_a_set_metric_gets_the_jackknife_of_the_same_replicates():
    mean, of_mean = uncertainty(Toy(), rows(12))
    whole, of_set = uncertainty(Toy("set"), rows(12))
    assert whole.kind == "delete-a-group jackknife"
    assert of_set == pytest.approx(of_mean)
    assert (whole.lo, whole.hi) == pytest.approx((mean.lo, mean.hi)), "one clip per group: Student's, both ways"


def test_groups_are_those_of_the_split_whatever_is_missing():
    """Two methods of which one lost a dyad: the other groups are the same, so that the pair can be compared."""
    full, short = rows(30), rows(30, missing=(7,))
    (_, all_groups), (_, some) = uncertainty(Toy(), full), uncertainty(Toy(), short)
    value = [np.mean([r.value for r in given if r.value is not None]) for given in (full, short)]
    assert len(all_groups) == len(some) == 20
    a, b = (Replicates(float(v), g, 29) for v, g in zip(value, (all_groups, some), strict=True))
    assert paired_jackknife(a, b).p is not None


def test_a_dyad_of_its_own_group_that_has_no_clip_is_none():
    _, kept = uncertainty(Toy(), rows(8, missing=(3,)))
    assert kept.count(None) == 1


@pytest.mark.parametrize("aggregation", ["mean", "set"])
def test_four_dyads_give_a_range_and_replicates(aggregation):
    given = rows(8, per_dyad=2)
    interval, kept = uncertainty(Toy(aggregation), given)
    assert (interval.level, interval.kind, len(kept)) == (None, "range over clips", 4)
    assert interval.lo == min(row.value for row in given)


def test_one_dyad_has_no_replicates():
    interval, kept = uncertainty(Toy(), rows(3, per_dyad=3))
    assert kept == ()
    assert interval.level is None


def test_a_set_metric_that_needs_every_clip_says_so():
    interval, kept = uncertainty(Toy("set", min_clips=6), rows(6))
    assert (interval.kind, kept) == ("none", ())
    assert "needs more clips than a group leaves" in interval.note

"""The distance of many subsets of clips, from sums of all less those of the dropped."""

from __future__ import annotations

from functools import reduce

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Moments
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from echo_bench.metric import subsets_of
from echo_bench.metrics.effnet import FID as EFFNET
from echo_bench.metrics.embedded import PICTURES
from echo_bench.metrics.fast import metric_of
from echo_bench.metrics.fid import FID_PYTORCH, FRREA
from echo_bench.metrics.pooled_frechet import PooledFrechet
from echo_bench.metrics.two_samples import TwoSamples

pytestmark = pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
CLIPS = 12


def clips(rows: int, channels: int, seed: int = 0) -> list[TwoSamples]:
    """Clips of unequal length whose channels are correlated and far from 0, as a net's are."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(channels, channels)) / np.sqrt(channels)
    sizes = rng.integers(rows // 2, rows + 1, size=(CLIPS, 2))
    drawn = [[(rng.normal(size=(n, channels)) @ mix + 2).astype(np.float32) for n in pair] for pair in sizes]
    return [TwoSamples((pred * np.float32(1.1),), (truth,)) for pred, truth in drawn]


def plain(stats: list[TwoSamples], kept: NDArray[np.int64]) -> float:
    """Every subset from its own rows."""
    return FID_PYTORCH.finalize(reduce(FID_PYTORCH.merge, [stats[i] for i in kept]))


@settings(max_examples=25, deadline=None)
@given(
    st.sampled_from([(30, 6), (8, 60), (12, 100), (30, 200)]),
    st.sets(st.integers(0, CLIPS - 1), min_size=1),
    st.integers(0, 5),
)
def test_a_subset_is_as_from_its_own_rows(shape: tuple[int, int], chosen: set[int], seed: int) -> None:
    """Both sides of as many rows as channels: the whole above it and the subset above or below, or both below."""
    stats, kept = clips(*shape, seed), np.array(sorted(chosen))
    assert subsets_of(FID_PYTORCH, stats)(kept) == pytest.approx(plain(stats, kept), rel=1e-8, abs=1e-8)


def test_all_clips_give_the_very_value() -> None:
    stats = clips(30, 6)
    assert subsets_of(FID_PYTORCH, stats)(np.arange(CLIPS)) == plain(stats, np.arange(CLIPS))


def test_halves_have_one_side_each() -> None:
    both = clips(60, 6)
    halves = [TwoSamples((), s.truth) if k % 2 else TwoSamples(s.truth, ()) for k, s in enumerate(both)]
    kept = np.delete(np.arange(CLIPS), [3, 6])
    assert subsets_of(FID_PYTORCH, halves)(kept) == pytest.approx(plain(halves, kept), rel=1e-8)
    with pytest.raises(MetricInputError, match="nothing of truth"):
        subsets_of(FID_PYTORCH, halves)(np.arange(0, CLIPS, 2))


def test_rows_are_summed_twice_however_many_subsets_are_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """This is what it is for: a jackknife of G groups would else sum all rows G times."""
    summed = 0
    update = Moments.update

    def counting(self: Moments, features: NDArray[np.float32]) -> None:
        nonlocal summed
        summed += len(features)
        update(self, features)

    monkeypatch.setattr(Moments, "update", counting)
    stats = clips(40, 6)
    of_subset = subsets_of(FID_PYTORCH, stats)
    for dropped in range(CLIPS):
        of_subset(np.delete(np.arange(CLIPS), dropped))
    rows = sum(len(block) for stat in stats for side in (stat.pred, stat.truth) for block in side)
    assert summed == 2 * rows


@pytest.mark.parametrize("metric", [FID_PYTORCH, FRREA, EFFNET, PICTURES])
def test_distances_of_pooled_rows_are_such_metrics(metric: object) -> None:
    assert isinstance(metric, PooledFrechet)


def test_the_fast_policy_has_the_same_way() -> None:
    stats, kept = clips(30, 6), np.arange(1, CLIPS)
    fast = metric_of("fid@pytorch-fid+fast")
    assert subsets_of(fast, stats)(kept) == subsets_of(FID_PYTORCH, stats)(kept)

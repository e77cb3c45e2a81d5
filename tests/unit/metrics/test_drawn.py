"""Intervals of metrics on random subsets: as wide as the value moves from split to split, not as wide as its draw allows."""

from __future__ import annotations

import pickle
from functools import partial, reduce

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_infinity, infinity_of, infinity_subsets
from echo_metrics.kernel import discrepancies, kernel_distance, kernel_subsets
from echo_metrics.statistics import deal, delete_groups, jackknife_estimate
from numpy.typing import NDArray

from echo_bench.metric import subsets_of
from echo_bench.metrics.drawn import DrawnTwoSamples
from echo_bench.metrics.fid import FD_INF_PYTORCH, KID_PYTORCH
from echo_bench.metrics.two_samples import TwoSamples

CLIPS, ROWS, CHANNELS, SUBSET = 60, 20, 6, 40
Sets = tuple[NDArray[np.float64], NDArray[np.float64]]

KID = DrawnTwoSamples(
    KID_PYTORCH.info,
    lambda features, side: features[side]["rows"],
    lambda truth, pred: kernel_subsets(len(truth), len(pred), subset_size=SUBSET),
    lambda truth, pred, drawn: float(discrepancies(truth, pred, drawn).mean()),
)
FD_INF = DrawnTwoSamples(
    FD_INF_PYTORCH.info,
    lambda features, side: features[side]["rows"],
    lambda truth, pred: infinity_subsets(len(truth), len(pred), truth.shape[1]),
    lambda truth, pred, drawn: infinity_of(truth, pred, drawn).value,
)


def split(seed: int) -> list[TwoSamples]:
    rng = np.random.default_rng(seed)
    return [
        TwoSamples((rng.normal(size=(ROWS, CHANNELS)) + 0.35,), (rng.normal(size=(ROWS, CHANNELS)),))
        for _ in range(CLIPS)
    ]


def pooled(stats: list[TwoSamples]) -> Sets:
    return np.concatenate([s.truth[0] for s in stats]), np.concatenate([s.pred[0] for s in stats])


@pytest.mark.parametrize(
    ("metric", "official"),
    [(KID, partial(kernel_distance, subset_size=SUBSET)), (FD_INF, frechet_infinity), (KID_PYTORCH, kernel_distance)],
)
def test_of_all_clips_it_is_the_official_value(metric, official):
    stats = split(0)
    expected = official(*pooled(stats)).value
    assert metric.finalize(reduce(metric.merge, stats)) == expected
    assert subsets_of(metric, stats)(np.arange(CLIPS)) == expected


@pytest.mark.parametrize("metric", [KID, FD_INF])
def test_the_interval_is_as_wide_as_the_value_moves(metric):
    values = [metric.finalize(reduce(metric.merge, split(seed))) for seed in range(60)]
    errors = [
        jackknife_estimate(
            delete_groups(subsets_of(metric, split(seed)), deal(CLIPS), groups=20, clusters=CLIPS)
        ).stderr
        for seed in range(6)
    ]
    assert np.mean(errors) == pytest.approx(np.std(values, ddof=1), rel=0.3)


def test_rows_that_are_left_out_do_not_count():
    stats = split(0)
    of_subset = subsets_of(KID, stats)
    changed = [*stats[:7], TwoSamples((stats[7].pred[0] + 99,), (stats[7].truth[0] - 99,)), *stats[8:]]
    kept = np.delete(np.arange(CLIPS), 7)
    assert subsets_of(KID, changed)(kept) == of_subset(kept)


def test_refuses_one_side_alone_and_rows_that_are_not_finite():
    stats = split(0)
    with pytest.raises(MetricInputError, match="nothing of truth"):
        KID.finalize(TwoSamples(stats[0].pred, ()))
    with pytest.raises(MetricInputError, match="the prediction holds NaN"):
        KID.finalize(TwoSamples((np.full((50, 6), np.nan),), stats[0].truth))


def test_the_shipped_metrics_can_be_sent_to_workers():
    assert pickle.loads(pickle.dumps(KID_PYTORCH)).info == KID_PYTORCH.info

"""Properties that every motion metric keeps on any clips."""

import numpy as np
import pytest
from echo_metrics import motion as metrics
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**16)
PAIRWISE = {
    "frechet": metrics.frechet,
    "frechet corpus": lambda gt, pred: metrics.frechet(gt, pred, "corpus"),
    "mse": metrics.mean_squared_error,
    "sts": metrics.sts,
}
ALONE = {
    **{name: lambda clips, name=name: metrics.variance(clips, name) for name in ("flat", "time", "sum", "react")},
    "diversity": lambda clips: metrics.diversity(clips, pairs=20),
    "jerk": metrics.jerk,
    "spectral arc length": metrics.spectral_arc_length,
}


def clips(seed, count=3, dims=3):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(int(rng.integers(20, 60)), dims)).cumsum(0) for _ in range(count)]


def alike(tracks, seed):
    rng = np.random.default_rng(seed)
    return [clip + rng.normal(size=clip.shape) for clip in tracks]


@pytest.mark.parametrize("name", PAIRWISE)
@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_identity_symmetry_and_clip_order(name, seed):
    metric, gt = PAIRWISE[name], clips(seed)
    pred = alike(gt, seed + 1)
    value = metric(gt, pred)
    assert metric(gt, gt) == pytest.approx(0, abs=1e-8)
    assert value > 0
    assert metric(pred, gt) == pytest.approx(value, rel=1e-7)
    assert metric(gt[::-1], pred[::-1]) == pytest.approx(value, rel=1e-7)


@pytest.mark.parametrize(("name", "power"), [("frechet", 2), ("mse", 2), ("sts", 1)])
@given(seed=SEEDS, scale=st.floats(0.1, 10))
@settings(max_examples=15, deadline=None)
def test_scale_and_common_shift(name, power, seed, scale):
    metric, gt = PAIRWISE[name], clips(seed)
    pred = alike(gt, seed + 1)
    moved = [[scale * clip + 3 for clip in side] for side in (gt, pred)]
    assert metric(*moved) == pytest.approx(scale**power * metric(gt, pred), rel=1e-6)


@pytest.mark.parametrize("name", ALONE)
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_descriptive_metrics_ignore_clip_order_and_column_order(name, seed):
    metric, track = ALONE[name], clips(seed)
    value = metric(track)
    assert metric(track[::-1]) == pytest.approx(value, rel=1e-9)
    assert metric([clip[:, ::-1] for clip in track]) == pytest.approx(value, rel=1e-9)


@given(seed=SEEDS, clusters=st.integers(2, 12), codebook=st.sampled_from(["gt", "pred"]))
@settings(max_examples=15, deadline=None)
def test_sid_never_passes_its_bound(seed, clusters, codebook):
    gt = clips(seed)
    value = metrics.shannon_index(gt, alike(gt, seed + 1), clusters, codebook=codebook)
    assert -1e-5 <= value <= np.log2(clusters)


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_rpcc_bounds_identity_and_offsets(seed):
    rng = np.random.default_rng(seed)
    gt, partner, pred = rng.normal(size=(3, 2, 120, 3)).cumsum(2)
    value = metrics.lagged_residual_pearson(gt, pred, partner)
    assert 0 <= value <= 2
    assert 0 <= metrics.residual_pearson(gt, pred, partner) <= 2
    assert metrics.lagged_residual_pearson(gt, gt, partner) == 0
    moved = pred * rng.uniform(0.5, 2, size=3) + rng.normal(size=3)
    assert metrics.lagged_residual_pearson(gt, moved, partner) == pytest.approx(value, abs=1e-9)


@given(seed=SEEDS)
@settings(max_examples=15, deadline=None)
def test_histogram_distances_are_symmetric_and_bounded(seed):
    p, q = np.random.default_rng(seed).random((2, 8))
    value = metrics.jensen_shannon(p, q)
    assert 0 <= value <= 1
    assert metrics.jensen_shannon(q, p) == pytest.approx(value, rel=1e-9)
    assert metrics.wasserstein(p, q + 2) == pytest.approx(2 + q.mean() - p.mean(), rel=1e-9)

"""Properties that every reaction metric keeps on any arrays."""

import numpy as np
import pytest
from echo_metrics import reaction as metrics
from echo_metrics.dtw import dtw
from hypothesis import given, settings
from hypothesis import strategies as st

SEEDS = st.integers(0, 2**16)
NEIGHBOURED = {"frcorr": metrics.frcorr, "frdist": metrics.frdist}


def arrays(seed, n=3, samples=2, frames=60):
    rng = np.random.default_rng(seed)
    listener = rng.random((n, frames, 25))
    pred = 0.5 * listener[:, None] + 0.5 * rng.random((n, samples, frames, 25))
    neighbours = np.eye(n) + np.triu(rng.integers(0, 2, (n, n)), 1)
    return pred, listener, neighbours


@pytest.mark.parametrize("name", NEIGHBOURED)
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_order_of_clips_and_samples(name, seed):
    metric, (pred, listener, neighbours) = NEIGHBOURED[name], arrays(seed)
    value = metric(pred, listener, neighbours)
    order = np.random.default_rng(seed).permutation(len(pred))
    assert metric(pred[order], listener[order], neighbours[np.ix_(order, order)]) == pytest.approx(value, rel=1e-9)
    assert metric(pred[:, ::-1], listener, neighbours) == pytest.approx(value, rel=1e-9)


@pytest.mark.parametrize("name", NEIGHBOURED)
@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_more_appropriate_listeners_never_hurt(name, seed):
    metric, (pred, listener, neighbours) = NEIGHBOURED[name], arrays(seed)
    gain = metric(pred, listener, np.ones_like(neighbours)) - metric(pred, listener, neighbours)
    assert gain >= -1e-9 if name == "frcorr" else gain <= 1e-9


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_batches_of_speakers_average(seed):
    pred, listener, _ = arrays(seed, n=4)
    eye = np.eye(4)
    for metric in (metrics.frcorr, metrics.frdist):
        halves = [metric(pred[half], listener[half], eye[half, half]) for half in (slice(0, 2), slice(2, 4))]
        assert np.mean(halves) == pytest.approx(metric(pred, listener, eye), rel=1e-9)


@given(seed=SEEDS, scale=st.floats(0.1, 10))
@settings(max_examples=15, deadline=None)
def test_concordance_bounds_symmetry_and_common_scale(seed, scale):
    a, b = np.random.default_rng(seed).normal(size=(2, 40, 5))
    value = metrics.concordance(a, b)
    assert (abs(value) <= 1).all()
    np.testing.assert_allclose(metrics.concordance(b, a), value, atol=1e-12)
    np.testing.assert_allclose(metrics.concordance(scale * a + 3, scale * b + 3), value, atol=1e-5)


@given(seed=SEEDS, scale=st.floats(0.1, 10))
@settings(max_examples=15, deadline=None)
def test_dtw_symmetry_scale_and_upper_bound(seed, scale):
    a, b = np.random.default_rng(seed).normal(size=(2, 30, 3))
    value = dtw(a, b)
    assert dtw(b, a) == pytest.approx(value, rel=1e-12)
    assert dtw(a[::-1], b[::-1]) == pytest.approx(value, rel=1e-12)
    assert dtw(scale * a + 1, scale * b + 1) == pytest.approx(scale * value, rel=1e-9)
    assert value <= np.linalg.norm(a - b)


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_diversity_scales_with_the_square_and_ignores_shifts(seed):
    pred, _, _ = arrays(seed)
    for metric in (metrics.frdiv, metrics.frvar, metrics.frdvs):
        assert metric(3 * pred + 7) == pytest.approx(9 * metric(pred), rel=1e-9)
        assert metric(pred[..., ::-1]) == pytest.approx(metric(pred), rel=1e-9)


@given(seed=SEEDS)
@settings(max_examples=10, deadline=None)
def test_lags_mirror_when_the_roles_are_swapped(seed):
    a, b = np.random.default_rng(seed).normal(size=(2, 1, 120, 3))
    assert metrics.reaction_lags(a[:, None], b) == -metrics.reaction_lags(b[:, None], a)


EVENTS = st.lists(st.tuples(st.sampled_from(["nod", "smile"]), st.integers(0, 80), st.integers(1, 40)), max_size=6)


@given(gt=EVENTS, pred=EVENTS)
@settings(max_examples=60, deadline=None)
def test_event_scores_are_bounded_and_f1_is_symmetric(gt, pred):
    first, second = ([[(label, start, start + length) for label, start, length in clip]] for clip in (gt, pred))
    f1 = metrics.event_f1(first, second)
    assert 0 <= f1 <= 1 / 3
    assert metrics.event_tiou(first, second) in (0, pytest.approx(0.75, abs=0.2501))
    deviation = metrics.event_atd(first, second)
    assert deviation is None or 0 <= deviation <= 2.5
    present = {event[0] for event in first[0]}
    assert metrics.event_f1(first, first) == pytest.approx(len(present) / 6)

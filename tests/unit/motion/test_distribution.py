"""Distances of gaze and head-pose distributions, pooled and per emotion."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.motion import gaze_distance, head_pose_distance, jensen_shannon, per_emotion, wasserstein
from scipy.spatial import distance
from scipy.stats import wasserstein_distance


def angles(centre=0.0, spread=1.0, frames=4000, axes=2, seed=0):
    return [centre + spread * np.random.default_rng(seed).normal(size=(frames, axes))]


def test_against_scipy():
    rng = np.random.default_rng(0)
    p, q = rng.random((2, 5, 5))
    assert jensen_shannon(p, q) == pytest.approx(distance.jensenshannon(p.ravel(), q.ravel(), base=2) ** 2, rel=1e-9)
    a, b = rng.normal(size=200), rng.normal(1, 2, size=300)
    assert wasserstein(a, b) == pytest.approx(wasserstein_distance(a, b), rel=1e-9)


@pytest.mark.parametrize(("metric", "axes"), [(gaze_distance, 2), (head_pose_distance, 3)])
def test_a_turned_away_head_is_noticed(metric, axes):
    gt = angles(axes=axes)
    found = [metric(gt, angles(shift, axes=axes)) for shift in (0.0, 0.3, 1.0, 3.0)]
    divergence = [one.jensen_shannon for one in found]
    assert divergence == sorted(divergence)
    assert divergence[0] == 0
    assert [one.wasserstein[-1] for one in found] == pytest.approx([0, 0.3, 1.0, 3.0])


@pytest.mark.parametrize(("metric", "axes"), [(gaze_distance, 2), (head_pose_distance, 3)])
def test_a_frozen_stare_is_noticed(metric, axes):
    gt = angles(axes=axes)
    values = [metric(gt, angles(spread=spread, axes=axes)).jensen_shannon for spread in (1.0, 0.5, 0.1)]
    assert values == sorted(values)


def test_order_of_frames_and_clips_plays_no_part():
    gt, pred = angles(), angles(0.2, seed=1)
    cut = [pred[0][2000:], pred[0][:2000][::-1]]
    assert gaze_distance(gt, cut) == gaze_distance(gt, pred)


def test_beyond_the_range_of_the_truth_is_not_at_its_edge():
    gt = [np.linspace(0, 1, 101)[:, None] * [1.0, 1.0]]
    assert gaze_distance(gt, [gt[0] + 10]).jensen_shannon == 1
    assert gaze_distance(gt, [np.ones((5, 2))]).jensen_shannon < 1


def test_per_emotion_sees_swapped_emotions_that_pooling_cannot():
    """Happy people look up, sad ones down; a method that does the opposite has the same pooled distribution."""
    gt = [*angles(2.0, seed=1), *angles(-2.0, seed=2)]
    swapped = [gt[1], gt[0]]
    labels = ["happy", "sad"]
    assert gaze_distance(gt, swapped).jensen_shannon == 0
    found = per_emotion(gaze_distance, gt, swapped, labels)
    assert list(found) == labels
    assert all(one.jensen_shannon > 0.5 for one in found.values())
    assert all(one.jensen_shannon == 0 for one in per_emotion(gaze_distance, gt, gt, labels).values())


def test_refusals():
    gaze = angles()
    with pytest.raises(MetricInputError, match="2 columns"):
        gaze_distance(angles(axes=3), angles(axes=3))
    with pytest.raises(MetricInputError, match="never changes"):
        gaze_distance([np.zeros((10, 2))], gaze)
    with pytest.raises(MetricInputError, match="one label per clip"):
        per_emotion(gaze_distance, gaze, gaze, ["happy", "sad"])
    with pytest.raises(MetricInputError, match="one set of edges"):
        jensen_shannon([1, 2], [1, 2, 3])
    with pytest.raises(MetricInputError, match="none negative"):
        jensen_shannon([0, 0], [1, 0])
    with pytest.raises(MetricInputError, match="non-empty finite vector"):
        wasserstein([], [1.0])

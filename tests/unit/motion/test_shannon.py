"""SID: what it notices, DualTalk's swapped arguments, and values that no codebook can have."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.motion import check_shannon_index, shannon_index


def poses(shares, frames=800, seed=0):
    """Frames around well separated poses, visited with the given shares."""
    rng = np.random.default_rng(seed)
    visited = np.repeat(np.arange(len(shares)), (np.array(shares) * frames).astype(int))
    return [10.0 * np.eye(len(shares))[visited] + 0.01 * rng.normal(size=(len(visited), len(shares)))]


def test_entropy_of_known_shares():
    """With the poses as words, SID is the entropy of the shares in bits, up to the official epsilon."""
    gt = poses([0.25] * 4)
    assert shannon_index(gt, gt, 4) == pytest.approx(2, abs=1e-4)
    assert shannon_index(gt, poses([0.5, 0.25, 0.125, 0.125]), 4) == pytest.approx(1.75, abs=1e-4)
    assert shannon_index(gt, poses([1, 0, 0, 0]), 4) == pytest.approx(0, abs=1e-4)


def test_falls_as_motion_freezes():
    rng = np.random.default_rng(0)
    gt = [rng.normal(size=(600, 3))]
    values = [shannon_index(gt, [factor * gt[0]], 20) for factor in (1.0, 0.5, 0.2, 0.0)]
    assert values == sorted(values, reverse=True)


def test_swapped_codebook_rates_the_truth_not_the_method():
    """ZiqiaoPeng/DualTalk#7: called as (pred, gt). A collapsed prediction then scores as high as a perfect one."""
    gt, collapsed = poses([0.25] * 4), poses([0.97, 0.01, 0.01, 0.01])
    assert shannon_index(gt, collapsed, 4) < 0.3
    assert shannon_index(gt, collapsed, 4, codebook="pred") == pytest.approx(2, abs=1e-4)


def test_static_codebook_warns_in_the_terms_of_the_metric():
    gt = poses([0.25] * 4)
    with pytest.warns(MetricWarning, match="only 1 of 4 motion words"):
        assert shannon_index(gt, [np.zeros_like(gt[0])], 4, codebook="pred") == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize(("value", "clusters"), [(3.972, 15), (3.20, 9), (4.78, 15), (-0.1, 40)])
def test_reported_values_above_the_bound_are_refused(value, clusters):
    """Avatar Forcing's truth row, its ViCo pose SID and INFP's, at the K stated for them (field.md 1.5)."""
    with pytest.raises(MetricInputError, match="other clusters"):
        check_shannon_index(value, clusters)


def test_refuses_too_few_frames_and_clusters():
    clip = [np.random.default_rng(0).normal(size=(30, 2))]
    with pytest.raises(MetricInputError, match="30 frames cannot make 40 clusters"):
        shannon_index(clip, clip, 40)
    with pytest.raises(MetricInputError, match="at least 2"):
        shannon_index(clip, clip, 1)
    with pytest.raises(MetricInputError, match="codebook must be one of"):
        shannon_index(clip, clip, 4, codebook="both")


def test_the_order_of_clips_is_one_more_seed():
    """k-means picks its first words by row number: another order moves the value, by no more than another seed does."""
    gt = [np.random.default_rng(k).normal(size=(60, 4)).cumsum(axis=0) for k in range(5)]
    seeds = [shannon_index(gt, gt, 20, seed=k) for k in range(8)]
    orders = [shannon_index([gt[i] for i in np.random.default_rng(k).permutation(5)], gt, 20) for k in range(8)]
    assert 0 < np.std(orders) < 3 * np.std(seeds)
    assert shannon_index(gt, gt[::-1], 20) == shannon_index(gt, gt, 20)  # the prediction's order plays no part

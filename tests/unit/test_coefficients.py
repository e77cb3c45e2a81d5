"""L1 and L2 of coefficient tracks: formula, damage, refusal."""

import numpy as np
import pytest
from echo_metrics.coefficients import mean_absolute_error, mean_distance
from echo_metrics.errors import MetricInputError
from hypothesis import given
from hypothesis import strategies as st


def pair(noise=0.3, lengths=(40, 90), seed=0):
    rng = np.random.default_rng(seed)
    gt = [rng.normal(size=(frames, 6)) for frames in lengths]
    return gt, [clip + noise * rng.normal(size=clip.shape) for clip in gt]


def test_formulae():
    """Worked by hand; long clips weigh more in both."""
    gt = [np.zeros((1, 2)), np.zeros((3, 2))]
    pred = [np.full((1, 2), 4.0), np.tile([3.0, -4.0], (3, 1))]
    assert mean_absolute_error(gt, pred) == (4 + 4 + 3 * 7) / 8
    assert mean_distance(gt, pred) == pytest.approx((np.sqrt(32) + 15) / 4, rel=1e-12)


@given(st.integers(0, 2**16))
def test_identity_symmetry_and_scale(seed):
    gt, pred = pair(seed=seed)
    for metric in (mean_absolute_error, mean_distance):
        assert metric(gt, gt) == 0
        assert metric(gt, pred) == pytest.approx(metric(pred, gt), rel=1e-12)
        assert metric([3 * a for a in gt], [3 * b for b in pred]) == pytest.approx(3 * metric(gt, pred), rel=1e-9)
        assert metric(gt[::-1], pred[::-1]) == pytest.approx(metric(gt, pred), rel=1e-12)


def test_both_rise_with_noise():
    for metric in (mean_absolute_error, mean_distance):
        values = [metric(*pair(noise)) for noise in (0, 0.1, 0.5, 1.0)]
        assert values == sorted(values)


def test_skipped_frames_do_not_count():
    gt, pred = pair()
    spoiled = [np.concatenate([clip[:32] + 100, clip[32:]]) for clip in pred]
    assert mean_distance(gt, spoiled, skip=32) == mean_distance(gt, pred, skip=32)
    assert mean_distance(gt, spoiled, skip=31) > mean_distance(gt, pred, skip=31) + 1


def test_refusals():
    gt, pred = pair()
    with pytest.raises(MetricInputError, match="cut to a common length"):
        mean_absolute_error(gt, [clip[:-1] for clip in pred])
    with pytest.raises(MetricInputError, match="at least 41 are needed"):
        mean_distance(gt, pred, skip=40)
    with pytest.raises(MetricInputError, match="skip must be at least 0"):
        mean_distance(gt, pred, skip=-1)

"""Landmark distances: values of the official code, what each removes, graded damage, lost faces, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.lips import f_lmd, liplmd_vico, lmd_nerf, m_lmd
from hypothesis import given
from hypothesis import strategies as st
from numpy.random import RandomState

ALL = [liplmd_vico, lmd_nerf, m_lmd, f_lmd]


def faces(seed, frames):
    stream = RandomState(seed)
    base = 100 + 40 * stream.randn(68, 2)
    return base + stream.randn(frames, 68, 2).cumsum(axis=0)


def test_golden_vico():
    """dc3ea9f/vico_challenge_baseline 01dc5ce, the arithmetic of evaluations/compute_lmd.py on these landmarks."""
    assert liplmd_vico([faces(6, 30)], [faces(5, 30)]) == pytest.approx(46.21607256407868, rel=1e-12)


def test_golden_nerf():
    """ER-NeRF's LMDMeter arithmetic (mouth, mean-centred)."""
    assert lmd_nerf([faces(6, 30)], [faces(5, 30)]) == pytest.approx(71.39415524925269, rel=1e-12)


@pytest.mark.parametrize(
    ("gt_frames", "mouth", "face"),
    [(None, 71.49478468405846, 72.24716165308712), (96, 71.41959774291064, 72.04227564560114)],
)
def test_golden_eat(gt_frames, mouth, face):
    """yuangan/evaluation_eat 0fd6e2e, the arithmetic of code/test_lmd.py (get_lmd) on two clips whose sides differ in length."""
    gt, pred = [faces(3, 40), faces(4, 130)], [faces(1, 50), faces(2, 110)]
    for metric, value in ((m_lmd, mouth), (f_lmd, face)):
        with pytest.warns(MetricWarning, match="stretched onto each other"):
            found = metric(gt, pred, gt_frames)
        assert found == pytest.approx(value, rel=1e-12)


@pytest.mark.parametrize("metric", ALL)
def test_equal_motion_is_zero_and_sides_may_be_swapped(metric):
    a, b = faces(1, 10), faces(2, 10)
    assert metric([a], [a]) == 0
    assert metric([a], [b]) == pytest.approx(metric([b], [a]), rel=1e-12)


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_place_in_the_image_counts_for_vico_alone(x, y):
    a = faces(1, 5)
    moved = a + np.array([x, y])
    assert liplmd_vico([a], [moved]) == pytest.approx((abs(x) + abs(y)) / 2, abs=1e-9)
    assert [metric([a], [moved]) for metric in (lmd_nerf, m_lmd, f_lmd)] == pytest.approx([0, 0, 0], abs=1e-9)


def test_only_f_lmd_sees_the_rest_of_the_face():
    a = faces(1, 5)
    brows = a.copy()
    brows[:, 17:27] += [0, 10]
    assert [metric([a], [brows]) for metric in (liplmd_vico, lmd_nerf, m_lmd)] == [0, 0, 0]
    assert f_lmd([a], [brows]) > 1


@pytest.mark.parametrize("metric", ALL)
def test_grows_with_the_error(metric):
    a, noise = faces(1, 40), RandomState(9).randn(40, 68, 2)
    values = [metric([a], [a + scale * noise]) for scale in (0.5, 1, 2, 4)]
    assert values == pytest.approx(values[0] * np.array([1, 2, 4, 8]), rel=1e-9)


def test_pooling_differs():
    """A long good clip and a short bad one: pooled frames against the mean of clips."""
    good, bad = faces(1, 90), faces(2, 10)
    gt, pred = [good, bad], [good, bad * 1.1]
    alone = lmd_nerf([bad], [bad * 1.1])
    assert lmd_nerf(gt, pred) == pytest.approx(alone / 10, rel=1e-9)
    assert m_lmd(gt, pred) == pytest.approx(alone / 2, rel=1e-9)


@pytest.mark.parametrize("metric", ALL)
def test_lost_faces_are_said(metric):
    """The peers drop such frames without a word, or stop: ViCo indexes None; LatentSync and EAT leave the clip out of the mean."""
    a, b = faces(1, 20), faces(2, 20)
    kept = metric([a[5:]], [b[5:]])
    unseen = a.copy()
    unseen[:5] = np.nan
    assert metric([unseen], [b]) == pytest.approx(kept, rel=1e-12)
    lost = b.copy()
    lost[:5] = np.nan
    with pytest.warns(MetricWarning, match="no face in 5 of 20"):
        assert metric([a], [lost]) == pytest.approx(kept, rel=1e-12)
    with pytest.raises(MetricInputError, match="no frame in which both faces"):
        metric([a], [b * np.nan])


@pytest.mark.parametrize("metric", ALL)
@pytest.mark.parametrize(
    ("gt", "pred", "message"),
    [
        ([], [], "one prediction per clip"),
        ([np.zeros((5, 68, 2))], [], "one prediction per clip"),
        (np.zeros((5, 68, 2)), np.zeros((5, 68, 2)), "Pass a list of clips"),
        ([np.zeros((5, 478, 3))], [np.zeros((5, 478, 3))], "68-point order"),
    ],
)
def test_refuses(metric, gt, pred, message):
    with pytest.raises(MetricInputError, match=message):
        metric(gt, pred)


@pytest.mark.parametrize("metric", [liplmd_vico, lmd_nerf])
def test_refuses_unequal_length(metric):
    """The official scripts zip the frames: a truncated prediction is scored on what it has."""
    with pytest.raises(MetricInputError, match="cut to a common length"):
        metric([faces(1, 10)], [faces(1, 9)])

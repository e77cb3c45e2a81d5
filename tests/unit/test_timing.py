"""Beats, windowed coupling and turn-taking: golden value, other formulae, recovered delays, damage, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.timing import (
    backchannel_timing,
    beat_alignment,
    floor_transfer_offsets,
    motion_beats,
    response_latency,
    windowed_tlcc,
)
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_bipartite_matching

TIMES = st.lists(st.integers(0, 400).map(lambda n: n / 20), max_size=12, unique=True)


def test_golden_beat_alignment():
    """nachovigilante/talking-head-metrics d236adb metrics/bas/bas_calculator.py, sigma 3."""
    assert beat_alignment([5, 18.5, 40, 77], [4, 20, 60, 80]) == pytest.approx(0.6087467578568393, rel=1e-12)


def test_beat_alignment_formula():
    pred, reference = [3.0, 50.0], [5.0, 44.0]
    assert beat_alignment(pred, reference, sigma=2) == pytest.approx((np.exp(-0.5) + np.exp(-36 / 8)) / 2)


@given(st.lists(st.integers(0, 500), min_size=1, max_size=20), st.integers(-100, 100))
def test_beat_alignment_of_itself_is_one_wherever_it_is(beats, shift):
    assert beat_alignment(beats, beats) == 1
    reference = [b + 2 for b in beats]
    moved = beat_alignment([b + shift for b in beats], [b + shift for b in reference])
    assert moved == pytest.approx(beat_alignment(beats, reference))


def test_beat_alignment_falls_with_jitter_and_ignores_missing_beats():
    reference = np.arange(0, 1000, 20.0)
    jitter = np.random.default_rng(0).normal(size=len(reference))
    values = [beat_alignment(reference + n * jitter, reference) for n in (0, 1, 3, 6)]
    assert values == sorted(values, reverse=True)
    assert beat_alignment(reference[:1], reference) == 1  # documented: recall is not measured


def test_beat_alignment_without_beats_is_zero():
    assert beat_alignment([], [1, 2]) == beat_alignment([1, 2], []) == 0


@pytest.mark.parametrize(
    ("pred", "sigma", "message"), [([np.nan], 3, "finite"), ([[1]], 3, "vector"), ([1], 0, "sigma")]
)
def test_beat_alignment_refuses(pred, sigma, message):
    with pytest.raises(MetricInputError, match=message):
        beat_alignment(pred, [1.0], sigma)


def test_motion_beats_are_the_turning_points():
    """A pitch of 1 Hz turns every half second, whatever its size and place."""
    t = np.arange(250) / 25
    pitch = np.cos(2 * np.pi * t)[:, None]
    expected = np.arange(1, 20) * 12.5
    for motion in (pitch, 0.01 * pitch + 5):
        assert motion_beats(motion) == pytest.approx(expected, abs=1)
    assert len(motion_beats(np.full((50, 3), 0.1))) == 0


def test_motion_beats_keep_their_distance():
    t = np.arange(250) / 25
    assert np.diff(motion_beats(np.cos(2 * np.pi * 4 * t)[:, None])).min() >= 10


def walk(seed, frames=600, dims=3):
    return np.random.default_rng(seed).normal(size=(frames, dims)).cumsum(axis=0)


@pytest.mark.parametrize("lag", [-20, 0, 13, 50])
def test_windowed_tlcc_recovers_the_lag(lag):
    partner = walk(0, 700)
    result = windowed_tlcc(partner[60 - lag : 560 - lag], partner[60:560])
    assert result.lag == lag
    assert result.peak > 0.99
    assert (result.window_lags == lag).all()


def test_windowed_tlcc_formula():
    """Per window, lag and channel numpy's correlation on the overlap; mean over channels, then windows."""
    a, b = walk(1, 60), walk(2, 60)
    result = windowed_tlcc(a, b, window=30, step=15, max_lag=4)
    for k, value in zip(range(-4, 5), result.curve, strict=True):
        found = [
            np.corrcoef(a[s : s + 30, d][max(0, k) : 30 + min(0, k)], b[s : s + 30, d][max(0, -k) : 30 - max(0, k)])[
                0, 1
            ]
            for s in (0, 15, 30)
            for d in range(3)
        ]
        assert value == pytest.approx(np.mean(found), rel=1e-9)


def test_windowed_tlcc_falls_with_noise():
    partner = walk(3)
    values = [windowed_tlcc(partner + n * walk(4), partner).peak for n in (0, 0.5, 1, 3)]
    assert values == sorted(values, reverse=True)


def test_a_dead_channel_changes_nothing():
    """REACT's TLCC turns NaN with one action unit that never fires, and reads it as 49 frames."""
    partner = walk(5)
    copy = np.roll(partner, 6, axis=0)
    copy[:, 1] = 0.1
    assert windowed_tlcc(copy, partner).lag == 6


def test_windows_without_motion_are_counted():
    partner = walk(6, 250)
    half = partner.copy()
    half[125:] = half[124]
    result = windowed_tlcc(half, partner, window=50, step=50, max_lag=10)
    assert result.skipped == 2
    assert len(result.window_lags) == 3


@pytest.mark.parametrize(
    ("a", "options", "message"),
    [
        (walk(1)[:-1], {}, "common length"),
        (walk(1), {"window": 601}, "no longer than itself"),
        (walk(1), {"max_lag": 63}, "half a window"),
        (walk(1), {"step": 0}, "step of 1"),
        (np.zeros((600, 3)), {}, "static"),
    ],
)
def test_windowed_tlcc_refuses(a, options, message):
    with pytest.raises(MetricInputError, match=message):
        windowed_tlcc(a, walk(2), **options)


@given(TIMES, TIMES)
def test_backchannels_match_as_many_as_can_be(gt, pred):
    """scipy's maximum bipartite matching counts the same."""
    result = backchannel_timing(gt, pred)
    near = np.abs(np.subtract.outer(gt, pred)) <= 0.5 if gt and pred else np.zeros((1, 1), bool)
    hits = int((maximum_bipartite_matching(csr_matrix(near)) >= 0).sum())
    if gt or pred:
        assert result.f1 == pytest.approx(2 * hits / (len(gt) + len(pred)))
        assert result.recall == pytest.approx(hits / max(1, len(gt)))
        assert result.precision == pytest.approx(hits / max(1, len(pred)))
    else:
        assert result.f1 == 1


def test_backchannels_all_the_time_are_not_precise():
    gt = [2.0, 7.0, 11.0]
    everywhere = np.arange(0, 12, 0.25)
    assert backchannel_timing(gt, everywhere).recall == 1
    assert backchannel_timing(gt, everywhere).precision == pytest.approx(3 / 48)


def test_backchannel_delay_and_margin():
    gt = np.array([2.0, 7.0, 11.0])
    assert backchannel_timing(gt, gt + 0.3).delay == pytest.approx(0.3)
    assert backchannel_timing(gt, gt + 0.8).f1 == 0
    assert backchannel_timing(gt, gt + 0.8, margin=(0, 1)).f1 == 1
    with pytest.raises(MetricInputError, match="earliest, latest"):
        backchannel_timing(gt, gt, margin=(1, 0))


@given(st.floats(0.01, 1.9))
def test_latency_recovers_the_delay(delay):
    stimuli = np.arange(5, 50, 5.0)
    found = response_latency(stimuli, stimuli + delay)
    assert found.delays == pytest.approx([delay] * 9)
    assert found.unanswered == 0


def test_latency_counts_what_is_not_answered():
    assert response_latency([1, 5], []).unanswered == 2
    assert response_latency([1, 5], [0.5, 4.9]).unanswered == 2  # before the stimulus is no response
    both = response_latency([1.0, 1.2], [1.5])
    assert both.delays == (0.5,)
    assert both.unanswered == 1
    with pytest.raises(MetricInputError, match="longest"):
        response_latency([1], [1], longest=0)


def test_floor_transfers():
    user = [(0.0, 4.0), (8.0, 10.0), (14.0, 20.0)]
    avatar = [(4.25, 7.0), (7.2, 7.8), (9.5, 12.0), (15.0, 15.5), (20.5, 22.0)]
    # gap; a second turn of the avatar, no transfer; overlap; interruption; the gap after it
    assert floor_transfer_offsets(user, avatar) == pytest.approx([0.25, -0.5, -5.0, 0.5])


def test_floor_transfers_without_a_user():
    assert len(floor_transfer_offsets([], [(1, 2)])) == 0
    with pytest.raises(MetricInputError, match="end after it starts"):
        floor_transfer_offsets([(3, 1)], [])

"""Blinks and looks by EmoFace's laws."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.blinks import blink_rate_kl
from scipy.stats import lognorm

from echo_bench.methods.emoface_prior import (
    GAZE,
    LIDS,
    RADIUS,
    RATE_LOG_MEAN,
    RATE_LOG_STD,
    RATE_RANGE,
    blink_times,
    closure,
    gaze,
    with_prior,
)

LAW = lognorm(RATE_LOG_STD, scale=np.exp(RATE_LOG_MEAN))


def test_blinks_per_minute_have_the_mean_of_the_clipped_law():
    mean = LAW.expect(lambda rate: np.clip(rate, *RATE_RANGE))
    square = LAW.expect(lambda rate: np.clip(rate, *RATE_RANGE) ** 2)
    error = np.sqrt((square - mean**2) / 400)
    for seed in range(3):
        found = len(blink_times(400 * 60.0, np.random.default_rng(seed))) / 400
        assert abs(found - mean) < 2.5 * error


def test_rates_of_minutes_follow_the_law_and_constant_ones_do_not():
    minutes = [len(blink_times(60.0, np.random.default_rng(seed))) for seed in range(300)]
    assert min(minutes) >= RATE_RANGE[0]
    assert max(minutes) <= RATE_RANGE[1] + 1
    assert blink_rate_kl(minutes) < 0.1 < blink_rate_kl(np.random.default_rng(0).normal(17, 1, 300))


def test_a_blink_closes_once_and_is_over_in_a_quarter_second():
    times = np.arange(200) / 100
    shut = closure(times, np.array([0.5, 1.2]))
    assert shut.max() == pytest.approx(1.0, abs=0.05)
    assert ((shut[:-1] < 0.5) & (shut[1:] >= 0.5)).sum() == 2
    assert (np.flatnonzero(shut[:110] > 0)[[0, -1]] / 100).tolist() == pytest.approx([0.5, 0.72], abs=0.02)


def test_no_blink_is_no_closure():
    assert closure(np.arange(5) / 25, np.array([])).max() == 0


def test_eyes_fixate_leap_and_often_come_back():
    times = np.arange(60 * 600) / 60
    looks = gaze(times, np.random.default_rng(0))
    still = np.r_[False, np.linalg.norm(np.diff(looks, axis=0), axis=1) < 1e-9]
    edges = np.flatnonzero(np.diff(still.astype(int)))
    leaps = np.diff(edges)[still[edges[:-1]]]  # lengths of what is not still
    assert set(leaps.tolist()) <= {4, 5, 6}
    away = np.linalg.norm(looks[still], axis=1)
    assert away.max() <= RADIUS[1] + 1e-9
    assert ((away < 1e-9) | (away > RADIUS[0] - 1e-9)).all()
    assert (away < 1e-9).mean() == pytest.approx(0.4, abs=0.05)


def test_nothing_else_is_touched_and_chance_follows_the_seed():
    motion = np.random.default_rng(0).random((500, 61))
    made, again, other = with_prior(motion, 3), with_prior(motion, 3), with_prior(motion, 4)
    rest = [k for k in range(61) if k not in LIDS + GAZE]
    assert np.array_equal(made[:, rest], motion[:, rest])
    assert np.array_equal(made, again)
    assert not np.array_equal(made, other)
    assert np.array_equal(with_prior(motion[:200], 3), made[:200])

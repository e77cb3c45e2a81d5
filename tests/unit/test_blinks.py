"""Blinks: the ratio's formula and invariances, runs, statistics by hand, the divergence against an integral, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.timing import EMOFACE_RATE, blink_rate_kl, blink_statistics, ear_blinks, eye_aspect_ratio
from hypothesis import given
from hypothesis import strategies as st
from scipy.integrate import trapezoid
from scipy.stats import norm

EYE = np.array([[0.0, 0], [1, 0.6], [2, 0.5], [3, 0], [2, -0.4], [1, -0.5]])


def test_ratio_formula():
    p = EYE
    expected = (np.hypot(*(p[1] - p[5])) + np.hypot(*(p[2] - p[4]))) / (2 * np.hypot(*(p[0] - p[3])))
    assert eye_aspect_ratio(EYE[None])[0] == pytest.approx(expected) == 2.0 / 6


@given(st.floats(0.1, 100), st.floats(-np.pi, np.pi))
def test_ratio_does_not_change_with_size_or_roll(scale, angle):
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    assert eye_aspect_ratio(scale * EYE[None] @ turn + 7)[0] == pytest.approx(1 / 3)


def test_ratio_falls_as_the_eye_closes():
    lids = np.array([0, 1, 1, 0, 1, 1])[:, None]
    values = [eye_aspect_ratio((EYE * np.where(lids, [1, k], 1))[None])[0] for k in (1, 0.6, 0.3, 0)]
    assert values == sorted(values, reverse=True)
    assert values[-1] == 0


@given(st.lists(st.integers(3, 8), min_size=1, max_size=6), st.integers(1, 20))
def test_every_blink_is_found(lengths, gap):
    ratio, spans = [0.3] * gap, []
    for length in lengths:
        spans.append((len(ratio), len(ratio) + length))
        ratio += [0.1] * length + [0.3] * gap
    assert ear_blinks(ratio) == spans


def test_short_dips_and_the_edges():
    assert ear_blinks([0.1, 0.1, 0.1, 0.3, 0.1, 0.1]) == [(0, 3)]
    assert ear_blinks([0.3, 0.1, 0.1, 0.3], min_frames=2) == [(1, 3)]
    assert ear_blinks([0.21] * 5) == []  # below, not at, EmoFace's 0.21


def test_statistics_by_hand():
    found = blink_statistics([[(10, 14), (110, 116), (60, 65)], [(20, 25)], []], [250, 500, 750])
    assert found.rate == pytest.approx(4 / 60 * 60)
    assert found.duration == pytest.approx(20 / 4 / 25)
    assert found.interval == pytest.approx(2.0)
    assert found.rates == pytest.approx((18, 3, 0))


def test_statistics_of_a_stare():
    found = blink_statistics([[], []], [250, 250])
    assert (found.rate, found.duration, found.interval) == (0, None, None)


def test_rate_is_of_the_frames_seen():
    """Frames without a face hold no blinks: counting them would hide that the person blinks often."""
    assert blink_statistics([[(1, 4)]], [125]).rate == 2 * blink_statistics([[(1, 4)]], [250]).rate


@given(st.floats(2, 4), st.floats(0.2, 1))
def test_divergence_is_its_integral(mu, sigma):
    rates = np.exp(mu + sigma * np.array([-1.5, -0.5, 0.5, 1.5]) / np.sqrt(1.25))
    x = np.linspace(mu - 9 * sigma, mu + 9 * sigma, 2001)
    log_ratio = norm(mu, sigma).logpdf(x) - norm(*EMOFACE_RATE).logpdf(x)
    integral = trapezoid(norm(mu, sigma).pdf(x) * log_ratio, x)
    assert blink_rate_kl(rates) == pytest.approx(integral, rel=1e-6, abs=1e-9)


def test_divergence_grows_with_the_wrong_rate():
    rates = np.exp(np.random.default_rng(0).normal(*EMOFACE_RATE, size=400))
    values = [blink_rate_kl(rates * k) for k in (1, 1.5, 3, 8)]
    assert values == sorted(values)
    assert values[0] < 0.02


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: eye_aspect_ratio(EYE), "frames, 6"),
        (lambda: eye_aspect_ratio(EYE[None] * np.nan), "face lost"),
        (lambda: eye_aspect_ratio(EYE[None] * 0), "order right"),
        (lambda: ear_blinks([[0.3]]), "vector"),
        (lambda: ear_blinks([0.3], min_frames=0), "at least one frame"),
        (lambda: blink_statistics([], []), "at least one"),
        (lambda: blink_statistics([[]], [0]), "leave it out"),
        (lambda: blink_statistics([[(5, 5)]], [10]), "stop after it starts"),
        (lambda: blink_rate_kl([20.0]), "two clips"),
        (lambda: blink_rate_kl([20.0, 0.0]), "never blink"),
        (lambda: blink_rate_kl([20.0, 20.0]), "no lognormal fits"),
    ],
)
def test_refuses(call, message):
    with pytest.raises(MetricInputError, match=message):
        call()

"""Velocity, jerk and spectral arc length."""

from itertools import pairwise

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.motion import jerk, spectral_arc_length, velocity_statistics


def reach(frames=200):
    """A minimum-jerk movement: the smoothest there is from one pose to another."""
    t = np.linspace(0, 1, frames)
    return (10 * t**3 - 15 * t**4 + 6 * t**5)[:, None] * [1.0, 0.5]


def shaken(level, seed=0):
    clip = reach()
    return [clip + level * np.random.default_rng(seed).normal(size=clip.shape)]


def test_derivatives_of_polynomials():
    t = np.arange(60)[:, None] / 25
    assert jerk([t**3, t**3]) == pytest.approx(6, rel=1e-6)
    statistics = velocity_statistics([np.hstack([2 * t, -4 * t])])
    assert (statistics.mean, statistics.std) == (pytest.approx(3), pytest.approx(1))
    assert statistics.percentile_95 == pytest.approx(4)
    assert statistics.acceleration == pytest.approx(0, abs=1e-9)
    assert velocity_statistics([t**2]).acceleration == pytest.approx(2, rel=1e-6)


def test_derivatives_never_cross_from_one_clip_to_the_next():
    still = [np.zeros((20, 2)), np.full((20, 2), 100.0)]
    assert jerk(still) == 0
    assert velocity_statistics(still).percentile_95 == 0


def test_frame_rate_scales_each_derivative():
    clip = shaken(0.1)
    assert jerk(clip, fps=50) == pytest.approx(8 * jerk(clip, fps=25))
    assert velocity_statistics(clip, fps=50).mean == pytest.approx(2 * velocity_statistics(clip, fps=25).mean)


def test_shaking_is_noticed():
    """Up to the size of the movement's own steps: beyond, all is noise and the arc length, blind to amplitude, stays where it is."""
    levels = (0.0, 0.0003, 0.001, 0.01)
    rougher = [jerk(shaken(level)) for level in levels]
    assert rougher == sorted(rougher)
    smoother = [spectral_arc_length(shaken(level)) for level in levels]
    assert smoother == sorted(smoother, reverse=True)


def test_arc_length_ignores_amplitude_and_offset():
    (clip,) = shaken(0.01)
    assert spectral_arc_length([7 * clip + 3]) == pytest.approx(spectral_arc_length([clip]), rel=1e-9)


def test_arc_length_by_its_formula():
    """Balasubramanian 2015: pad by 2**4, cut at 10 Hz, drop the tail below 5 %, measure the curve."""
    (clip,) = shaken(0.01)
    speed = np.sqrt((np.diff(clip, axis=0) ** 2).sum(1))
    spectrum = abs(np.fft.fft(speed, 2**12))[: 2**11 + 1]
    points = [(25 * k / 2**12, a / spectrum.max()) for k, a in enumerate(spectrum) if 25 * k / 2**12 <= 10]
    while points[-1][1] < 0.05:
        points.pop()
    width = points[-1][0] - points[0][0]
    length = sum(np.hypot((f1 - f0) / width, a1 - a0) for (f0, a0), (f1, a1) in pairwise(points))
    assert spectral_arc_length([clip]) == pytest.approx(-length, rel=1e-9)


def test_refusals():
    with pytest.raises(MetricInputError, match="never moves"):
        spectral_arc_length([np.ones((50, 2))])
    with pytest.raises(MetricInputError, match="at least 4"):
        jerk([np.zeros((3, 2))])
    for metric in (jerk, velocity_statistics, spectral_arc_length):
        with pytest.raises(MetricInputError, match="fps must be positive"):
            metric([reach()], fps=0)

"""Interactivity of listening eyes."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.reaction import interactivity


def drifting(speed, frames=100, points=4):
    return np.arange(frames)[:, None, None] * speed * np.array([0.6, 0.8]) + np.arange(points)[:, None]


def test_spans_are_weighted_by_their_length():
    """AnyTalker, equation 6: (L2 M2 + L3 M3) / (L2 + L3)."""
    eyes = [drifting(1.0), drifting(4.0)]
    assert interactivity(eyes, [[(0, 30)], [(10, 20)]]) == pytest.approx((30 * 1 + 10 * 4) / 40)


def test_speaking_frames_play_no_part():
    eyes = drifting(1.0)
    eyes[50:] *= 100
    assert interactivity([eyes], [[(0, 50)]]) == pytest.approx(1)


def test_frozen_eyes_and_a_moved_face():
    values = [interactivity([drifting(speed)], [[(0, 100)]]) for speed in (0.0, 0.5, 2.0)]
    assert values == pytest.approx([0, 0.5, 2])
    assert interactivity([drifting(1.0) + 500], [[(0, 100)]]) == pytest.approx(1)


def test_lost_frames_are_left_out():
    eyes = drifting(1.0)
    eyes[40:43] = np.nan
    eyes[43:] += 1000  # the jump across the gap must not count
    assert interactivity([eyes], [[(0, 100)]]) == pytest.approx(1)


def test_refusals():
    eyes = drifting(1.0)
    for spans in ([(0, 101)], [(5, 5)], [(0, 20), (10, 30)]):
        with pytest.raises(MetricInputError, match="overlaps another or leaves the clip"):
            interactivity([eyes], [spans])
    with pytest.raises(MetricInputError, match="no listening"):
        interactivity([eyes], [[]])
    with pytest.raises(MetricInputError, match="one list per clip"):
        interactivity([eyes], [])
    with pytest.raises(MetricInputError, match="keypoints"):
        interactivity([eyes[..., 0]], [[(0, 10)]])

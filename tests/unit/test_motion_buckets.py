"""Buckets of motion: their law, what moves which, invariances, refusals."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.motion_buckets import motion_buckets
from hypothesis import given
from hypothesis import strategies as st

T = 100


def face(open_by: np.ndarray | float = 0.0, drift: np.ndarray | float = 0.0) -> np.ndarray:
    """A square of 100 px whose fifth point is a lip that goes down and up."""
    points = np.array([[0.0, 0], [100, 0], [0, 100], [100, 100], [50, 70]])
    track = np.tile(points, (T, 1, 1))
    track[:, 4, 1] += open_by
    return track + (np.ones(T) * drift)[:, None, None]


def swing(size: float) -> np.ndarray:
    return size * np.sin(2 * np.pi * 3 * np.arange(T) / T)


def test_law():
    """16 and 16 times the variance, in tenths of the box: a sine of amplitude a has a variance of a^2 / 2, here on both axes."""
    assert motion_buckets(face(drift=swing(20.0))).translation == pytest.approx(16 + 16 * 2 * (2.0**2 / 2))
    moved = motion_buckets(face(open_by=swing(20.0)))
    assert moved.expression == pytest.approx(16 + 16 * (2.0**2 / 2) / 5)
    assert moved.translation == 16


def test_more_motion_is_more():
    drifts = [motion_buckets(face(drift=swing(size))).translation for size in (0, 5, 10, 30)]
    lips = [motion_buckets(face(open_by=swing(size))).expression for size in (0, 5, 10, 25)]
    assert drifts == sorted(set(drifts))
    assert lips == sorted(set(lips))


@given(st.floats(0.2, 5), st.floats(-500, 500))
def test_faces_of_any_size_and_place_compare(scale, shift):
    track = face(open_by=swing(10.0), drift=swing(15.0))
    assert motion_buckets(scale * track + shift) == pytest.approx(motion_buckets(track), rel=1e-6)


def test_frames_without_a_face_are_left_out():
    track = face(drift=swing(20.0))
    lost = np.concatenate([track, np.full((10, 5, 2), np.nan)])
    assert motion_buckets(lost) == motion_buckets(track)


def test_refusals():
    with pytest.raises(MetricInputError, match="instead of"):
        motion_buckets(np.zeros((5, 10)))
    with pytest.raises(MetricInputError, match="1 frames show a face"):
        motion_buckets(face()[:1])
    with pytest.raises(MetricInputError, match="all one point"):
        motion_buckets(np.zeros((5, 10, 2)))

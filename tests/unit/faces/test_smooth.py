"""Smoothing and gap filling on real and made tracks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from echo_bench.faces.smooth import fill_gaps, runs, smooth
from echo_bench.faces.track import FaceTrack


def made(frames: int, lost: tuple[int, ...] = (), noise: float = 0.0) -> FaceTrack:
    """A face that drifts and turns evenly, without the frames in `lost`."""
    rng = np.random.default_rng(0)
    t = np.arange(frames, dtype=np.float32)
    landmarks = (t[:, None, None] + rng.normal(0, noise, (frames, 478, 3))).astype(np.float32)
    transform = np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1))
    transform[:, :3, :3] = Rotation.from_euler("y", 2 * t[:, None], degrees=True).as_matrix()
    transform[:, 0, 3] = t
    blendshapes = np.tile(t[:, None] / frames, (1, 52)).astype(np.float32)
    seen = ~np.isin(np.arange(frames), lost)
    for rows in (landmarks, blendshapes, transform):
        rows[~seen] = np.nan
    return FaceTrack(
        landmarks, blendshapes, transform, seen.astype(np.float32), seen, seen.copy(), seen.astype(np.uint8), (64, 64)
    )


def test_gap_is_filled_on_the_line_between_its_ends_and_flagged():
    filled = fill_gaps(made(12, (4, 5, 6)))
    np.testing.assert_allclose(filled.landmarks[:, 0, 0], np.arange(12), atol=1e-5)
    np.testing.assert_allclose(filled.transform[:, 0, 3], np.arange(12), atol=1e-5)
    assert filled.valid.all()
    assert not filled.detected[4:7].any()
    assert (filled.score[4:7] == 0).all()


def test_filled_rotation_is_a_rotation_on_the_way():
    angles = Rotation.from_matrix(fill_gaps(made(12, (4, 5, 6))).transform[:, :3, :3]).as_euler("yxz", degrees=True)
    np.testing.assert_allclose(angles[:, 0], 2 * np.arange(12), atol=0.01)


@pytest.mark.parametrize("lost", [(0, 1), (10, 11), (3, 4, 5, 6, 7, 8)])
def test_ends_and_long_gaps_stay_open(lost):
    track = made(12, lost)
    filled = fill_gaps(track)
    assert filled.valid.tolist() == track.valid.tolist()
    assert np.isnan(filled.landmarks[list(lost)]).all()


def test_longest_gap_is_the_callers_choice():
    assert not fill_gaps(made(12, (4, 5, 6)), longest=2).valid.all()
    assert fill_gaps(made(12, (3, 4, 5, 6, 7, 8)), longest=6).valid.all()


def test_smoothing_keeps_even_motion_and_has_no_delay():
    """A zero-phase filter of degree two leaves lines as they are; a causal one would lag."""
    track = made(20)
    np.testing.assert_allclose(smooth(track).landmarks, track.landmarks, atol=1e-4)
    np.testing.assert_allclose(smooth(track).transform, track.transform, atol=2e-3)


def test_smoothing_halves_the_variance_of_noise():
    """Savitzky-Golay 5/2: the sum of squared weights is 17/35 (Savitzky and Golay 1964, table I)."""
    noisy = made(400, noise=1.0)
    residue = (smooth(noisy).landmarks - made(400).landmarks)[2:-2]
    assert residue.var() == pytest.approx(17 / 35, rel=0.02)


def test_smoothing_looks_two_frames_ahead_and_no_further():
    track, changed = made(20), made(20)
    changed.landmarks[13:] += 50
    same = np.isclose(smooth(track).landmarks, smooth(changed).landmarks).all(axis=(1, 2))
    assert same.tolist() == [True] * 11 + [False] * 9


def test_smoothing_does_not_cross_a_loss():
    track = made(20, (8, 9), noise=0.5)
    part = replace(
        track,
        **{
            n: getattr(track, n)[:8]
            for n in ("landmarks", "blendshapes", "transform", "score", "detected", "valid", "faces")
        },
    )
    np.testing.assert_array_equal(smooth(track).landmarks[:8], smooth(part).landmarks)
    assert np.isnan(smooth(track).landmarks[8:10]).all()


def test_short_runs_are_kept():
    track = made(10, (4,), noise=1.0)
    np.testing.assert_array_equal(smooth(track).landmarks[:4], track.landmarks[:4])


def test_scores_stay_scores_and_rotations_stay_rotations(track):
    calm = smooth(track)
    assert calm.blendshapes.min() >= 0
    assert calm.blendshapes.max() <= 1
    rotation = calm.transform[:, :3, :3]
    np.testing.assert_allclose(
        rotation @ rotation.transpose(0, 2, 1), np.tile(np.eye(3), (len(rotation), 1, 1)), atol=1e-5
    )
    jitter = [np.abs(np.diff(t.landmarks, n=2, axis=0)).mean() for t in (calm, track)]
    assert jitter[0] < 0.6 * jitter[1]


def test_raw_track_is_left_alone(track):
    before = track.landmarks.tobytes(), track.transform.tobytes(), track.valid.tobytes()
    smooth(fill_gaps(track))
    assert before == (track.landmarks.tobytes(), track.transform.tobytes(), track.valid.tobytes())


@given(st.lists(st.booleans(), max_size=30))
def test_runs_cover_exactly_the_true_values(mask):
    covered = np.zeros(len(mask), bool)
    for start, stop in runs(np.array(mask, bool)):
        assert not covered[start:stop].any()
        covered[start:stop] = True
    assert covered.tolist() == mask

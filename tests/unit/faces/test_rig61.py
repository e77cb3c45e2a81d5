"""rig61 from tracks: signs on real frames, angles against the suite's own rig, gaze, lids, lips, boxes."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.ndimage import rotate

from echo_bench.faces.blendshapes import NAMES
from echo_bench.faces.crops import face_box
from echo_bench.faces.eyes import eye_aspect_ratio, gaze
from echo_bench.faces.lips import lip_opening
from echo_bench.faces.points68 import POINTS68
from echo_bench.faces.rig61 import head_angles, to_rig61
from echo_bench.faces.track import FaceTracker
from echo_bench.simulator.rig import turn
from echo_bench.spaces import ARKIT, RIG61
from tests.unit.faces.conftest import run

COLUMN = {name: at for at, name in enumerate(RIG61.columns)}
angle = st.floats(-1.2, 1.2)


@given(angle, angle, angle)
def test_angles_are_those_the_rig_was_turned_by(pitch, yaw, roll):
    """simulator.rig.turn in camera axes (y down, z away), the tracker's matrix in y up and z towards the viewer."""
    axes = np.diag([1.0, -1.0, -1.0])
    matrix = 1.001 * axes @ turn(pitch, yaw, roll) @ axes
    np.testing.assert_allclose(head_angles(matrix[None])[0], (pitch, yaw, roll), atol=1e-6)


def test_columns_are_arkit_by_name(track):
    motion, valid = to_rig61(track)
    assert motion.shape == (len(track.valid), 61)
    assert motion.dtype == np.float32
    assert valid.all()
    for name in ARKIT[:-1]:
        np.testing.assert_array_equal(motion[:, COLUMN[name]], track.blendshapes[:, NAMES.index(name)])
    assert (motion[:, COLUMN["tongueOut"]] == 0).all()


def test_invalid_rows_are_nan_and_flagged(model, talker):
    black = np.zeros_like(talker[0])
    motion, valid = to_rig61(run(FaceTracker(model), [talker[0], black, talker[1]]))
    assert valid.tolist() == [True, False, True]
    assert np.isnan(motion[1]).all()
    assert np.isfinite(motion[[0, 2]]).all()


def test_signs_on_a_mirrored_clip(model, talker, track):
    """The mirror image turns and rolls the other way, nods the same way, and looks the other way."""
    motion, _ = to_rig61(track)
    mirrored, _ = to_rig61(run(FaceTracker(model), [np.ascontiguousarray(frame[:, ::-1]) for frame in talker]))
    for name, sign in (("yaw", -1), ("roll", -1), ("pitch", 1), ("x", -1), ("y", 1), ("gazeYaw", -1), ("gazePitch", 1)):
        assert sign * np.corrcoef(motion[:, COLUMN[name]], mirrored[:, COLUMN[name]])[0, 1] > 0.8, name
    assert np.abs(np.degrees(motion[:, 52:55] - mirrored[:, 52:55] * (1, -1, -1)).mean(axis=0)).max() < 1


def test_roll_is_positive_clockwise(model, talker, track):
    turned = [
        np.stack([rotate(frame[..., c], -12, reshape=False, order=1) for c in range(3)], -1) for frame in talker[:2]
    ]
    change = to_rig61(run(FaceTracker(model), turned))[0][:, 52:55] - to_rig61(track)[0][:2, 52:55]
    np.testing.assert_allclose(np.degrees(change).mean(axis=0), (0, 0, 12), atol=1)


def test_yaw_and_pitch_follow_the_nose(track):
    """The nose moves right in the face as yaw grows, and down as pitch grows."""
    motion, points = to_rig61(track)[0], track.landmarks
    across = points[:, 1, 0] - (points[:, 234, 0] + points[:, 454, 0]) / 2
    down = points[:, 1, 1] - (points[:, 33, 1] + points[:, 263, 1]) / 2
    assert np.corrcoef(across, motion[:, COLUMN["yaw"]])[0, 1] > 0.9
    assert np.corrcoef(down, motion[:, COLUMN["pitch"]])[0, 1] > 0.5


def test_translation_is_metres_towards_image_right_and_down(model, talker, track):
    """A frame with the person further right and down, and one with the person twice as far away."""
    moved = [np.pad(frame, ((64, 0), (64, 0), (0, 0)))[:256, :256] for frame in talker[:2]]
    far = [np.pad(frame, ((128, 128), (128, 128), (0, 0))) for frame in talker[:2]]
    base = to_rig61(track)[0][:2, 55:58].mean(axis=0)
    right = to_rig61(run(FaceTracker(model), moved))[0][:, 55:58].mean(axis=0)
    away = to_rig61(run(FaceTracker(model), far))[0][:, 55:58].mean(axis=0)
    assert right[0] > base[0] + 0.03
    assert right[1] > base[1] + 0.03
    assert away[2] == pytest.approx(2 * base[2], rel=0.1)
    assert 0.1 < base[2] < 1


def test_gaze_moves_with_the_irises(track):
    """Irises shifted to the image's right and down; both outwards for divergence."""
    base = to_rig61(track)[0]
    width = np.linalg.norm(track.landmarks[0, 33] - track.landmarks[0, 133])
    shifted = track.landmarks.copy()
    shifted[:, 468:, 0] += 0.05 * width
    shifted[:, 468:, 1] += 0.05 * width
    apart = track.landmarks.copy()
    apart[:, 468:473, 0] -= 0.05 * width
    apart[:, 473:, 0] += 0.05 * width
    change = to_rig61(replace(track, landmarks=shifted))[0][:, 58:61] - base[:, 58:61]
    assert (change[:, 0] > 0.1).all()
    assert (change[:, 1] > 0.1).all()
    assert np.abs(change[:, 2]).mean() < 0.05
    assert (to_rig61(replace(track, landmarks=apart))[0][:, 60] < base[:, 60] - 0.2).all()


@given(angle, angle, angle)
def test_gaze_is_in_the_head_not_in_the_room(track, pitch, yaw, roll):
    """Turning the head as a whole, eyes and all, changes nothing."""
    axes = np.diag([1.0, -1.0, -1.0])
    turned_points = track.landmarks[:3] @ turn(pitch, yaw, roll).T
    turned_pose = axes @ turn(pitch, yaw, roll) @ axes @ track.transform[:3, :3, :3]
    np.testing.assert_allclose(
        gaze(turned_points, turned_pose), gaze(track.landmarks[:3], track.transform[:3]), atol=1e-4
    )


def test_gaze_agrees_with_the_eye_look_scores(track):
    """Two readings of the irises that share no formula."""
    score = {name: track.blendshapes[:, NAMES.index(name)] for name in NAMES}
    open_eyes = score["eyeBlinkLeft"] < 0.4
    yaw = score["eyeLookOutLeft"] + score["eyeLookInRight"] - score["eyeLookInLeft"] - score["eyeLookOutRight"]
    pitch = score["eyeLookDownLeft"] + score["eyeLookDownRight"] - score["eyeLookUpLeft"] - score["eyeLookUpRight"]
    motion = to_rig61(track)[0]
    assert np.corrcoef(yaw[open_eyes], motion[open_eyes, 58])[0, 1] > 0.7
    assert np.corrcoef(pitch[open_eyes], motion[open_eyes, 59])[0, 1] > 0.5


def squash(track, indices, share):
    """Landmarks with some points moved towards their mean height."""
    points = track.landmarks.astype(np.float64)
    mean = points[:, indices].mean(axis=1, keepdims=True)
    points[:, indices, 1] = mean[..., 1] + share * (points[:, indices, 1] - mean[..., 1])
    return points


def test_eye_aspect_ratio_falls_as_the_eye_shuts(track):
    left = [387, 385, 380, 373]
    values = [eye_aspect_ratio(squash(track, left, share))[0] for share in (1.0, 0.6, 0.3)]
    assert values[0][0] > values[1][0] > values[2][0]
    assert values[0][1] == values[2][1]


def test_eye_aspect_ratio_formula():
    """The example of a hexagon: lids 2 apart, corners 4 apart."""
    points = np.zeros((1, 478, 3))
    for eye in ((33, 160, 158, 133, 153, 144), (263, 387, 385, 362, 380, 373)):
        points[0, list(eye), :2] = [[0, 0], [1, 1], [3, 1], [4, 0], [3, -1], [1, -1]]
    np.testing.assert_allclose(eye_aspect_ratio(points), [[0.5, 0.5]])


def test_lip_opening_is_scale_free_and_grows():
    points = np.zeros((1, 478, 3))
    points[0, 263, 0], points[0, 14, 1] = 10, 2
    assert lip_opening(points)[0] == pytest.approx(0.2)
    assert lip_opening(7 * points)[0] == pytest.approx(0.2)
    points[0, 14, 1] = 3
    assert lip_opening(points)[0] == pytest.approx(0.3)


def test_68_points_are_laid_out_as_in_300w(track):
    """Jaw and brows run to the image's right, the nose down, lips around their centre; no vertex twice, no iris."""
    assert len(set(POINTS68.tolist())) == 68
    assert POINTS68.max() < 468
    points = track.landmarks[0, POINTS68, :2]
    assert (np.diff(points[3:14, 0]) > 0).all()
    assert (np.diff(points[17:27, 0]) > 0).all()
    assert (np.diff(points[27:31, 1]) > 0).all()
    assert points[36, 0] < points[39, 0] < points[42, 0] < points[45, 0]
    assert points[48, 0] < points[60, 0] < points[64, 0] < points[54, 0]
    assert points[51, 1] < points[62, 1] < points[66, 1] < points[57, 1]


@pytest.mark.parametrize("margin", [0.0, 0.25])
def test_face_box_is_a_square_that_holds_the_face(track, margin):
    box = face_box(track, margin)
    width, height = (box[:, 2:] - box[:, :2]).T
    long_side = np.ptp(track.landmarks[:, :, :2], axis=1).max(axis=1)
    np.testing.assert_allclose(width, height, rtol=1e-4)
    np.testing.assert_allclose(width, long_side * (1 + 2 * margin), rtol=1e-4)
    assert (box[:, None, :2] <= track.landmarks[:, :, :2] + 1e-3).all()
    assert (track.landmarks[:, :, :2] <= box[:, None, 2:] + 1e-3).all()

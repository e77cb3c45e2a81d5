"""The rig: every action moves its region the right way, the head turns as `rig61` says, and the shoulders stay."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.simulator.asset import PARTS, load_rig
from echo_bench.simulator.rig import Eye, blink_gains, identity, pose, rest, turn
from echo_bench.spaces import ARKIT
from tests.unit.simulator.motion import row

X, Y, Z = 0, 1, 2
ANGLES = st.floats(-0.6, 0.6)
DRIVEN = [name for name in ARKIT if not name.startswith("eyeLook")]


def moved(person: int = 0, **values: float) -> np.ndarray:
    """Displacement (vertices, 3) in metres that a row causes."""
    return pose(identity(person), row(**values)) - rest(identity(person))


def landmark(name: str) -> np.ndarray:
    """Vertices of a landmark of the mean face, found by geometry."""
    rig = load_rig()
    x, y, z = rig.neutral.T
    skin = np.zeros(len(x), bool)
    skin[rig.triangles[rig.parts == PARTS["skin"]]] = True
    lips = rig.lips > 0.5
    picks = {
        "nose": z < z[skin].min() + 0.001,
        "chin": skin & (np.abs(x) < 0.01) & (y > 0.055) & (y < 0.075) & (z < -0.10),
        "left corner": lips & (x > x[lips].max() - 0.002),
        "right corner": lips & (x < x[lips].min() + 0.002),
        "upper lip": lips & (np.abs(x) < 0.004) & (y < np.median(y[lips])) & (z < -0.125),
        "lower lip": lips & (np.abs(x) < 0.004) & (y > np.median(y[lips])) & (z < -0.125),
        "left brow": skin & (np.abs(x - 0.044) < 0.008) & (np.abs(y + 0.047) < 0.005) & (z < -0.11),
        "inner brows": skin & (np.abs(x) < 0.02) & (np.abs(y + 0.046) < 0.005) & (z < -0.09),
        "left cheek": skin & (np.abs(x - 0.045) < 0.008) & (np.abs(y - 0.025) < 0.008) & (z < -0.06),
        "left nostril": skin & (np.abs(x - 0.015) < 0.003) & (np.abs(y - 0.008) < 0.006) & (z < -0.11),
    }
    found = np.flatnonzero(picks[name])
    assert len(found) > 0
    return found


@pytest.mark.parametrize("seed", range(0, 40, 3))
def test_every_person_at_rest_is_a_face(seed):
    still = pose(identity(seed), row())
    assert np.isfinite(still).all()
    assert still == pytest.approx(rest(identity(seed)), abs=1e-7)
    assert still[landmark("nose"), Z].mean() < -0.11
    assert 0.08 < still[landmark("chin"), Y].mean() - rest(identity(seed))[load_rig().lids[0][0], Y].mean() < 0.13


def test_actions_are_those_of_the_motion_space():
    assert load_rig().arkit.names == ARKIT


@pytest.mark.parametrize("name", DRIVEN)
def test_every_action_moves_the_face_on_its_own_side(name):
    change = np.linalg.norm(moved(**{name: 1.0}), axis=1)
    assert change.max() > 0.002
    left = load_rig().neutral[:, X] > 0.012
    right = load_rig().neutral[:, X] < -0.012
    if name.endswith("Left") and name not in ("jawLeft", "mouthLeft"):
        assert change[left].mean() > 2 * change[right].mean()
    elif name.endswith("Right") and name not in ("jawRight", "mouthRight"):
        assert change[right].mean() > 2 * change[left].mean()
    else:
        assert change[left].mean() < 2 * change[right].mean() + 1e-4
    assert change[load_rig().follow < 60].max() < 1e-6


@pytest.mark.parametrize(
    ("action", "where", "axis", "least"),
    [
        ("jawOpen", "chin", Y, 0.015),
        ("jawOpen", "lower lip", Y, 0.010),
        ("jawLeft", "chin", X, 0.003),
        ("jawForward", "chin", Z, -0.003),
        ("mouthSmileLeft", "left corner", X, 0.003),
        ("mouthSmileLeft", "left corner", Y, -0.003),
        ("mouthSmileRight", "right corner", X, -0.003),
        ("mouthFrownLeft", "left corner", Y, 0.003),
        ("mouthStretchLeft", "left corner", X, 0.002),
        ("mouthPucker", "left corner", X, -0.003),
        ("mouthPucker", "upper lip", Z, -0.003),
        ("mouthUpperUpLeft", "upper lip", Y, -0.001),
        ("mouthLowerDownLeft", "lower lip", Y, 0.001),
        ("browInnerUp", "inner brows", Y, -0.002),
        ("browOuterUpLeft", "left brow", Y, -0.002),
        ("browDownLeft", "left brow", Y, 0.0015),
        ("cheekPuff", "left cheek", Z, -0.002),
        ("cheekSquintLeft", "left cheek", Y, -0.0005),
        ("noseSneerLeft", "left nostril", Y, -0.0005),
    ],
)
def test_action_goes_the_right_way(action, where, axis, least):
    change = moved(**{action: 1.0})[landmark(where), axis].mean()
    assert change * np.sign(least) > abs(least)


def test_tongue_comes_out():
    tongue = np.unique(load_rig().triangles[load_rig().parts == PARTS["tongue"]])
    assert moved(tongueOut=1.0)[tongue, Z].min() < -0.01


def test_lower_teeth_go_with_the_jaw_and_upper_teeth_stay():
    rig = load_rig()
    teeth = np.unique(rig.triangles[rig.parts == PARTS["teeth"]])
    drop = moved(jawOpen=1.0)[teeth, Y]
    upper = np.abs(drop) < 1e-6
    assert upper.sum() == len(teeth) / 2
    assert drop[~upper].min() > 0.005
    assert rig.neutral[teeth[upper], Y].mean() < rig.neutral[teeth[~upper], Y].mean() - 0.005


@pytest.mark.parametrize("seed", range(16))
def test_full_blink_just_shuts_every_eye(seed):
    gaps = []
    for blink in (0.0, 0.5, 1.0):
        vertices = pose(identity(seed), row(eyeBlink=blink))
        gaps.append([vertices[lower, Y].mean() - vertices[upper, Y].mean() for upper, lower in load_rig().lids])
    open_, half, shut = np.array(gaps)
    assert (open_ > 0.004).all()
    assert half == pytest.approx(open_ / 2, abs=1e-4)
    assert np.abs(shut).max() < 1e-4
    assert min(blink_gains(identity(seed))) > 0.4


def test_blink_of_one_eye_leaves_the_other_open():
    change = moved(eyeBlinkLeft=1.0)
    (upper_left, _), (upper_right, _) = load_rig().lids
    assert change[upper_left, Y].mean() > 0.004
    assert np.abs(change[upper_right]).max() < 1e-6


def test_eye_look_columns_are_ignored():
    names = {name: 1.0 for name in ARKIT if name.startswith("eyeLook")}
    assert np.array_equal(pose(identity(1), row(**names)), pose(identity(1), row()))


@pytest.mark.parametrize(("column", "axis"), [("gazeYaw", X), ("gazePitch", Y)])
def test_gaze_turns_both_eyeballs_the_same_way(column, axis):
    for members in (load_rig().eye_left, load_rig().eye_right):
        front = members[rest(identity(0))[members, Z].argmin()]
        assert moved(**{column: 0.4})[front, axis] > 0.004


def sight(members: np.ndarray, **values: float) -> float:
    """Yaw of an eyeball's foremost vertex, seen from the ball's centre."""
    front = members[rest(identity(0))[members, Z].argmin()]
    ray = (pose(identity(0), row(**values)) - Eye.of(rest(identity(0)), members).centre)[front]
    return float(np.arctan2(ray[X], -ray[Z]))


def test_vergence_turns_the_eyes_towards_the_nose_by_half_each():
    for members, inwards in ((load_rig().eye_left, -1), (load_rig().eye_right, 1)):
        assert inwards * (sight(members, gazeVergence=0.2) - sight(members)) == pytest.approx(0.1, abs=0.005)
        assert sight(members, gazeYaw=0.2) - sight(members) == pytest.approx(0.2, abs=0.01)


def test_lids_follow_the_gaze_down():
    upper = load_rig().lids[0][0]
    assert moved(gazePitch=0.5)[upper, Y].mean() > 0.001


@pytest.mark.parametrize(
    ("column", "axis", "sign"), [("yaw", X, 1), ("pitch", Y, 1), ("x", X, 1), ("y", Y, 1), ("z", Z, 1)]
)
def test_head_moves_as_the_space_says(column, axis, sign):
    amount = 0.3 if column in ("yaw", "pitch") else 0.02
    assert sign * moved(**{column: amount})[landmark("nose"), axis].mean() > 0.015


def test_roll_is_clockwise_in_the_image():
    change = moved(roll=0.3)
    assert change[landmark("left corner"), Y].mean() > change[landmark("right corner"), Y].mean() + 0.01


def test_skull_is_rigid_neck_bends_shoulders_stay():
    rig = load_rig()
    motion = row(pitch=0.3, yaw=-0.5, roll=0.2, x=0.03, y=-0.01, z=-0.04)
    after, before = pose(identity(5), motion), rest(identity(5))
    skull = rig.follow == 255
    expected = before[skull] @ turn(0.3, -0.5, 0.2).T.astype(np.float32) + np.float32([0.03, -0.01, -0.04])
    assert after[skull] == pytest.approx(expected, abs=1e-6)
    assert np.array_equal(after[rig.follow == 0], before[rig.follow == 0])
    neck = (rig.follow > 90) & (rig.follow < 160)
    share = np.linalg.norm(after - before, axis=1)[neck].mean() / np.linalg.norm(after - before, axis=1)[skull].mean()
    assert 0.05 < share < 0.8


@given(ANGLES, ANGLES, ANGLES)
def test_turn_is_a_rotation_about_pitch_then_yaw_then_roll(pitch, yaw, roll):
    matrix = turn(pitch, yaw, roll)
    assert matrix @ matrix.T == pytest.approx(np.eye(3), abs=1e-12)
    assert np.linalg.det(matrix) == pytest.approx(1.0)
    assert matrix == pytest.approx(turn(0, 0, roll) @ turn(0, yaw, 0) @ turn(pitch, 0, 0), abs=1e-12)
    assert np.trace(turn(0, yaw, 0)) == pytest.approx(1 + 2 * np.cos(yaw))


def test_coefficients_beyond_the_range_are_clipped():
    assert np.array_equal(pose(identity(2), row(jawOpen=1.7)), pose(identity(2), row(jawOpen=1.0)))
    assert np.array_equal(pose(identity(2), row(jawOpen=-0.5)), pose(identity(2), row()))


@pytest.mark.parametrize("bad", [np.zeros(60), np.full(61, np.nan), np.zeros((2, 61))])
def test_refuses_what_is_not_a_row(bad):
    with pytest.raises(ValueError, match="61 finite numbers"):
        pose(identity(0), bad)

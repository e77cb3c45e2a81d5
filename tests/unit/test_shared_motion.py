"""What spaces have in common does not depend on their conventions of axes, signs and scales."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from scipy.spatial.transform import Rotation

from echo_bench.clip import DyadicClip, Track
from echo_bench.errors import NotApplicable
from echo_bench.metric import ClipFeatures
from echo_bench.metrics import METRICS
from echo_bench.shared_motion import SHARED, UNSHARED, shared_motion
from echo_bench.spaces import SPACES

T = 60
SEEN = np.ones(T, bool)
HEAD, GAZE, BLINK, MOUTH = range(4)


def turns(seed: int = 0) -> Rotation:
    """A head that turns about all axes."""
    rng = np.random.default_rng(seed)
    angles = 0.4 * np.sin(np.arange(T)[:, None] * rng.uniform(0.1, 0.3, 3) + rng.uniform(0, 6, 3))
    return Rotation.from_euler("xyz", angles)


def put(space: str, **columns: np.ndarray) -> np.ndarray:
    """Still motion of a space with some columns set by the name of the first."""
    rows = np.zeros((T, SPACES[space].width), np.float32)
    for name, values in columns.items():
        first = SPACES[space].columns.index(name)
        rows[:, first : first + values.shape[1]] = values
    return rows


def heads() -> dict[str, np.ndarray]:
    """One turning head in every space that has one."""
    head = turns()
    xyz = head.as_euler("xyz")
    return {
        "rig61": put("rig61", pitch=xyz),
        "bfm70": put("bfm70", angle0=xyz),
        "liveportrait70": put("liveportrait70", pitch=np.degrees(xyz)),
        "liveportrait73": put("liveportrait73", pitch=np.degrees(xyz)),
        "flame56": put("flame56", rot0=head.as_rotvec()),
        "smplx115": put("smplx115", head0=head.as_rotvec()),
        "livelink61": put("livelink61", HeadYaw=head.as_euler("YXZ")),
        "openface25": put("openface25", pose_Rx=head.as_euler("XYZ")),
    }


@pytest.mark.parametrize("space", list(heads()))
def test_the_head_is_turned_equally_far_in_every_space(space):
    head = turns()
    expected = (head.mean().inv() * head).magnitude()
    np.testing.assert_allclose(shared_motion(space, heads()[space], SEEN)[:, HEAD], expected, atol=1e-5)


def test_other_axes_and_signs_do_not_change_how_far():
    """A mirrored frame, another origin: each turns every rotation into another one, and none the angle between two of them."""
    head = turns()
    plain = shared_motion("flame56", put("flame56", rot0=head.as_rotvec()), SEEN)[:, HEAD]
    start = Rotation.from_euler("xyz", [0.3, -0.2, 0.1])
    flipped = head.as_rotvec() * [1, -1, -1]  # y and z point the other way
    mirrored = head.as_rotvec() * [1, -1, 1]  # x points the other way, and turns change hands
    for rows in ((start * head).as_rotvec(), (head * start).as_rotvec(), flipped, -mirrored):
        np.testing.assert_allclose(shared_motion("flame56", put("flame56", rot0=rows), SEEN)[:, HEAD], plain, atol=1e-5)


def test_neck_and_head_turn_together():
    neck, head = turns(1), turns(2)
    both = shared_motion("smplx115", put("smplx115", neck0=neck.as_rotvec(), head0=head.as_rotvec()), SEEN)
    one = shared_motion("smplx115", put("smplx115", head0=(neck * head).as_rotvec()), SEEN)
    np.testing.assert_allclose(both[:, HEAD], one[:, HEAD], atol=1e-5)


CLOSING = {
    "rig61": {"eyeBlinkLeft": 1.0}, "arkit52": {"eyeBlinkRight": 1.0}, "livelink61": {"eyeBlinkLeft": 1.0},
    "liveportrait73": {"eyeL": -1.0}, "openface25": {"AU45_r": 1.0},
}  # fmt: skip
OPENING = {
    "rig61": "jawOpen", "arkit52": "jawOpen", "livelink61": "jawOpen", "liveportrait73": "lip", "openface25": "AU26_r",
    "flame56": "jaw0", "smplx115": "jaw0", "metahuman174": "ctrlC4",
}  # fmt: skip
RISING = np.linspace(0, 1, T)[:, None]


@pytest.mark.parametrize("space", list(CLOSING))
def test_closing_lids_grow(space):
    ((name, sign),) = CLOSING[space].items()
    assert (np.diff(shared_motion(space, put(space, **{name: sign * RISING}), SEEN)[:, BLINK]) > 0).all()


@pytest.mark.parametrize("space", list(OPENING))
def test_an_opening_mouth_grows(space):
    assert (np.diff(shared_motion(space, put(space, **{OPENING[space]: RISING}), SEEN)[:, MOUTH]) > 0).all()


def test_landmarks_close_and_open():
    from tests.unit.importers.files import face

    for axes in (2, 3):
        points = np.repeat(face(axes)[:1], T, axis=0)
        points[:, [37, 38, 43, 44], 1] += 5 * RISING  # upper lids sink
        points[:, 66, 1] += 10 * RISING[:, 0]
        found = shared_motion(f"landmarks68-{axes}d", points.reshape(T, -1), SEEN)
        assert (np.diff(found[:, BLINK]) > 0).all()
        assert (np.diff(found[:, MOUTH]) > 0).all()
        larger = shared_motion(f"landmarks68-{axes}d", 3 * points.reshape(T, -1), SEEN)
        np.testing.assert_allclose(larger[:, [BLINK, MOUTH]], found[:, [BLINK, MOUTH]], rtol=1e-4)


@pytest.mark.parametrize(
    ("space", "column"),
    [
        ("rig61", "gazeYaw"),
        ("openface25", "gaze_angle_x"),
        ("livelink61", "LeftEyeYaw"),
        ("smplx115", "eyeL0"),
        ("metahuman174", "ctrlC0"),
    ],
)
def test_gaze_wanders_from_its_mean(space, column):
    found = shared_motion(space, put(space, **{column: RISING}), SEEN)[:, GAZE]
    assert np.corrcoef(found, np.abs(RISING[:, 0] - 0.5))[0, 1] == pytest.approx(1)


def test_normalised_and_learned_spaces_share_nothing():
    assert UNSHARED == ("dawn8", "nphm200", "react25")
    for space in UNSHARED:
        assert np.isnan(shared_motion(space, np.zeros((T, SPACES[space].width), np.float32), SEEN)).all()


def test_one_frame_and_none():
    assert shared_motion("rig61", np.zeros((1, 61), np.float32), SEEN[:1])[0].tolist() == [0, 0, 0, 0]
    assert np.isnan(shared_motion("rig61", np.zeros((3, 61), np.float32), ~SEEN[:3])).all()
    assert len(SHARED) == 4


def test_frames_without_a_measurement_do_not_move_the_mean():
    rows = heads()["openface25"]
    spoiled, seen = rows.copy(), np.arange(T) >= 10
    spoiled[:10, 17:20] = 3.0
    np.testing.assert_allclose(
        shared_motion("openface25", spoiled, seen)[10:], shared_motion("openface25", rows, seen)[10:], rtol=1e-12
    )


def value(name: str, pred: np.ndarray, truth: np.ndarray, valid: np.ndarray | None = None) -> float:
    clip = DyadicClip("a", "toy", 25.0, T / 25.0, Track(), Track())
    mask = np.ones(T, bool) if valid is None else valid
    sides = {
        "pred:shared": {"shared": pred, "valid": mask[: len(pred)]},
        "truth:shared": {"shared": truth, "valid": np.ones(len(truth), bool)},
    }
    metric = METRICS.get(f"corr_{name}@eb1-shared-native")
    return metric.finalize(metric.clip([ClipFeatures(clip, sides)]))


def test_correlations_across_spaces():
    rows = heads()
    flame = shared_motion("flame56", rows["flame56"], SEEN)
    live = shared_motion("liveportrait70", rows["liveportrait70"], SEEN)
    assert value("head", flame, live) == pytest.approx(1, abs=1e-6)
    other = shared_motion("flame56", put("flame56", rot0=turns(9).as_rotvec()), SEEN)
    assert value("head", other, live) < 0.9
    with pytest.raises(NotApplicable, match="do not both tell how far the lids"):
        value("blink", flame, live)
    with pytest.raises(MetricInputError, match="never changes"):
        value("mouth", flame, flame)
    with pytest.raises(MetricInputError, match="only 9 common frames are valid"):
        value("head", flame, live, np.arange(T) < 9)


def test_frames_that_hold_no_measurement_are_left_out():
    flame = shared_motion("flame56", heads()["flame56"], SEEN)
    spoiled = flame.copy()
    spoiled[:5, HEAD] = 100.0
    assert value("head", spoiled, flame) < 0.9
    assert value("head", spoiled, flame, np.arange(T) >= 5) == pytest.approx(1)

"""Events read from motion with known truth."""

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.reaction import (
    detect_blinks,
    detect_nods,
    detect_shakes,
    detect_smiles,
    event_f1,
    event_tiou,
)

FRAMES = 750


def head(bouts, axis, degrees=5.0, hertz=2.0, noise=0.1, seed=0):
    """Rotation (T, 3) that drifts slowly and swings on one axis during the bouts."""
    rng = np.random.default_rng(seed)
    t = np.arange(FRAMES) / 25
    rotation = np.deg2rad(8) * np.sin(2 * np.pi * 0.1 * t)[:, None] * [1.0, -1.0, 0.5]
    for start, end in bouts:
        rotation[start:end, axis] += np.deg2rad(degrees) * np.sin(2 * np.pi * hertz * t[: end - start])
    return rotation + np.deg2rad(noise) * rng.normal(size=rotation.shape)


BOUTS = [(50, 90), (200, 260), (500, 540)]


@pytest.mark.parametrize("hertz", [1.0, 2.0, 3.0])
def test_recovers_nods_and_shakes(hertz):
    nods, shakes = ([(label, *bout) for bout in BOUTS] for label in ("nod", "shake"))
    nodding, shaking = head(BOUTS, 0, hertz=hertz), head(BOUTS, 1, hertz=hertz)
    assert event_f1([nods], [detect_nods(nodding)], ("nod",)) == 1
    assert event_f1([shakes], [detect_shakes(shaking)], ("shake",)) == 1
    assert event_tiou([nods], [detect_nods(nodding)]) > 0.7
    assert detect_shakes(nodding) == detect_nods(shaking) == []


def test_a_tilted_swing_is_one_gesture_not_two():
    """Nobody shakes on one axis exactly: the larger swing names the gesture."""
    tilted = head(BOUTS, 1) + head(BOUTS, 0, degrees=2.5)
    assert len(detect_shakes(tilted)) == 3
    assert detect_nods(tilted) == []


def test_posture_and_jitter_are_not_gestures():
    still = head([], 0, noise=0.3)
    assert detect_nods(still) == detect_shakes(still) == []


def test_damped_nods_disappear():
    found = [len(detect_nods(head(BOUTS, 0, degrees=degrees))) for degrees in (5, 2, 0.5)]
    assert found == [3, 3, 0]


def test_nods_at_another_frame_rate():
    slow = detect_nods(head(BOUTS, 0)[::2], fps=12.5)
    fast = detect_nods(head(BOUTS, 0))
    assert [event.start for event in slow] == pytest.approx([event.start / 2 for event in fast], abs=2)


def test_smiles_by_hysteresis():
    smile = np.zeros(100)
    smile[20:60] = 0.5
    smile[35:40] = 0.25  # a dip that does not end the smile
    smile[80:85] = 0.9  # 0.2 s: a twitch
    smile[90:] = 0.3  # never passes the upper threshold
    assert detect_smiles(smile) == [("smile", 20, 60)]


def test_blinks_and_closed_eyes():
    closure = np.zeros(200)
    for start, frames in ((10, 3), (50, 6), (100, 30)):
        closure[start : start + frames] = 0.9
    assert detect_blinks(closure) == [("blink", 10, 13), ("blink", 50, 56)]
    assert detect_blinks(0.4 * closure) == []


def test_refusals():
    with pytest.raises(MetricInputError, match="pitch, yaw, roll"):
        detect_nods(np.zeros((100, 2)))
    with pytest.raises(MetricInputError, match="1 s at more than 8 fps"):
        detect_nods(np.zeros((20, 3)))
    with pytest.raises(MetricInputError, match="another column"):
        detect_blinks([0.0, 1.5])
    with pytest.raises(MetricInputError, match="finite vector"):
        detect_smiles([np.nan])

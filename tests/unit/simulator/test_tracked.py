"""The face tracker of the suite sees rendered people, and what it sees follows the truth."""

import numpy as np
import pytest

from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.track import FaceTracker
from echo_bench.simulator.render import render
from echo_bench.simulator.rig import identity
from echo_bench.spaces import RIG61

PEOPLE, FRAMES = range(8), 50
WATCHED = ("jawOpen", "eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "mouthSmileRight")


def swing(seed: int) -> np.ndarray:
    """Two seconds in which the head turns by up to 25 degrees either way while the face talks, blinks and smiles."""
    rng = np.random.default_rng(seed)
    t = np.arange(FRAMES) / 25.0
    motion = np.zeros((FRAMES, RIG61.width))

    def wave(slowest: float, fastest: float) -> np.ndarray:
        return np.sin(2 * np.pi * (rng.uniform(slowest, fastest) * t + rng.random()))

    for angle in ("pitch", "yaw", "roll"):
        motion[:, RIG61.columns.index(angle)] = np.radians(25) * wave(0.4, 0.9)
    values = {"jawOpen": 0.8 * np.clip(wave(1.2, 2.0), 0, 1), "eyeBlink": np.clip(3 * wave(0.7, 1.2) - 2, 0, 1)}
    values["mouthSmile"] = np.clip(wave(0.5, 0.9), 0, 1)
    for name, value in values.items():
        for column in (name, f"{name}Left", f"{name}Right"):
            if column in RIG61.columns:
                motion[:, RIG61.columns.index(column)] = value
    return motion


@pytest.fixture(scope="module")
def seen(tracker_weights):
    """Truth and tracked motion (people, FRAMES, 61), and whether the face was found."""
    truth, tracked, found = [], [], []
    for seed in PEOPLE:
        motion, tracker = swing(seed), FaceTracker(tracker_weights)
        for frame in render(motion, identity(seed), 256):
            tracker.push(frame)
        track = tracker.finish()
        truth.append(motion)
        tracked.append(to_rig61(track)[0])
        found.append(track.detected)
    return np.array(truth), np.array(tracked), np.array(found)


def within_person(seen, column: str) -> float:
    """Correlation of the column over all frames, each person's mean taken off."""
    truth, tracked, found = seen
    at = RIG61.columns.index(column)
    a, b = np.where(found, truth[..., at], np.nan), np.where(found, tracked[..., at], np.nan)
    a, b = a - np.nanmean(a, axis=1, keepdims=True), b - np.nanmean(b, axis=1, keepdims=True)
    return float(np.corrcoef(a[found], b[found])[0, 1])


def test_face_is_found(seen):
    assert seen[2].mean() >= 0.995


@pytest.mark.parametrize("column", ["pitch", "yaw", "roll"])
def test_pose_follows_the_truth(seen, column):
    truth, tracked, found = seen
    at = RIG61.columns.index(column)
    assert within_person(seen, column) > 0.95
    slope = np.polyfit(truth[..., at][found], tracked[..., at][found], 1)[0]
    assert 0.75 < slope < 1.15


@pytest.mark.parametrize("column", WATCHED)
def test_expression_follows_the_truth(seen, column):
    assert within_person(seen, column) > 0.7

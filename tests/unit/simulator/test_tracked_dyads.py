"""The face tracker of the suite on people of dyad-mini as they perform: `docs/datasets/tracker-vs-truth.md` has all of them at length.

Drawing and tracking cost about 20 ms per frame, so here everybody is seen briefly, and a few for as long as their conversation.
"""

from dataclasses import dataclass

import numpy as np
import pytest
from echo_metrics.detection import detect_blinks
from echo_metrics.lipsync import landmark_offset

from echo_bench.clip import Side
from echo_bench.faces.lips import lip_opening
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.track import FaceTrack, FaceTracker
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render
from echo_bench.spaces import RIG61
from tests.unit.simulator.content import ALL, dialogue, performance
from tests.unit.simulator.test_native_sync import INJECTED, LONGEST, envelope

GLANCE = 40  # frames of everybody
WATCHED: tuple[tuple[str, Side], ...] = (
    ("test-pair-ferry-a", "user"),
    ("test-pair-ferry-a", "avatar"),
    ("ood-gossip-01", "user"),
    ("ood-gossip-01", "avatar"),
    ("test-comfort-01", "user"),
    ("ood-pair-attic-a", "avatar"),
)
FOLLOWED = {
    **dict.fromkeys(("yaw", "roll"), 0.9),
    "pitch": 0.5,  # nods are small, and the tracker takes part of an opening jaw for one
    **dict.fromkeys(("jawOpen", "eyeBlinkLeft", "eyeBlinkRight"), 0.7),
    **dict.fromkeys(("mouthSmileLeft", "mouthSmileRight"), 0.6),
}

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Seen:
    """Motion of one person as performed and as tracked."""

    clip: str
    who: Side
    truth: np.ndarray
    track: FaceTrack

    @property
    def tracked(self) -> np.ndarray:
        return to_rig61(self.track)[0]


def look(weights, motion: np.ndarray, face: int) -> FaceTrack:
    tracker = FaceTracker(weights)
    for frame in render(motion, identity(face), 256):
        tracker.push(frame)
    return tracker.finish()


@pytest.fixture(scope="module")
def seen(tracker_weights):
    rows = [(clip, who, performance(clip).motion[who]) for clip, who in WATCHED]
    people = read_people()
    return [
        Seen(clip, who, truth, look(tracker_weights, truth, people[dialogue(clip).cast[who]].face))
        for clip, who, truth in rows
    ]


def test_face_of_everybody_is_found(tracker_weights):
    """In the conversation that comes first for each, from its middle on."""
    where = {name: (clip, who) for clip in reversed(ALL) for who, name in dialogue(clip).cast.items()}
    assert set(where) == set(read_people())
    found = []
    for name, (clip, who) in where.items():
        motion = performance(clip).motion[who]
        middle = motion[len(motion) // 2 :][:GLANCE]
        found.append(look(tracker_weights, middle, read_people()[name].face).detected)
    assert np.concatenate(found).mean() >= 0.995


def test_face_is_found_all_the_time(seen):
    assert np.concatenate([one.track.detected for one in seen]).mean() >= 0.995


@pytest.mark.parametrize("column", FOLLOWED)
def test_what_is_tracked_follows_the_truth(seen, column):
    """Correlation over all frames, each person's mean taken off."""
    at = RIG61.columns.index(column)
    pairs = [np.stack([one.truth[:, at], one.tracked[:, at]])[:, one.track.detected] for one in seen]
    truth, tracked = np.hstack([pair - pair.mean(axis=1, keepdims=True) for pair in pairs])
    assert np.corrcoef(truth, tracked)[0, 1] > FOLLOWED[column]


def test_lips_and_sound_agree_in_pictures(seen):
    """Injected offsets of up to ten frames either way come back to one frame, and so does none."""
    errors = []
    for one in seen:
        lips, sound = lip_opening(one.track.landmarks), envelope(one.clip, one.who)
        for late in INJECTED:
            moved = sound[LONGEST - late : len(sound) - LONGEST - late]
            inside = slice(LONGEST, -LONGEST)
            errors.append(landmark_offset(lips[inside], moved, valid=one.track.detected[inside]).offset + late)
    off = np.array(errors).reshape(len(seen), -1)
    assert (np.abs(np.median(off, axis=0)) <= 1).all()
    assert np.mean(np.abs(off) <= 1) >= 0.9


def test_as_many_blinks_are_tracked_as_are_made(seen):
    """Within 10 %, which is about what one blink more or less makes here."""
    lids = [RIG61.columns.index(name) for name in ("eyeBlinkLeft", "eyeBlinkRight")]
    made, tracked = (
        sum(len(detect_blinks(motion[:, lids].mean(axis=1).clip(0.0, 1.0))) for motion in motions)
        for motions in ([one.truth for one in seen], [one.tracked for one in seen])
    )
    assert tracked == pytest.approx(made, rel=0.1)

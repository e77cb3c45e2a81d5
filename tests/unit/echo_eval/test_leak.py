"""How far lips move when the user is taken away, and what of it is the tracker's mesh."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import DyadicClip, Track, VideoRef
from echo_bench.faces.track import FaceTrack
from echo_bench.simulator.render import render
from echo_bench.simulator.rig import identity
from echo_bench.spaces import RIG61
from tools.echo_eval.differences import side
from tools.echo_eval.leak import LIMIT, LIPS, OTHERS, Moved, about, displacement, less_than, moved, wearing
from tools.echo_eval.runs import ECHO
from tools.echo_eval.tables import leaks_table

CLIP = DyadicClip("a", "toy", 25.0, 30.0, Track(video=VideoRef(Path("u.mp4"), "00")), Track())
BROWS = ("browInnerUp", "browOuterUpLeft", "browOuterUpRight")


def track(points, detected=None):
    frames = len(points)
    seen = np.ones(frames, bool) if detected is None else np.array(detected)
    blank = np.zeros(frames, np.float32)
    return FaceTrack(
        np.asarray(points, np.float32), np.zeros((frames, 52), np.float32), np.tile(np.eye(4, dtype=np.float32), (frames, 1, 1)),
        blank, seen, seen, blank.astype(np.uint8), (128, 128),
    )  # fmt: skip


@pytest.fixture
def face():
    return np.random.default_rng(0).normal(64, 20, (3, 478, 3))


def test_landmarks_are_compared_in_the_picture(face):
    other = face + np.array([0.0, 0.0, 9.0])
    other[:, LIPS, 0] += 2.0
    other[:, OTHERS, 1] += 8.0
    assert displacement(track(face), track(other), LIPS) == pytest.approx(2.0, abs=1e-4)
    assert displacement(track(face), track(other), OTHERS) == pytest.approx(8.0, abs=1e-4)


def test_frames_without_a_face_do_not_count(face):
    other = face.copy()
    other[1] += 50.0
    assert displacement(track(face), track(other, [True, False, True]), LIPS) == 0.0
    assert displacement(track(face), track(other[:1]), LIPS) == 0.0
    assert displacement(track(face, [True, False, True]), track(other, [False, True, False]), LIPS) is None


def test_lips_are_pasted_and_nothing_else():
    """Weights written out: an ellipse with the half axes of the box about all lips."""
    points = np.zeros((2, 478, 3))
    points[:, LIPS, :2] = np.random.default_rng(1).uniform((40, 80), (60, 90), (2, len(LIPS), 2))
    points[:, LIPS[:2], :2] = (40, 80), (60, 90)
    black, white = np.zeros((2, 128, 128, 3), np.uint8), np.full((2, 128, 128, 3), 255, np.uint8)
    worn = np.stack(list(wearing(black, white, track(points), track(points))))
    y, x = np.mgrid[:128, :128] + 0.5
    away = np.hypot((x - 50) / 10, (y - 85) / 5)
    assert (worn[:, away <= 1.29] == 255).all()
    assert (worn[:, away >= 1.81] == 0).all()
    assert (worn[0, ..., 0] == np.round(255 * np.clip((1.8 - away) / 0.5, 0, 1))).all()
    points[1] = np.nan
    lost = list(wearing(black, white, track(points), track(points)))
    assert (lost[0] == worn[0]).all()
    assert not lost[1].any()
    assert not about(points[1, LIPS, :2], (4, 4)).any()


@pytest.mark.usefixtures("tracker_weights")
def test_lips_are_told_from_the_mesh():
    """Raised brows move the mesh's lips, though not lips by themselves; a smile does."""

    def shown(*names):
        motion = np.zeros((5, RIG61.width))
        motion[:, [RIG61.columns.index(name) for name in names]] = 0.9
        return np.stack(list(render(motion, identity(1), 256)))

    still = shown()
    brows, smile = (moved(shown(*names), still) for names in (BROWS, (*BROWS, "mouthSmileLeft", "mouthSmileRight")))
    assert min(brows.lips, brows.same_lips) > 1.5 * brows.lips_alone
    assert brows.share < LIMIT
    assert smile.share > 3 * brows.share


@pytest.mark.usefixtures("tracker_weights")
def test_where_no_face_is_nothing_is_found():
    assert moved(*np.zeros((2, 3, 64, 64, 3), np.uint8)) is None


def test_less_reaches_the_lips_where_the_share_is_smaller():
    def of(share):
        return {name: Moved(lips=1, others=1.0, lips_alone=share, same_lips=0.5) for name in "abcde"}

    clips = [replace(CLIP, id=name, cluster=name) for name in "abcdef"]
    found = less_than(ECHO, of(0.1), "x", of(0.4), clips)
    assert (found.clips, found.difference) == (5, pytest.approx(-0.3))
    assert side(found) == -1
    assert less_than(ECHO, of(0.1), "x", {}, clips) is None
    assert "| 0.10 |" in leaks_table({ECHO: of(0.1)})

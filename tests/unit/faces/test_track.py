"""Tracking real clips: who is who, what is lost, what is refused."""

from __future__ import annotations

from dataclasses import fields

import numpy as np
import pytest

from echo_bench.errors import MediaError
from echo_bench.faces.track import FaceTrack, FaceTracker
from tests.unit.faces.conftest import run


def equal(a: FaceTrack, b: FaceTrack) -> bool:
    return all(np.asarray(getattr(a, f.name)).tobytes() == np.asarray(getattr(b, f.name)).tobytes() for f in fields(a))


@pytest.fixture(scope="module")
def both(model, pair) -> FaceTracker:
    """A tracker that has seen a clip of two faces."""
    tracker = FaceTracker(model, faces=2)
    run(tracker, pair)
    return tracker


def test_shapes_types_and_ranges(track, talker):
    frames = len(talker)
    assert track.landmarks.shape == (frames, 478, 3)
    assert track.blendshapes.shape == (frames, 52)
    assert track.transform.shape == (frames, 4, 4)
    assert {a.dtype for a in (track.landmarks, track.blendshapes, track.transform, track.score)} == {
        np.dtype(np.float32)
    }
    assert track.faces.dtype == np.uint8
    assert track.size == (256, 256)
    assert track.detected.all()
    assert track.valid.all()
    assert (track.blendshapes >= 0).all()
    assert (track.blendshapes <= 1).all()


def test_landmarks_lie_on_the_face(track):
    """Nose between the eyes and the mouth, eyes level with each other, all inside the frame."""
    points = track.landmarks[:, :, :2]
    nose, right_eye, left_eye, mouth = points[:, 1], points[:, 33], points[:, 263], points[:, 13]
    assert (right_eye[:, 0] < nose[:, 0]).all()
    assert (nose[:, 0] < left_eye[:, 0]).all()
    assert (np.maximum(right_eye, left_eye)[:, 1] < nose[:, 1]).all()
    assert (nose[:, 1] < mouth[:, 1]).all()


def test_same_bytes_again_and_after_reset(model, talker, track):
    tracker = FaceTracker(model)
    run(tracker, talker[20:30])
    assert equal(run(tracker, talker), track)


def test_frames_do_not_look_ahead(model, talker, track):
    """A prefix of the clip gives a prefix of the track."""
    part = run(FaceTracker(model), talker[:10])
    assert part.landmarks.tobytes() == track.landmarks[:10].tobytes()


def test_views_and_flipped_memory_are_read_rightly(model, talker, track):
    wide = [np.pad(frame, ((0, 0), (16, 48), (0, 0)))[:, 16:-48] for frame in talker[:3]]
    assert not wide[0].flags.c_contiguous
    assert run(FaceTracker(model), wide).landmarks.tobytes() == track.landmarks[:3].tobytes()


def test_two_faces_are_kept_apart(both, pair):
    left, right = both.finish("left"), both.finish("right")
    assert left.detected.all()
    assert right.detected.all()
    assert (left.faces == 2).all()
    assert left.landmarks[..., 0].max() < 256 < right.landmarks[..., 0].min()


def test_each_of_two_faces_tracks_like_alone(model, both, pair):
    """The crop of one panel, tracked by itself: the same face to about a pixel (its region is found on another scale)."""
    alone = run(FaceTracker(model), [np.ascontiguousarray(frame[:, 256:]) for frame in pair])
    shift = both.finish("right").landmarks[..., :2] - alone.landmarks[..., :2] - (256, 0)
    assert np.linalg.norm(shift, axis=-1).mean() < 1


def test_largest_is_the_largest(both):
    sizes = {side: np.ptp(both.finish(side).landmarks[..., 1], axis=1).mean() for side in ("left", "right")}
    assert equal(both.finish("largest"), both.finish(max(sizes, key=lambda side: sizes[side])))


def test_lost_face_is_flagged_and_found_again(model, talker):
    """Black frames: NaN and flags there, the same person after; the detector may find the face at once."""
    black = np.zeros_like(talker[0])
    track = run(FaceTracker(model), [*talker[:3], black, black, *talker[3:6]])
    assert track.detected.tolist() == [True] * 3 + [False] * 2 + [True] * 3
    assert np.isnan(track.landmarks[3:5]).all()
    assert (track.score[3:5] == 0).all()
    assert (track.faces == track.detected).all()


def test_identity_survives_the_loss_of_one_face(model, pair):
    """The left person is covered for a while; left stays left and right is never disturbed."""
    clip = [frame.copy() for frame in pair]
    for frame in clip[4:7]:
        frame[:, :256] = 0
    tracker = FaceTracker(model, faces=2)
    run(tracker, clip)
    left, right = tracker.finish("left"), tracker.finish("right")
    assert left.detected.tolist() == [True] * 4 + [False] * 3 + [True] * 5
    assert right.detected.all()
    assert np.nanmax(left.landmarks[..., 0]) < 256
    assert left.faces.tolist() == [2] * 4 + [1] * 3 + [2] * 5


def test_identities_survive_the_loss_of_both_faces(model, pair):
    """After a cut to black each track goes on where it was, whichever face the detector finds first."""
    clip = [*pair[:4], *[np.zeros_like(pair[0])] * 2, *pair[4:8]]
    tracker = FaceTracker(model, faces=2)
    run(tracker, clip)
    left, right = tracker.finish("left"), tracker.finish("right")
    assert left.detected.tolist() == right.detected.tolist() == [True] * 4 + [False] * 2 + [True] * 4
    assert np.nanmax(left.landmarks[..., 0]) < 256 < np.nanmin(right.landmarks[..., 0])


def test_a_covered_face_does_not_become_its_neighbour(model, pair):
    """The right person's picture slides over the left one: one face is left, followed once."""
    clip = [pair[0]] * 15
    for cover in range(0, 264, 12):
        frame = pair[0].copy()
        frame[:, 256 - cover : 512 - cover] = pair[0][:, 256:]
        frame[:, 512 - cover :] = 0
        clip.append(frame)
    tracker = FaceTracker(model, faces=2)
    run(tracker, clip)
    tracks = [tracker.finish("left"), tracker.finish("right")]
    assert tracks[0].faces[0] == 2
    assert tracks[0].faces[-1] == 1
    assert sum(track.detected for track in tracks).tolist() == tracks[0].faces.tolist()
    assert tracks[1].detected.all()


def test_a_short_lived_face_is_not_taken_for_the_left_one(model, pair):
    clip = [frame.copy() for frame in pair]
    for frame in clip[3:]:
        frame[:, :256] = 0
    tracker = FaceTracker(model, faces=2)
    run(tracker, clip)
    assert tracker.finish("left").landmarks[..., 0].min() > 256


def test_a_clip_without_a_face_is_all_invalid(model):
    track = run(FaceTracker(model), [np.full((64, 64, 3), 128, np.uint8)] * 3)
    assert not track.valid.any()
    assert np.isnan(track.blendshapes).all()


@pytest.mark.parametrize("size", [(32, 32), (33, 47), (600, 90)])
def test_any_size_from_32_pixels(model, size):
    track = run(FaceTracker(model, faces=2), [np.zeros((*size, 3), np.uint8)] * 2)
    assert track.size == size
    assert track.faces.tolist() == [0, 0]


@pytest.mark.parametrize(
    "frame",
    [
        np.zeros((31, 64, 3), np.uint8),
        np.zeros((64, 64), np.uint8),
        np.zeros((64, 64, 4), np.uint8),
        np.zeros((64, 64, 3), np.float32),
    ],
)
def test_refuses_what_is_no_frame(model, frame):
    with pytest.raises(MediaError, match="frame 0: a frame to track must be uint8 RGB"):
        FaceTracker(model).push(frame)


def test_refuses_a_change_of_size(model, talker):
    tracker = FaceTracker(model)
    tracker.push(talker[0])
    with pytest.raises(MediaError, match="size changes"):
        tracker.push(talker[0][:128])


def test_refuses_an_empty_clip_and_a_crowd(model):
    with pytest.raises(MediaError, match="no frame was tracked"):
        FaceTracker(model).finish()
    with pytest.raises(ValueError, match="faces must be 1 or 2"):
        FaceTracker(model, faces=3)

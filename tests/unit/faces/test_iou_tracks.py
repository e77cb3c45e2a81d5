"""Tracks by overlap: the rule of the official script, without the defects of its packaged rewrite."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from echo_bench.faces.boxes import iou
from echo_bench.faces.iou_tracks import MAX_GAP, BoxTrack, Follower, Linker

LEFT, RIGHT = np.array([0, 0, 100, 120.0]), np.array([200, 0, 300, 120.0])
NONE = np.empty((0, 4))


def linked(frames: list[NDArray[np.float64]], linker: Linker | None = None) -> list[BoxTrack]:
    linker = linker or Linker()
    for boxes in frames:
        linker.push(boxes)
    return linker.tracks


@pytest.mark.parametrize("every", [1, 30])
def test_two_still_faces_whose_order_flips_are_two_whole_tracks(every):
    """syncnet-python 0.2.3 gives one track when the order flips in each frame, three fragments when every 30 frames."""
    frames = [np.array([LEFT, RIGHT] if t // every % 2 else [RIGHT, LEFT]) for t in range(120)]
    tracks = linked(frames)
    assert [(track.start, track.last) for track in tracks] == [(0, 119), (0, 119)]
    for track, face in zip(tracks, (RIGHT, LEFT), strict=True):
        np.testing.assert_array_equal(track.boxes, np.tile(face, (120, 1)))


def test_missed_frames_are_on_the_line_between_their_neighbours():
    moved = LEFT + np.array([8, 0, 8, 0])
    (track,) = linked([LEFT[None], NONE, NONE, NONE, moved[None]])
    assert [box[0] for box in track.boxes] == [0, 2, 4, 6, 8]


@pytest.mark.parametrize(("missed", "tracks"), [(MAX_GAP - 1, 1), (MAX_GAP, 2)])
def test_a_track_ends_when_its_face_is_away_too_long(missed, tracks):
    """The next box may be at most 25 frames after the last."""
    assert len(linked([LEFT[None], *[NONE] * missed, LEFT[None]])) == tracks


@given(
    st.lists(
        st.lists(st.tuples(st.integers(0, 6), st.integers(0, 2)), max_size=3, unique=True), min_size=1, max_size=45
    )
)
def test_equals_the_search_of_one_track_after_the_other(frames):
    """The official way: take the first free box, go through all later frames, begin again with what is left."""
    boxes = [
        np.array([[60 * x + 4 * d, 0, 60 * x + 4 * d + 50, 50] for x, d in frame], float).reshape(-1, 4)
        for frame in frames
    ]
    # boxes of one frame do not overlap by half, as after suppression
    boxes = [b[[all(iou(b[i], b[:i]) <= 0.5) for i in range(len(b))]] if len(b) else b for b in boxes]
    left = [list(frame) for frame in boxes]
    expected = []
    while any(left):
        track: list[tuple[int, NDArray[np.float64]]] = []
        for t, faces in enumerate(left):
            for k, face in enumerate(faces):
                near = track and t - track[-1][0] <= MAX_GAP and iou(face, track[-1][1][None])[0] > 0.5
                if not track or near:
                    track.append((t, faces.pop(k)))
                    break
        expected.append(track)
    found = linked(boxes)
    assert [(track.start, track.last) for track in found] == [(track[0][0], track[-1][0]) for track in expected]
    for track, parts in zip(found, expected, strict=True):
        at = [t for t, _ in parts]
        for side in range(4):
            line = np.interp(range(track.start, track.last + 1), at, [part[side] for _, part in parts])
            np.testing.assert_allclose([box[side] for box in track.boxes], line)


def test_a_followed_face_that_jumps_starts_anew():
    """The old place does not come back to life: tracks of one person never overlap."""
    frames = [LEFT[None]] * 3 + [RIGHT[None]] * 3 + [LEFT[None]] * 3
    assert [(t.start, t.last) for t in linked(frames, Follower())] == [(0, 2), (3, 5), (6, 8)]


def test_a_followed_face_that_is_away_for_a_while_goes_on():
    assert [(t.start, t.last) for t in linked([LEFT[None], NONE, LEFT[None]], Follower())] == [(0, 2)]


def test_nothing_gives_no_track():
    assert linked([NONE] * 30) == []


def test_of_two_boxes_on_a_face_the_better_goes_on():
    """Boxes come best first; the other starts a track of its own."""
    better, other = LEFT + 4.0, LEFT + 2.0
    tracks = linked([LEFT[None], np.array([better, other])])
    assert [track.boxes[-1][0] for track in tracks] == [4, 2]
    assert [track.start for track in tracks] == [0, 1]

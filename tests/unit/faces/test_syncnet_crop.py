"""The official crop: its geometry, its smoothing, and that it comes out of a stream as out of a whole clip."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.signal import medfilt

from echo_bench.faces.iou_tracks import Follower, Linker
from echo_bench.faces.resize import resize_bilinear
from echo_bench.faces.syncnet_crop import Crop, Cropper, Square, cut, smoothed

NONE = np.empty((0, 4))


def clip(frames: int, seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (frames, 90, 120, 3), dtype=np.uint8)


def boxes(frames: int, seed: int = 0) -> NDArray[np.float64]:
    """A face that moves and trembles."""
    rng = np.random.default_rng(seed)
    low = np.column_stack([30 + np.arange(frames) * 0.3, np.full(frames, 20.0)]) + rng.normal(0, 1.5, (frames, 2))
    return np.column_stack([low, low + rng.normal(35, 1.5, (frames, 2))])


def official(frame: NDArray[np.uint8], x: float, y: float, s: float) -> NDArray[np.uint8]:
    """run_pipeline.py: pad the whole frame with grey 110, then slice."""
    pad = int(s * 1.8)
    padded = np.pad(frame, ((pad, pad), (pad, pad), (0, 0)), constant_values=110)
    y, x = y + pad, x + pad
    assume(y >= s and x >= s * 1.4)  # a negative index wraps around there; nobody's face is that far outside
    face = padded[int(y - s) : int(y + s * 1.8), int(x - s * 1.4) : int(x + s * 1.4)]
    return resize_bilinear(face, 224, 224)


@given(st.floats(-10, 130), st.floats(-10, 100), st.floats(6, 80))
@settings(max_examples=40)
def test_cuts_like_the_official_script(x, y, s):
    """Also where the square leaves the frame."""
    frame = clip(1)[0]
    np.testing.assert_array_equal(cut(frame, Square(x, y, s)), official(frame, x, y, s))


def test_reaches_to_the_chest():
    """Half a side above the centre, 1.8 below, 1.4 to either side; grey outside the frame."""
    frame = np.zeros((100, 100, 3), np.uint8)
    frame[60:78] = 255
    crop = cut(frame, Square(50, 50, 20))  # rows 30 to 86, columns 22 to 78
    white = np.flatnonzero(crop[:, 112, 0] > 128)
    assert (white[0] / 224, (white[-1] + 1) / 224) == pytest.approx((30 / 56, 48 / 56), abs=0.01)
    assert cut(frame, Square(0, 50, 20))[50, 20, 0] == 110


@pytest.mark.filterwarnings("ignore:kernel_size exceeds")
@pytest.mark.parametrize("frames", [7, 12, 40])
def test_smooths_like_scipys_median_filter(frames):
    track = boxes(frames)
    found = [smoothed(list(track), t) for t in range(frames)]
    half = np.maximum(track[:, 2] - track[:, 0], track[:, 3] - track[:, 1]) / 2
    np.testing.assert_allclose([s.x for s in found], medfilt((track[:, 0] + track[:, 2]) / 2, 13))
    np.testing.assert_allclose([s.y for s in found], medfilt((track[:, 1] + track[:, 3]) / 2, 13))
    np.testing.assert_allclose([s.half for s in found], medfilt(half, 13))


def streamed(frames: NDArray[np.uint8], track: list[NDArray[np.float64]], linker: Linker) -> list[Crop]:
    cropper = Cropper(linker)
    crops = []
    for frame, found in zip(frames, track, strict=True):
        crops += cropper.push(frame, found)
        assert len(cropper._waiting) <= 32
    return crops + cropper.finish()


def test_a_stream_gives_the_crops_of_the_whole_clip_with_gaps_filled():
    frames, track = clip(80), boxes(80)
    shown = [box[None] if not 30 <= t < 50 else NONE for t, box in enumerate(track)]
    crops = streamed(frames, shown, Follower())
    filled = track.copy()
    for side in range(4):
        filled[29:51, side] = np.interp(range(29, 51), [29, 50], track[[29, 50], side])
    assert [crop.frame for crop in crops] == list(range(80))
    for crop in crops[::7]:
        square = smoothed(list(filled), crop.frame)
        assert (crop.square.x, crop.square.half) == pytest.approx((square.x, square.half))
        np.testing.assert_array_equal(crop.pixels, cut(frames[crop.frame], square))


def test_long_absence_ends_a_track_and_frees_its_frames():
    """Frames 20 to 69 without a face: two tracks, no crop between them."""
    frames, track = clip(90), boxes(90)
    crops = streamed(frames, [box[None] if not 20 <= t < 70 else NONE for t, box in enumerate(track)], Follower())
    assert [crop.frame for crop in crops] == [*range(20), *range(70, 90)]
    assert len({id(crop.track) for crop in crops}) == 2


def test_two_faces_are_two_rows_of_crops():
    frames, track = clip(30), boxes(30)
    other = track + np.array([60, 0, 60, 0])
    crops = streamed(frames, [np.array([a, b]) for a, b in zip(track, other, strict=True)], Linker())
    tracks = list(dict.fromkeys(crop.track for crop in crops))
    assert [[c.frame for c in crops if c.track is t] for t in tracks] == [list(range(30))] * 2


def test_a_flicker_is_not_cropped():
    """Six frames of a face would have an empty square: zeros are the majority of its median."""
    crops = streamed(clip(40), [box[None] if t < 6 else NONE for t, box in enumerate(boxes(40))], Follower())
    assert crops == []


def test_does_not_look_ahead_further_than_it_must():
    """The crop of frame t is there with frame t + 6."""
    cropper, frames, track = Cropper(Follower()), clip(20), boxes(20)
    given_at = {c.frame: t for t in range(20) for c in cropper.push(frames[t], track[t][None])}
    assert given_at == {t: t + 6 for t in range(14)}

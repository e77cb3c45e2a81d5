"""The vocabulary: what methods may see, the motion space, errors, motion files."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import AudioRef, DyadicClip, MethodView, MotionRef, Span, Track, VideoRef, Word, view_of
from echo_bench.errors import EchoBenchError, MethodError, WeightsMissingError
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.spaces import ARKIT, RIG61


def clip() -> DyadicClip:
    truth = Track(
        video=VideoRef(Path("a.mp4"), "aa"),
        audio=AudioRef(Path("a.wav"), "ab"),
        motion=MotionRef(Path("a.npz"), "ac", "rig61"),
        transcript=(Word(2.0, 2.5, "yes"),),
    )
    user = Track(video=VideoRef(Path("u.mp4"), "ba"), transcript=(Word(0.5, 0.9, "really"),))
    return DyadicClip("c", "toy", 25.0, 4.0, user, truth, spans=(Span("user", 0.4, 1.0, "joy"),), appropriate=("d",))


def test_a_method_sees_no_truth():
    view = view_of(clip())
    assert view.truth is None
    hidden = {"a.mp4", "a.npz", "joy", "'d'"}
    assert not [word for word in hidden if word in repr(view)]
    assert view.avatar_audio == AudioRef(Path("a.wav"), "ab")


def test_the_dialogue_is_in_order_of_time():
    assert [(who, word.text) for who, word in view_of(clip()).dialogue] == [("user", "really"), ("avatar", "yes")]


def test_only_rows_that_say_so_see_the_truth():
    assert view_of(clip(), uses_truth=True).truth == clip().avatar
    assert {f.name for f in fields(MethodView)} == {
        "clip_id", "fps", "duration", "user", "avatar_audio", "reference", "dialogue", "truth",
    }  # fmt: skip


def test_rig61_columns():
    """Blinks at 8 and 9 and the tongue at 51: where EmoTalk and SyncTalk have them."""
    assert RIG61.width == 61
    assert len(set(RIG61.columns)) == 61
    assert ARKIT.index("eyeBlinkLeft") == 8
    assert ARKIT.index("eyeBlinkRight") == 9
    assert ARKIT.index("jawOpen") == 24
    assert ARKIT.index("tongueOut") == 51
    assert [RIG61.columns[RIG61.parts[p]] for p in ("pose", "gaze")] == [
        ("pitch", "yaw", "roll", "x", "y", "z"),
        ("gazeYaw", "gazePitch", "gazeVergence"),
    ]


def test_errors_say_what_where_and_what_to_do():
    error = EchoBenchError("is empty", where="a.mp4", fix="record it again")
    assert str(error) == "a.mp4: is empty -> record it again"
    assert str(EchoBenchError("is empty")) == "is empty"
    assert WeightsMissingError("x").exit_code == 3


def test_motion_round_trips_with_equal_bytes(tmp_path):
    motion = np.random.default_rng(0).normal(size=(20, 61)).astype(np.float32)
    valid = np.arange(20) % 7 > 0
    ref = save_motion(tmp_path / "a" / "m.npz", motion, valid, source="tracker")
    again = save_motion(tmp_path / "b" / "m.npz", motion, valid, source="tracker")
    assert ref.sha256 == again.sha256
    loaded, mask = load_motion(ref)
    np.testing.assert_array_equal(loaded, motion)
    np.testing.assert_array_equal(mask, valid)


@pytest.mark.parametrize(
    ("motion", "message"),
    [
        (np.zeros((5, 60), np.float32), "do not fit rig61"),
        (np.full((5, 61), np.nan, np.float32), "NaN or Inf"),
    ],
)
def test_refuses_motion_that_is_not_what_it_says(tmp_path, motion, message):
    ref = save_motion(tmp_path / "m.npz", motion, np.ones(5, bool))
    with pytest.raises(MethodError, match=message):
        load_motion(ref)


def test_refuses_a_pickle(tmp_path):
    path = tmp_path / "m.npz"
    np.savez(path, motion=np.array([{"a": 1}], dtype=object))
    with pytest.raises(MethodError, match="not a motion npz"):
        load_motion(MotionRef(path, "", "rig61"))


def test_a_damaged_motion_file_is_named(tmp_path):
    """Whatever byte is hit: the zip's own checks, the inflater and the array's header all speak of different things."""
    ref = save_motion(tmp_path / "m.npz", np.random.default_rng(0).random((9, 61)).astype(np.float32), np.ones(9, bool))
    whole = ref.path.read_bytes()
    for start in range(0, len(whole) - 40, 97):
        ref.path.write_bytes(whole[:start] + bytes(40) + whole[start + 40 :])
        with suppress(MethodError):
            assert load_motion(ref)[0].shape == (9, 61)
        ref.path.write_bytes(whole[:start])
        with pytest.raises(MethodError):
            load_motion(ref)

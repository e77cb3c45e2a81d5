"""The folder dataset: layouts become clips; broken files stay in the list with their defect."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echo_bench.clip import Panel, Span
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.folder import Folder
from echo_bench.errors import DatasetError, ManifestError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames, still
from tests.footage import left_right_clips


def open_folder(root, layout="left-right", manifest=None) -> Folder:
    return Folder(DatasetOptions(root, layout, manifest))


def test_left_right(footage):
    dataset = open_folder(footage(("b", "a")))
    first, second = dataset.clips("all")
    assert [first.id, second.id] == ["a", "b"]
    assert first.user.video.panel == Panel(0, 2)
    assert first.avatar.video.panel == Panel(1, 2)
    assert first.user.audio is not None
    assert first.avatar.audio is None
    assert first.spans == (Span("user", 0.0, first.duration),)
    assert first.duration == pytest.approx(1.2, abs=0.05)
    assert first.reference.panel == Panel(1, 2)
    assert first.cluster == "a"


def test_single_is_an_avatar_that_talks(footage):
    (clip,) = open_folder(footage(("a",)), "single").clips("all")
    assert clip.user.video is None
    assert clip.avatar.audio is not None
    assert clip.spans == (Span("avatar", 0.0, clip.duration),)


def test_panels_that_name_methods_are_outputs(footage):
    dataset = open_folder(footage(("a",)), "panels:user,dim")
    (clip,) = dataset.clips("all")
    assert clip.avatar.video is None
    assert dataset.supplied("all")["dim"]["a"].video.panel == Panel(1, 2)


def test_pairs(footage, tmp_path):
    root = footage(("x.user", "x.avatar", "y.user", "y.avatar"))
    clips = open_folder(root, "pairs").clips("all")
    assert [clip.id for clip in clips] == ["x", "y"]
    assert clips[0].user.video.path.name == "x.user.mp4"
    assert clips[0].spans == ()
    (root / "y.avatar.mp4").unlink()
    with pytest.raises(DatasetError, match=r"missing: y\.avatar"):
        open_folder(root, "pairs")


def test_who_goes_on_longer_is_cut_to_the_clip(tmp_path):
    """Video and sound; a whole file has no duration, and so the key that it always had."""
    left_right_clips(tmp_path, ("x.user",), 1.2)
    left_right_clips(tmp_path, ("x.avatar",), 2.0)
    (clip,) = open_folder(tmp_path, "pairs").clips("all")
    assert clip.duration == pytest.approx(1.2)
    assert (clip.user.video.duration, clip.user.audio.duration) == (None, None)
    assert (clip.avatar.video.duration, clip.avatar.audio.duration) == (clip.duration, clip.duration)


def test_pairs_leave_no_video_out(footage):
    """Whatever is not scored is named, all of it at once."""
    root = footage(("x.user", "x.avatar", "y.user", "y.person", "z", "user"))
    (root / "x.USER.mov").write_bytes((root / "x.user.mp4").read_bytes())
    with pytest.raises(DatasetError) as caught:
        open_folder(root, "pairs")
    assert caught.value.what == (
        "is not all pairs; missing: y.avatar; neither ID.user nor ID.avatar: user.mp4, y.person.mp4, z.mp4; "
        "two files for one person: x.USER.mov and x.user.mp4"
    )


def test_pairs_are_told_whatever_the_case(footage):
    root = footage(("x.User", "x.AVATAR"))
    (clip,) = open_folder(root, "pairs").clips("all")
    assert (clip.id, clip.user.video.path.name, clip.avatar.video.path.name) == ("x", "x.User.mp4", "x.AVATAR.mp4")


def test_a_broken_file_keeps_its_place_and_its_reason(footage):
    root = footage(("a", "b", "c"))
    (root / "b.mp4").write_text("this is a text file")
    (root / "c.mp4").write_bytes(b"")
    dataset = open_folder(root)
    clips = {clip.id: clip for clip in dataset.clips("all")}
    assert clips["a"].defect is None
    assert "b.mp4" in clips["b"].defect
    assert "c.mp4" in clips["c"].defect
    assert len(dataset.defects("all")) == 2
    assert str(root) not in clips["b"].defect  # results must not depend on where the data lies


def test_panels_must_divide_the_width(footage):
    (clip,) = open_folder(footage(("a",)), "panels:user,x,y").clips("all")
    assert "do not divide into 3 panels" in clip.defect


def test_a_manifest_that_names_a_missing_file(footage, tmp_path):
    path = tmp_path / "m.json"
    path.write_text(json.dumps([{"id": "a", "avatar": {"video": "a.mp4"}}, {"id": "z", "avatar": {"video": "z.mp4"}}]))
    good, bad = open_folder(footage(("a",)), None, path).clips("m")
    assert good.defect is None
    assert "z.mp4" in bad.defect


def test_a_short_output_does_not_shorten_its_clip(footage, tmp_path):
    """Else it would cover all of a clip that it made itself."""
    root = footage(("a",))
    left_right_clips(root, ("short",), 0.4)
    people = {"user": {"video": "a.mp4", "panel": [0, 2]}, "avatar": {"video": "a.mp4", "panel": [1, 2]}}
    alone, shown = {"short": {"video": "short.mp4"}}, {"short": {"video": "short.mp4"}, "long": {"video": "a.mp4"}}
    path = tmp_path / "m.json"
    path.write_text(json.dumps([{"id": "a", **people, "supplied": alone}, {"id": "b", "supplied": shown}]))
    seconds = [clip.duration for clip in open_folder(root, None, path).clips("m")]
    assert seconds == pytest.approx([1.2, 1.2], abs=0.05)


def stretch(root, path, start=None, duration=None, **more):
    """The one clip of a manifest whose avatar is a stretch of a file."""
    side = {"video": "a.mp4", "panel": [1, 2], "audio": "a.mp4", "start": start, "duration": duration, **more}
    path.write_text(json.dumps([{"id": "a", "avatar": {name: x for name, x in side.items() if x is not None}}]))
    (clip,) = open_folder(root, None, path).clips(path.stem)
    return clip


def test_a_side_may_be_a_stretch_of_its_file(footage, tmp_path):
    """Of its video, its sound and its reference image; what follows lasts as long as the file does."""
    root, path = footage(("a",)), tmp_path / "m.json"
    whole, late, short = (stretch(root, path, *times) for times in ((), (0.4,), (0.4, 0.6)))
    assert [whole.duration, late.duration, short.duration] == pytest.approx([1.2, 0.8, 0.6], abs=0.05)
    pictures = [list(frames(clip.avatar.video)) for clip in (whole, late, short)]
    assert np.array_equal(pictures[1], pictures[0][10:])
    assert np.array_equal(pictures[2], pictures[0][10:25])
    assert np.array_equal(still(short.reference), pictures[0][10])
    heard = [waveform(clip.avatar.audio, rate=16000) for clip in (whole, short)]
    assert np.allclose(heard[1], heard[0][6400:16000], atol=1e-3)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": 1.5}, "a.mp4: ends at 1.200 s, and what comes from 1.5 s on is asked for"),
        ({"start": 0.8, "duration": 0.6}, "a.mp4: ends at 1.200 s, and 0.6 s from 0.8 s on are asked for"),
        ({"motion": "a.mp4"}, "a.mp4: folder reads no motion and no transcript"),
    ],
)
def test_what_a_side_asks_for_and_cannot_have(footage, tmp_path, asked, said):
    assert stretch(footage(("a",)), tmp_path / "m.json", **asked).defect == said


@pytest.mark.parametrize("asked", [{"start": -0.4}, {"duration": 0.0}])
def test_a_stretch_begins_in_its_file_and_lasts(footage, tmp_path, asked):
    with pytest.raises(ManifestError, match="should be greater than"):
        stretch(footage(("a",)), tmp_path / "m.json", **asked)


def test_lock_notices_a_changed_file(footage, tmp_path):
    root = footage(("a", "b"))
    open_folder(root).lock("test").write(tmp_path / "m.json")
    assert open_folder(root, None, tmp_path / "m.json").defects("test") == []
    left_right_clips(root, ("b",), 1.2)  # other pixels under the same name
    (defect,) = open_folder(root, None, tmp_path / "m.json").defects("test")
    assert "b.mp4: differs from the file that was locked" in defect


def test_a_split_with_broken_files_is_not_locked(footage):
    root = footage(("a", "b"))
    (root / "b.mp4").write_bytes(b"x")
    with pytest.raises(DatasetError, match=r"b\.mp4"):
        open_folder(root).lock("test")


def test_the_manifest_hash_is_about_content_not_place(footage, tmp_path):
    root = footage(("a",))
    elsewhere = root.rename(tmp_path / "elsewhere")
    first = open_folder(elsewhere).manifest_sha256("all")
    assert first == open_folder(left_right_clips(tmp_path / "again", ("a",), 1.2)).manifest_sha256("all")
    assert first != open_folder(left_right_clips(tmp_path / "other", ("a",), 1.4)).manifest_sha256("all")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"root": None}, "needs the folder"),
        ({"layout": None}, "needs a layout or a manifest"),
        ({"layout": "sideways"}, "unknown layout"),
    ],
)
def test_refuses_options(footage, options, message):
    given = {"root": footage(("a",)), "layout": "left-right", **options}
    with pytest.raises(DatasetError, match=message):
        Folder(DatasetOptions(**given))


def test_refuses_an_empty_folder_and_a_wrong_split(tmp_path, footage):
    with pytest.raises(DatasetError, match="holds no video"):
        open_folder(tmp_path)
    with pytest.raises(DatasetError, match="has no split 'train'"):
        open_folder(footage(("a",))).clips("train")


def test_refuses_a_missing_manifest(footage, tmp_path):
    with pytest.raises(ManifestError, match="no such manifest"):
        open_folder(footage(("a",)), None, tmp_path / "m.json")

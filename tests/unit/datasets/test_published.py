"""Published datasets in the exact layout of their authors: clips, splits, defects, locks. ViCo stands for what all share."""

from __future__ import annotations

import json

import numpy as np
import pytest

from echo_bench.clip import Panel
from echo_bench.datasets.manifest import read_manifest
from echo_bench.datasets.prepare import Examined, examine, write_manifests
from echo_bench.datasets.realtalk import recipe_hash, split_of
from echo_bench.errors import DatasetError
from echo_bench.motion_io import load_motion
from tests.unit.datasets.trees import array, arrays, defects, opened, sound, text, video


@pytest.fixture
def vico(tmp_path):
    """The form of the challenge: two clips of test, one of val."""
    for clip in ("aaa", "bbb", "ccc"):
        video(tmp_path / f"videos/{clip}.speaker.mp4", fps=30.0)
        video(tmp_path / f"videos/{clip}.listener.mp4", fps=30.0)
        sound(tmp_path / f"audios/{clip}.wav")
    head = "video_id,uuid,speaker_id,listener_id"
    text(tmp_path / "test.csv", head, "v1,aaa,1,2", "v2,bbb,1,3")
    text(tmp_path / "val.csv", head, "v3,ccc,4,5")
    return tmp_path


def test_vico_of_the_challenge(vico):
    dataset = opened("vico", vico)
    assert dataset.splits() == ("val", "test")
    first, second = dataset.clips("test")
    assert (first.id, second.id) == ("aaa", "bbb")
    assert first.user.video.path.name == "aaa.speaker.mp4"
    assert first.user.audio.path.name == "aaa.wav"
    assert first.avatar.audio is None
    assert first.reference.path.name == "aaa.listener.mp4"
    assert first.identities == {"user": "1", "avatar": "2"}
    assert [(span.who, span.start) for span in first.spans] == [("user", 0.0)]
    assert first.duration == pytest.approx(0.4)
    assert dataset.pool("test") == []  # no train split here
    assert dataset.defects("test") == []


def test_who_goes_on_longer_is_cut_to_the_clip(vico):
    video(vico / "videos/aaa.listener.mp4", seconds=0.8, fps=30.0)
    sound(vico / "audios/aaa.wav", seconds=0.8)
    first, second = opened("vico", vico).clips("test")
    assert first.duration == pytest.approx(0.4)
    assert (first.user.video.duration, first.avatar.video.duration) == (None, first.duration)
    assert (first.user.audio.duration, second.user.audio.duration) == (first.duration, None)


def test_vico_as_released(tmp_path):
    head = "attitude,audio,listener,speaker,listener_id,speaker_id,data_split"
    text(tmp_path / "RLD_data.csv", head, "positive,x_0_9,l1,s1,2,1,ood", "sad,x_1_9,l2,s2,2,1,train")
    video(tmp_path / "videos/l1.mp4")
    video(tmp_path / "videos/s1.mp4")
    sound(tmp_path / "audios/x_0_9.wav")
    dataset = opened("vico", tmp_path)
    (clip,) = dataset.clips("ood")
    assert clip.defect is None
    assert clip.strata == {"attitude": "positive"}
    assert clip.avatar.video.path.name == "l1.mp4"
    assert dataset.defects("ood") == ["RLD_data.csv line 3: split 'train', attitude 'sad'"]
    assert dataset.missing() == ("RLD_data.csv: names 1 clips; 483 were released",)
    assert not examine(dataset, "ood").complete


def test_every_defect_is_listed_at_once(vico):
    (vico / "videos/aaa.speaker.mp4").write_text("no video")
    (vico / "audios/aaa.wav").unlink()
    (vico / "videos/bbb.listener.mp4").write_bytes(b"")
    found = defects("vico", vico, "test")
    assert len(found) == 3
    assert found[0].startswith("aaa: videos/aaa.speaker.mp4")
    assert found[1].startswith("aaa: audios/aaa.wav: no such file")
    assert found[2].startswith("bbb: videos/bbb.listener.mp4")
    first, second = opened("vico", vico).clips("test")
    assert "aaa.wav" in first.defect
    assert second.defect.startswith("videos/bbb.listener.mp4")


def test_a_locked_manifest_notices_a_changed_file(vico, tmp_path):
    dataset = opened("vico", vico)
    (path,) = write_manifests(dataset, [examine(dataset, "test")], tmp_path / "locks", partial=False)
    assert path.name == "vico-test.json"
    manifest = read_manifest(path, "vico")
    assert manifest.lock == dataset.manifest_sha256("test")
    locked = opened("vico", vico, manifest=path)
    assert locked.splits() == ("test",)
    assert locked.defects("test") == []
    assert locked.manifest_sha256("test") == manifest.lock
    video(vico / "videos/aaa.speaker.mp4", seconds=0.8)
    (defect,) = opened("vico", vico, manifest=path).defects("test")
    assert defect == "aaa: videos/aaa.speaker.mp4: differs from the file that was locked"


def test_what_is_short_is_locked_only_as_partial(vico, tmp_path):
    dataset = opened("vico", vico)
    short = [Examined("test", 2, 3, ())]
    with pytest.raises(DatasetError, match=r"official number of clips in test.*--partial"):
        write_manifests(dataset, short, tmp_path / "locks", partial=False)
    (path,) = write_manifests(dataset, short, tmp_path / "locks", partial=True)
    assert read_manifest(path, "vico").version == "2022-partial"
    with pytest.raises(DatasetError, match="has defects in test"):
        write_manifests(dataset, [Examined("test", 2, None, ("a: x",))], tmp_path / "locks", partial=True)


def test_refusals(vico, tmp_path):
    with pytest.raises(DatasetError, match="one layout"):
        opened("vico", vico, "pairs")
    with pytest.raises(DatasetError, match="the root is not a folder"):
        opened("vico", vico / "nowhere")
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(DatasetError, match=r"neither RLD_data\.csv nor any of"):
        opened("vico", empty)
    text(empty / "test.csv", "uuid", "aaa")
    with pytest.raises(DatasetError, match="lacks the columns video_id, speaker_id, listener_id"):
        opened("vico", empty)
    with pytest.raises(DatasetError, match="has no split 'train'"):
        opened("vico", vico).clips("train")


def react_clip(root, path, frames=751):
    sound(root / f"val/Audio_files/{path}.wav")
    rows = np.zeros((frames, 25))
    rows[:, 0] = 1
    text(
        root / f"val/Emotion/{path}.csv",
        ",".join(f"c{i}" for i in range(25)),
        *(",".join(f"{v:g}" for v in row) for row in rows),
    )


def test_react_order_is_rows_then_mirrored(tmp_path):
    one, two = (
        ("NoXI/001_Paris/Expert_video/1", "NoXI/001_Paris/Novice_video/1"),
        ("RECOLA/group-1/P25/2", "RECOLA/group-1/P26/2"),
    )
    text(tmp_path / "val.csv", ",speaker_path,listener_path", f"0,{one[0]},{one[1]}", f"1,{two[0]},{two[1]}")
    for path in (*one, *two):
        react_clip(tmp_path, path)
    array(tmp_path / "neighbour_emotion_val.npy", np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 0], [1, 1, 1, 1]]))
    text(tmp_path / "data_indices.csv", "site,chat_index,clip_index", "NoXI,001_Paris,1", "Recola,group-1,2")
    dataset = opened("react", tmp_path)
    clips = dataset.clips("val")
    assert [clip.id for clip in clips] == [path.replace("/", ".") for path in (one[1], two[1], one[0], two[0])]
    assert dataset.defects("val") == []
    assert clips[0].appropriate == (clips[2].id,)
    assert clips[3].appropriate == tuple(clip.id for clip in clips[:3])
    motion, _ = load_motion(clips[0].avatar.motion)
    assert motion.shape == (750, 25)
    assert clips[0].duration == 30.0
    assert clips[0].cluster == clips[2].cluster != clips[1].cluster


def test_react_defects(tmp_path):
    one = ("UDIVA/talk/023102/FC1/8", "UDIVA/talk/023102/FC2/8")
    text(tmp_path / "val.csv", ",speaker_path,listener_path", f"0,{one[0]},{one[1]}")
    react_clip(tmp_path, one[0])
    react_clip(tmp_path, one[1], 800)
    array(tmp_path / "neighbour_emotion_val.npy", np.ones((1, 1)))
    text(tmp_path / "data_indices.csv", "site,chat_index,clip_index", "UDIVA,023102_talk,9")
    found = defects("react", tmp_path, "val")
    assert found[0] == f"val.csv: {one[0]!r} is not in data_indices.csv"
    assert found[1] == "neighbour_emotion_val.npy: is (1, 1) and the split has 2 items, roles swapped included"
    assert found[2].endswith("FC2/8.csv: has 800 frames instead of 751 or 750")
    react_clip(tmp_path, one[1], 700)
    assert "700 frames" in defects("react", tmp_path, "val")[2]


def dualtalk_person(root, name, person, frames=50):
    sound(root / f"{name}_{person}.wav", frames / 25)
    arrays(
        root / f"{name}_{person}.npz",
        exp=np.ones((frames, 50)),
        pose=np.tile([0.1, 0.2, 0.3, 0.4, 0.5, 0.6], (frames, 1)),
    )


def test_dualtalk_pairs_speakers(tmp_path):
    for person in ("speaker1", "speaker2"):
        dualtalk_person(tmp_path / "test", "x_72", person)
    dualtalk_person(tmp_path / "test", "y", "speaker1")
    dataset = opened("dualtalk", tmp_path)
    first, second = dataset.clips("test")
    assert (first.id, second.id) == ("x_72_speaker2", "x_72_speaker1")
    assert first.user.audio.path.name == "x_72_speaker1.wav"
    motion, valid = load_motion(first.avatar.motion)
    assert first.avatar.motion.space == "flame56"
    assert motion[0, 50:] == pytest.approx([0.4, 0.5, 0.6, 0.1, 0.2, 0.3])  # rotation comes first in the file
    assert valid.all()
    assert first.duration == 2.0
    (defect,) = dataset.defects("test")
    assert defect == "test/y: lacks y_speaker2.wav, y_speaker2.npz"
    assert (examine(dataset, "test").official, examine(dataset, "test").complete) == (1066, False)


def test_dualtalk_notices_another_length_and_another_layout(tmp_path):
    dualtalk_person(tmp_path / "ood", "x", "speaker1")
    dualtalk_person(tmp_path / "ood", "x", "speaker2", 90)
    assert defects("dualtalk", tmp_path, "ood")[0] == "x_speaker2: has 50 and 90 frames"
    arrays(tmp_path / "ood/x_speaker2.npz", exp=np.ones((50, 52)), pose=np.zeros((50, 6)))
    assert "exp is (50, 52)" in defects("dualtalk", tmp_path, "ood")[0]


def test_dualtalk_of_the_authors(shared, tmp_path):
    """A real conversation; the other person's motion is not in the sample, so one file stands for both."""
    source, name = shared / "arrays" / "dualtalk", "UbjUDM1MiGE_sub_video_72"
    (tmp_path / "test").mkdir()
    for target in ("speaker1.wav", "speaker2.wav", "speaker2.npz"):
        (tmp_path / "test" / f"{name}_{target}").symlink_to(source / f"{name}_{target}")
    assert defects_of_one(tmp_path) == [f"test/{name}: lacks {name}_speaker1.npz"]
    (tmp_path / "test" / f"{name}_speaker1.npz").symlink_to(source / f"{name}_speaker2.npz")
    dataset = opened("dualtalk", tmp_path)
    first, _ = dataset.clips("test")
    assert first.defect is None
    assert load_motion(first.avatar.motion)[0].shape == (587, 56)
    assert first.duration == pytest.approx(23.48)


def defects_of_one(root):
    with pytest.raises(DatasetError) as caught:
        opened("dualtalk", root)
    return caught.value.what.split("; ")


def test_react_splits_of_the_authors(shared, tmp_path):
    """The official csv: 839 and 2634 rows, each of them known to data_indices.csv."""
    for name in ("train.csv", "val.csv", "data_indices.csv"):
        (tmp_path / name).symlink_to(shared / "arrays" / "react_splits" / name)
    dataset = opened("react", tmp_path)
    assert {split: len(dataset.entries(split)) for split in dataset.splits()} == {"train": 2 * 2634, "val": 2 * 839}
    assert dataset._scan.defects == []


def test_realtalk_recipe(tmp_path):
    assert (recipe_hash(), split_of("UbjUDM1MiGE")) == ("b0e938c50f54", "train")
    video(tmp_path / "videos/videos_00/abc.avi", 155.0, width=64, fps=2.0)
    sound(tmp_path / "audio/abc.wav")
    video(tmp_path / "videos/videos_01/lonely.avi", 1.0)
    dataset = opened("realtalk", tmp_path)
    (split,) = dataset.splits()
    assert split == split_of("abc")
    (entry,) = dataset.entries(split)
    assert (entry.id, entry.avatar.start, entry.avatar.duration) == ("abc.0060", 60.0, 20.0)
    (clip,) = dataset.clips(split)
    assert (clip.user.video.panel, clip.avatar.video.panel) == (Panel(0, 2), Panel(1, 2))
    assert clip.reference.time == 60.0
    assert clip.duration == 20.0
    assert clip.identities == {"user": "abc.p0", "avatar": "abc.p1"}
    assert dataset.defects(split) == ["videos/videos_01/lonely.avi: there is no lonely.wav under audio/"]
    assert dataset.missing() == ("holds 2 videos; 692 were released",)


def seamless_person(root, name, **changed):
    stem = root / "improvised/dev/0000/0001" / name
    video(stem.with_suffix(".mp4"), 1.0)
    sound(stem.with_suffix(".wav"), 1.0)
    word = {"word": " hello", "start": 0.1, "end": 0.4, "score": 0.9}
    said = {"start": 0.1, "end": 0.4, "transcript": "hello", "words": [word, {"word": "er"}]}
    note = {"id": name, "metadata:transcript": [said], "metadata:vad": [{"start": 0.1, "end": 0.5}], **changed}
    text(stem.with_suffix(".json"), json.dumps(note))
    frames = {
        f"movement:{key}": np.zeros((30, 4)) for key in ("expression", "gaze_encodings", "head_encodings", "is_valid")
    }
    arrays(stem.with_suffix(".npz"), **frames)
    return stem


def test_seamless_pairs_people_and_reads_what_they_say(tmp_path):
    for name in ("V00_S0809_I00000582_P0947", "V00_S0809_I00000582_P0948", "V00_S0809_I00000583_P0001"):
        seamless_person(tmp_path, name)
    dataset = opened("seamless", tmp_path)
    first, second = dataset.clips("dev")
    assert (first.id, second.id) == ("V00_S0809_I00000582_P0948", "V00_S0809_I00000582_P0947")
    assert first.cluster == second.cluster == "V00_S0809_I00000582"
    assert [word.text for word in first.user.transcript] == ["hello"]  # a word without times is left out
    assert [(span.who, span.end) for span in first.spans] == [("avatar", 0.5), ("user", 0.5)]
    assert first.avatar.audio.path.suffix == ".wav"
    assert dataset.defects("dev") == ["V00_S0809_I00000583: 1 of 2 people"]


def test_seamless_defects(tmp_path):
    good = seamless_person(tmp_path, "V00_S0809_I00000582_P0947")
    bad = seamless_person(tmp_path, "V00_S0809_I00000582_P0948", **{"metadata:vad": [{"start": 0.1}]})
    assert "malformed: KeyError('end')" in defects("seamless", tmp_path, "dev")[0]
    text(bad.with_suffix(".json"), json.dumps({"metadata:vad": []}))
    assert "lacks metadata:transcript" in defects("seamless", tmp_path, "dev")[0]
    seamless_person(tmp_path, bad.name)
    arrays(good.with_suffix(".npz"), **{"movement:expression": np.zeros((3, 4))})
    assert "lacks movement:gaze_encodings" in defects("seamless", tmp_path, "dev")[0]
    good.with_suffix(".npz").unlink()
    bad.with_suffix(".wav").unlink()
    with pytest.raises(DatasetError, match=r"P0948: lacks \.wav"):
        opened("seamless", tmp_path)

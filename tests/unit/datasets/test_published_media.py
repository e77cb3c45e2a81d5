"""More published datasets with pictures, sound or motion, in the layout of their authors."""

from __future__ import annotations

import pickle
import zipfile

import numpy as np
import pytest

from echo_bench.datasets.mead import parse_name
from echo_bench.datasets.prepare import examine
from echo_bench.errors import DatasetError, UnknownNameError
from echo_bench.importers.errors import FormatError, UnsafePickleError
from echo_bench.motion_io import load_motion
from echo_bench.spaces import ARKIT
from tests.unit.datasets.trees import array, arrays, defects, opened, sound, text, video


def test_vico_x_is_read_as_vico_without_a_count(tmp_path):
    text(tmp_path / "test.csv", "video_id,uuid,speaker_id,listener_id", "v,aaa,1,2")
    for role in ("speaker", "listener"):
        video(tmp_path / f"videos/aaa.{role}.mp4")
    sound(tmp_path / "audios/aaa.wav")
    dataset = opened("vico-x", tmp_path)
    (clip,) = dataset.clips("test")
    assert (clip.dataset, clip.spans, clip.defect) == ("vico-x", (), None)
    assert dataset.defects("test") == []


def mars_person(root, role, session, stamp, frames=60):
    tail = f"{role}/{session}/Camera-{stamp}"
    array(root / f"val/facial-attributes/{tail}-left.npy", np.full((frames, 25), 0.5, np.float32))
    sound(root / f"val/audio/{tail}-left.wav", 2.0)


def test_mars_pairs_by_session_and_stamp(tmp_path):
    for session, stamp in (
        ("session1", "2024-01-02-030405"),
        ("session1", "2024-01-03-030405"),
        ("session2", "2024-01-02-040506"),
    ):
        mars_person(tmp_path, "speaker", session, stamp)
        mars_person(tmp_path, "listener", session, stamp)
    mars_person(tmp_path, "speaker", "session2", "2024-02-02-040506")
    dataset = opened("mars", tmp_path)
    clips = dataset.clips("val")
    assert [clip.id for clip in clips] == [
        "session1.Camera-2024-01-02-030405", "session1.Camera-2024-01-03-030405", "session2.Camera-2024-01-02-040506",
    ]  # fmt: skip
    assert clips[0].appropriate == (clips[1].id,)
    assert clips[2].appropriate == ()
    assert (clips[0].avatar.motion.space, clips[0].avatar.motion.fps, clips[0].duration) == ("react25", 30.0, 2.0)
    assert dataset.defects("val") == ["val/session2/Camera-2024-02-02-040506: has no listener"]
    assert dataset.missing() == ("holds 3 sessions of a speaker and a listener; 2856 were released",)


def test_mars_notices_another_layout_of_columns(tmp_path):
    for role in ("speaker", "listener"):
        mars_person(tmp_path, role, "session1", "2024-01-02-030405")
    array(next((tmp_path / "val/facial-attributes/listener/session1").glob("*.npy")), np.full((60, 25), 3.0))
    assert "au reaches from 3 to 3" in defects("mars", tmp_path, "val")[-1]


def test_l2l_pairs_windows(tmp_path):
    listening = np.arange(3 * 64 * 184, dtype=np.float32).reshape(3, 64, 184) / 1e4
    array(tmp_path / "conan/test/p0_list_faces_clean_deca.npy", listening)
    array(tmp_path / "conan/test/p1_speak_faces_clean_deca.npy", -listening)
    dataset = opened("l2l", tmp_path)
    clips = dataset.clips("test")
    assert [clip.id for clip in clips] == [f"conan.test.p0.{n:05d}" for n in range(3)]
    motion, _ = load_motion(clips[1].avatar.motion)
    assert motion[:, :50] == pytest.approx(listening[1, :, :50])
    assert motion[:, 50:53] == pytest.approx(listening[1, :, 53:56])  # jaw after rotation in the file
    assert load_motion(clips[1].user.motion)[0][5, 0] == pytest.approx(-listening[1, 5, 0])
    assert clips[1].duration == pytest.approx(64 / 30)
    assert dataset.defects("test") == []


def test_l2l_refuses_unequal_stacks_and_other_shapes(tmp_path):
    array(tmp_path / "trevor/train/p1_list_faces_clean_deca.npy", np.zeros((3, 64, 184), np.float32))
    array(tmp_path / "trevor/train/p0_speak_faces_clean_deca.npy", np.zeros((2, 64, 184), np.float32))
    with pytest.raises(DatasetError, match=r"has 3 windows, and .*p0_speak.* has 2"):
        opened("l2l", tmp_path)
    array(tmp_path / "trevor/train/p0_speak_faces_clean_deca.npy", np.zeros((3, 64, 56), np.float32))
    with pytest.raises(DatasetError, match=r"\(3, 64, 56\) instead of \(N, 64, 184\)"):
        opened("l2l", tmp_path)


def segments_file(path, content):
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("segments/data.pkl", pickle.dumps(content, protocol=2))


def test_lm_listener_segments(tmp_path):
    def segment(frames, value):
        both = {f"p{p}_exp": np.full((frames, 50), value + p, np.float32) for p in (0, 1)}
        poses = {f"p{p}_pose": np.tile(np.float32([0, 0, 0, 0.1, 0.2, 0.3]), (frames, 1)) for p in (0, 1)}
        return {"fname": "trevor_1", "split_start_frame": 0, **both, **poses}

    segments_file(tmp_path / "segments_test.pth", [segment(30, 0.0), segment(45, 5.0)])
    first, second = opened("lm-listener", tmp_path).clips("test")
    assert (first.id, second.id, second.duration) == ("test.00000", "test.00001", 1.5)
    motion, _ = load_motion(second.avatar.motion)
    assert motion.shape == (45, 56)
    assert motion[0, 0] == 6.0  # p1 listens
    assert motion[0, 50:53] == pytest.approx([0.1, 0.2, 0.3])
    _, turned = opened("lm-listener", tmp_path, "listener:p0").clips("test")
    assert load_motion(turned.avatar.motion)[0][0, 0] == 5.0
    with pytest.raises(DatasetError, match="unknown layout 'p0'"):
        opened("lm-listener", tmp_path, "p0")


def test_lm_listener_runs_no_code(tmp_path):
    class Exploit:
        def __reduce__(self):
            return (print, ("executed",))

    segments_file(tmp_path / "segments_test.pth", [Exploit()])
    with pytest.raises(UnsafePickleError):
        opened("lm-listener", tmp_path)
    (tmp_path / "segments_test.pth").write_bytes(b"PK no zip")
    with pytest.raises(FormatError, match=r"no file of torch\.save"):
        opened("lm-listener", tmp_path)


def test_hdtf(tmp_path):
    video(tmp_path / "clips/RD_Radio1_000.mp4")
    video(tmp_path / "clips/WRA_JoeBiden0_003.mp4")
    video(tmp_path / "clips/other.mp4")
    dataset = opened("hdtf", tmp_path)
    radio, biden = dataset.clips("all")
    assert (radio.cluster, radio.strata["part"], biden.identities["avatar"]) == ("RD_Radio1", "RD", "WRA_JoeBiden0")
    assert radio.avatar.audio is None  # the file is silent
    assert [span.who for span in radio.spans] == ["avatar"]
    assert dataset.defects("all") == ["clips/other.mp4: begins with none of RD_, WDA_, WRA_"]


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("M003/video/front/angry/level_2/007", ("M003", "front", "anger", "2", "007")),
        ("x/W011/video/left_30/happy/level_1/001", None),
        ("sub/M003#angry#level_1#001", ("M003", "front", "anger", "1", "001")),
        ("W023_level_2_surprised_010", ("W023", "front", "surprise", "2", "010")),
        ("M030_right_60_sad_level3_004", ("M030", "right_60", "sadness", "3", "004")),
        ("M003_level_4_angry_001", None),
        ("M003_level_1_bored_001", None),
    ],
)
def test_names_of_mead(name, expected):
    found = parse_name(name)
    assert (tuple(found.values()) if found else None) == expected


def test_mead_as_released(tmp_path):
    video(tmp_path / "M003/video/front/neutral/level_1/001.mp4")
    sound(tmp_path / "M003/audio/neutral/level_1/001.wav")
    video(tmp_path / "M003/video/front/neutral/level_2/001.mp4")
    dataset = opened("mead", tmp_path)
    clip, _ = dataset.clips("all")
    assert (clip.id, clip.strata["emotion"]) == ("M003_front_neutral_1_001", "neutral")
    assert clip.avatar.audio.path.parts[-4:] == ("audio", "neutral", "level_1", "001.wav")
    assert dataset.defects("all") == ["M003/video/front/neutral/level_2/001.mp4: neutral is spoken on level 1 alone"]


def test_mead_of_the_authors(shared):
    """Three real files, named as in SPECTRE's transcripts."""
    clips = opened("mead", shared / "clips" / "mead").clips("all")
    assert [(clip.identities["avatar"], clip.strata["emotion"], clip.strata["level"], clip.defect) for clip in clips] == [
        ("M003", "disgust", "1", None), ("M030", "anger", "3", None), ("W023", "surprise", "2", None),
    ]  # fmt: skip


def test_voxceleb_of_both_forms(tmp_path):
    video(tmp_path / "test/mp4/id00017/abc/00001.mp4")
    sound(tmp_path / "test/aac/id00017/abc/00001.wav")
    video(tmp_path / "train/id10001#xyz#001#080.mp4")
    video(tmp_path / "train/id00017#xyz#001#080.mp4")
    dataset = opened("voxceleb", tmp_path)
    (clip,) = dataset.clips("test")
    assert (clip.id, clip.cluster, clip.avatar.audio.path.suffix) == ("id00017.abc.00001", "id00017", ".wav")
    assert [each.cluster for each in dataset.clips("train")] == ["id00017", "id10001"]
    assert dataset.defects("test") == ["id00017: is in test and in another split"]


def test_crema_d(tmp_path):
    video(tmp_path / "made.mp4").rename(tmp_path / "made.flv")
    (tmp_path / "VideoFlash").mkdir()
    for name in ("1001_DFA_ANG_XX", "1002_IEO_HAP_HI", "1002_IEO_JOY_HI"):
        (tmp_path / f"VideoFlash/{name}.flv").write_bytes((tmp_path / "made.flv").read_bytes())
    sound(tmp_path / "AudioWAV/1001_DFA_ANG_XX.wav")
    dataset = opened("crema-d", tmp_path)
    first, second = dataset.clips("all")
    assert (first.strata["emotion"], second.strata["level"], first.defect) == ("anger", "HI", None)
    assert dataset.defects("all") == [
        "AudioWAV/1002_IEO_HAP_HI.wav: no such file",
        "VideoFlash/1002_IEO_JOY_HI.flv: is no ACTOR_SENTENCE_EMOTION_LEVEL",
    ]
    assert examine(dataset, "all").official == 7442


def test_mochabench(tmp_path):
    for name in ("1p_closeup/a", "2p_2clip_2talk/b", "1p_emotion/c"):
        video(tmp_path / f"benchmark/{name}.mp4")
    sound(tmp_path / "benchmark/1p_closeup/a.wav")
    sound(tmp_path / "benchmark/1p_closeup/a_speech.wav")
    sound(tmp_path / "benchmark/2p_2clip_2talk/b.wav")
    dataset = opened("mochabench", tmp_path)
    closeup, _, dialogue = dataset.clips("all")
    assert closeup.avatar.audio.path.name == "a_speech.wav"  # the voice without music
    assert (dialogue.strata["turns"], dialogue.avatar.audio.path.name) == ("two", "b.wav")
    assert dataset.defects("all") == ["benchmark/1p_emotion/c.mp4: has neither c_speech.wav nor c.wav beside it"]
    assert examine(dataset, "all").official == 218


def beat2_clip(root, name, fps=30):
    arrays(
        root / f"smplxflame_30/{name}.npz",
        poses=np.zeros((60, 165)),
        expressions=np.ones((60, 100)),
        mocap_frame_rate=np.array(fps),
    )
    sound(root / f"wave16k/{name}.wav", 2.0)


def test_beat2(tmp_path):
    text(tmp_path / "train_test_split.csv", "id,type", "2_scott_0_1_1,test", "2_scott_0_2_2,holiday")
    beat2_clip(tmp_path, "2_scott_0_1_1")
    dataset = opened("beat2", tmp_path)
    (clip,) = dataset.clips("test")
    assert (clip.avatar.motion.space, clip.cluster, clip.duration) == ("smplx115", "2_scott", 2.0)
    assert dataset.defects("test") == ["train_test_split.csv: 2_scott_0_2_2 is of split 'holiday'"]
    beat2_clip(tmp_path, "2_scott_0_1_1", 15)
    assert "has 15 frames per second, not 30" in defects("beat2", tmp_path, "test")[1]


def test_3d_cavfa_in_our_layout(tmp_path):
    rows = [",".join(["0.5"] * 52)] * 120
    text(tmp_path / "test/a.csv", ",".join(ARKIT), *rows)
    sound(tmp_path / "test/a.wav", 2.0)
    (clip,) = opened("3d-cavfa", tmp_path).clips("test")
    assert (clip.avatar.motion.space, clip.duration, clip.defect) == ("arkit52", 2.0, None)
    assert opened("3d-cavfa", tmp_path, "fps:30").clips("test")[0].duration == 4.0
    assert opened("3d-cavfa", tmp_path).version.endswith("layout-ours")
    with pytest.raises(DatasetError, match="use fps:NUMBER"):
        opened("3d-cavfa", tmp_path, "fps:none")


def test_unknown_names_are_refused(tmp_path):
    with pytest.raises(UnknownNameError, match="did you mean 'seamless'"):
        opened("seemless", tmp_path)

"""Finding clips, frame rates, what is kept in the folder, pictures, and the command."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.io import wavfile
from typer.testing import CliRunner

from echo_bench.cli.main import build
from echo_bench.clip import MotionRef, VideoRef
from echo_bench.errors import EchoBenchError, MediaError
from echo_bench.importers.base import Recording
from echo_bench.importers.errors import FormatError
from echo_bench.importers.find import clips_of, one_clip
from echo_bench.importers.index import FILE, holds_motion, motion_of, read_index
from echo_bench.importers.resample import resampled
from echo_bench.importers.run import ImportRequest, import_files
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.media.probe import probe
from echo_bench.motion_io import load_motion
from tests.footage import pattern
from tests.unit.importers import files


def touch(root: Path, *names: str) -> Path:
    for name in names:
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"x")
    return root


def test_clips_are_found_by_pattern(tmp_path):
    root = touch(
        tmp_path,
        "b_speaker2.npz",
        "a_speaker2.npz",
        "a_speaker1.npz",
        ".c_speaker2.npz",
        "take1/x/m.npy",
        "take2/y/m.npy",
    )
    assert list(clips_of(root, "{id}_speaker2.npz")) == ["a", "b"]
    assert clips_of(root, "{id}/*/m.npy") == {"take1": root / "take1/x/m.npy", "take2": root / "take2/y/m.npy"}
    assert one_clip(root / "a_speaker1.npz", None) == {"a_speaker1": root / "a_speaker1.npz"}
    assert one_clip(root / "a_speaker1.npz", "a") == {"a": root / "a_speaker1.npz"}


@pytest.mark.parametrize("pattern", ["*.npz", "{id}/{id}.npz", "../{id}.npz", "/tmp/{id}", "**/{id}.npz", "{id}.mat"])
def test_patterns_that_cannot_be_meant(pattern, tmp_path):
    with pytest.raises(FormatError, match=r"cannot find clips by|holds nothing that looks like"):
        clips_of(touch(tmp_path, "a.npz"), pattern)


def test_names_that_cannot_name_a_clip(tmp_path):
    root = touch(tmp_path, "a b.npy", "x/m.npy", "y/m.npy")
    with pytest.raises(FormatError, match="'a b' cannot name a clip"):
        clips_of(root, "{id}.npy")
    with pytest.raises(FormatError, match=r"second file of clip 'm', beside m.npy"):
        clips_of(root, "*/{id}.npy")
    with pytest.raises(FormatError, match="does not exist"):
        one_clip(root / "absent", None)


@given(st.floats(10, 120), st.floats(10, 120), st.integers(2, 80))
def test_resampling_keeps_time(rate, fps, count):
    """A ramp in time stays the same ramp in time, up to the last frame, which is held."""
    seconds = np.arange(count, dtype=np.float32)[:, None] / np.float32(rate)
    new = resampled(Recording(seconds, rate, np.ones(count, bool)), fps)
    expected = np.minimum(np.arange(len(new.motion)) / fps, (count - 1) / rate)
    np.testing.assert_allclose(new.motion[:, 0], expected, atol=1e-4)
    assert len(new.motion) == max(1, round(count * fps / rate))
    assert new.valid.all()


def test_a_frame_is_as_valid_as_what_it_is_made_of():
    valid = np.array([1, 1, 0, 1, 1, 1], bool)
    new = resampled(Recording(np.zeros((6, 1), np.float32), 60.0, valid), 30.0)
    assert new.valid.tolist() == [True, False, True]  # from frames 0, 2 and 4
    new = resampled(Recording(np.zeros((6, 1), np.float32), 60.0, valid), 40.0)
    assert new.valid.tolist() == [True, False, True, True]  # 0, between 1 and 2, 3, between 4 and 5


def test_metahuman_at_60_becomes_25(tmp_path):
    made = files.metahuman(tmp_path)
    index = import_files(ImportRequest("metahuman", made.path, tmp_path / "m", resample=25.0))
    ref = motion_of(tmp_path / "m", index, "a")
    rows, _ = load_motion(ref)
    assert (ref.space, ref.fps, ref.source, len(rows)) == (
        "metahuman174",
        25.0,
        "native",
        round(len(made.motion) * 25 / 60),
    )
    np.testing.assert_allclose(rows[5], made.motion[12], atol=1e-6)


def test_windows_of_a_stack_are_clips_of_their_own(tmp_path):
    stack = np.zeros((3, 64, 184), np.float32)
    stack[:, :, 0] = np.arange(3)[:, None]
    np.save(tmp_path / "p0_list_faces_clean_deca.npy", stack)
    request = ImportRequest(
        "flame", tmp_path / "p0_list_faces_clean_deca.npy", tmp_path / "m", "l2l", id="conan", resample=25.0
    )
    index = import_files(request)
    assert list(index.clips) == ["conan-0000", "conan-0001", "conan-0002"]
    for n, clip in enumerate(index.clips):
        rows, _ = load_motion(motion_of(tmp_path / "m", index, clip))
        assert rows.shape == (round(64 * 25 / 30), 56)
        assert (rows[:, 0] == n).all()


def test_a_folder_holds_one_space_at_one_frame_rate(tmp_path):
    made = files.dim(tmp_path)
    to = tmp_path / "m"
    import_files(ImportRequest("flame", made.path, to, "dim", id="a"))
    index = import_files(ImportRequest("flame", made.path, to, "dim", id="b"))
    assert list(index.clips) == ["a", "b"]
    with pytest.raises(FormatError, match=r"holds flame56 at 30.0 fps, not flame56 at 25.0 fps"):
        import_files(ImportRequest("flame", made.path, to, "dim", id="c", resample=25.0))
    assert sorted(read_index(to).clips) == ["a", "b"]


def test_every_unusable_file_is_named_and_nothing_is_kept(tmp_path):
    files.dim(tmp_path)
    for name in "bc":
        np.save(tmp_path / f"{name}.npy", np.zeros((5, 7)))
    with pytest.raises(FormatError, match=r"2 of 3 files cannot be used: .*b\.npy.*c\.npy"):
        import_files(ImportRequest("flame", tmp_path, tmp_path / "m", "dim", files="{id}.npy"))
    assert not (tmp_path / "m").exists()
    with pytest.raises(FormatError, match="give one of the two"):
        import_files(ImportRequest("flame", tmp_path, tmp_path / "m", "dim", files="{id}.npy", id="a"))


def test_the_index_is_checked(tmp_path):
    made = files.dim(tmp_path)
    to = tmp_path / "m"
    index = import_files(ImportRequest("flame", made.path, to, "dim"))
    assert holds_motion(to)
    assert not holds_motion(tmp_path)
    assert index.clips["a"].source_sha256 is not None
    text = (to / FILE).read_text()
    (to / FILE).write_text(text.replace("a.npz", "../a.npz"))
    with pytest.raises(FormatError, match="is not the file that was imported"):
        motion_of(to, read_index(to), "a")
    for broken in ("{", text.replace("echo-bench-import/1", "echo-bench-import/9"), text.replace('"space"', '"spice"')):
        (to / FILE).write_text(broken)
        with pytest.raises(FormatError, match="is malformed"):
            read_index(to)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video of a second with its sound beside it."""
    write_video(tmp_path / "a.mp4", pattern(0, 25), fps=25.0)
    wavfile.write(tmp_path / "a.wav", 16000, np.zeros(16000, np.int16))
    return tmp_path / "a.mp4"


def test_videos_are_kept_as_they_are(video, tmp_path):
    index = import_files(ImportRequest("video", video, tmp_path / "m", "file"))
    assert index.space is None
    assert not holds_motion(tmp_path / "m")
    assert (tmp_path / "m" / "a.mp4").read_bytes() == video.read_bytes()
    import_files(ImportRequest("video", video, tmp_path / "n", "file-wav", id="clip7"))
    assert {path.name for path in (tmp_path / "n").iterdir()} == {"clip7.mp4", "clip7.wav", FILE}


def test_sound_and_picture_are_of_one_length(video, tmp_path):
    wavfile.write(tmp_path / "a.wav", 16000, np.zeros(8000, np.int16))
    with pytest.raises(FormatError, match=r"lasts 0.50 s and its pictures 1.00 s"):
        import_files(ImportRequest("video", video, tmp_path / "m", "file-wav"))
    (tmp_path / "a.wav").unlink()
    with pytest.raises(FormatError, match=r"has no a.wav beside it"):
        import_files(ImportRequest("video", video, tmp_path / "m", "file-wav"))
    with pytest.raises(FormatError, match="has 25 frames per second, not 30"):
        import_files(ImportRequest("video", video, tmp_path / "m", "file", fps=30.0))
    with pytest.raises(FormatError, match="brought to the clip's frame rate when they are scored"):
        import_files(ImportRequest("video", video, tmp_path / "m", "file", resample=30.0))
    video.write_bytes(b"no video")
    with pytest.raises(MediaError):
        import_files(ImportRequest("video", video, tmp_path / "m", "file"))


def pictures(folder: Path, count: int) -> Path:
    """png files frame_8.png, frame_9.png, frame_10.png ...: order by number, not by name."""
    from PIL import Image

    folder.mkdir()
    for n, picture in enumerate(pattern(3, count)):
        Image.fromarray(picture).save(folder / f"frame_{n + 8}.png")
    return folder


def test_pictures_become_a_video(tmp_path):
    folder = pictures(tmp_path / "take", 6)
    import_files(ImportRequest("video", folder, tmp_path / "m", "frames", fps=25.0))
    shown = np.stack(list(frames(VideoRef(tmp_path / "m" / "take.mp4", ""), fps=25.0)))
    assert shown.shape == (6, 64, 64, 3)
    assert np.abs(shown.astype(int) - pattern(3, 6)).mean() < 4  # 4:2:0 colour
    wavfile.write(tmp_path / "take.wav", 16000, np.zeros(round(16000 * 6 / 25), np.int16))
    import_files(ImportRequest("video", folder, tmp_path / "n", "frames-wav", fps=25.0))
    assert probe(tmp_path / "n" / "take.mp4").has_audio


def test_pictures_that_are_no_sequence(tmp_path):
    folder = pictures(tmp_path / "take", 4)
    with pytest.raises(FormatError, match="give it with --fps"):
        import_files(ImportRequest("video", folder, tmp_path / "m", "frames"))
    (folder / "frame_9.png").unlink()
    with pytest.raises(FormatError, match="lacks picture 9"):
        import_files(ImportRequest("video", folder, tmp_path / "m", "frames", fps=25.0))
    with pytest.raises(FormatError, match="no png whose names end in a number"):
        import_files(ImportRequest("video", touch(tmp_path / "none", "a.txt"), tmp_path / "m", "frames", fps=25.0))


def test_mochabench(video, tmp_path):
    tree = tmp_path / "benchmark"
    for subtask, name in (("1p_emotion", "joy"), ("2p_1clip_1talk", "joy")):
        (tree / subtask).mkdir(parents=True)
        shutil.copy(video, tree / subtask / f"{name}.mp4")
        for end in (".wav", "_speech.wav"):
            shutil.copy(tmp_path / "a.wav", tree / subtask / f"{name}{end}")
    index = import_files(ImportRequest("mochabench", tree, tmp_path / "m"))
    assert list(index.clips) == ["1p_emotion--joy", "2p_1clip_1talk--joy"]
    assert (tmp_path / "m" / "1p_emotion--joy.mp4").is_file()
    (tree / "1p_emotion" / "joy_speech.wav").unlink()
    with pytest.raises(FormatError, match=r"lacks 1p_emotion/joy_speech\.wav"):
        import_files(ImportRequest("mochabench", tree, tmp_path / "n"))
    with pytest.raises(FormatError, match=r"holds no <subtask>/<name>.mp4"):
        import_files(ImportRequest("mochabench", tmp_path / "m", tmp_path / "n"))


def test_the_command(tmp_path):
    made = files.dualtalk_truth(tmp_path)
    to = tmp_path / "runs" / "avatar"
    command = [
        "import",
        "flame",
        str(tmp_path),
        "--files",
        "{id}_speaker2.npz",
        "--to",
        str(to),
        "--layout",
        "dualtalk-truth",
    ]
    done = CliRunner().invoke(build(), command)
    assert done.exit_code == 0
    assert "1 clips, flame56 at 25 frames per second" in done.output
    done = CliRunner().invoke(build(), [*command, "--json"])
    assert json.loads(done.output)["clips"]["a"]["frames"] == len(made.motion)
    failed = CliRunner().invoke(build(), ["import", "flame", str(made.path), "--to", str(to)])
    assert isinstance(failed.exception, EchoBenchError)
    assert "name one of: dualtalk-truth" in str(failed.exception)


def test_a_reference_to_imported_motion_loads(tmp_path):
    made = files.deep3d(tmp_path)
    index = import_files(ImportRequest("deep3d", made.path, tmp_path / "m", fps=30.0))
    ref = motion_of(tmp_path / "m", index, "a")
    assert isinstance(ref, MotionRef)
    np.testing.assert_allclose(load_motion(ref)[0], made.motion, atol=1e-6)

"""The dataset class: locked content, videos drawn once and whole, and a view that gives nothing away."""

import json
import shutil

import numpy as np
import pytest

from echo_bench.clip import AudioRef, MotionRef, view_of
from echo_bench.datasets.base import DATASETS, DatasetOptions
from echo_bench.datasets.dyad_mini import AvatarRenderer, DyadMini
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES, SPLITS, lock, manifest_path
from echo_bench.datasets.manifest import read_manifest
from echo_bench.datasets.rendered import Drawing, draw_all
from echo_bench.errors import DatasetError, ManifestError
from echo_bench.media.audio import waveform
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe
from echo_bench.motion_io import load_motion, save_motion


@pytest.fixture
def content(tmp_path):
    """A copy of the content that may be damaged."""
    for name in ("dialogues", DATA):
        shutil.copytree(CONTENT / name, tmp_path / "content" / name)
    shutil.copy(CONTENT / "people.toml", tmp_path / "content")
    return tmp_path / "content"


@pytest.fixture
def drawing(tmp_path):
    """Ten frames of somebody."""
    clip = MotionRef(CONTENT / DATA / "demo-teasing.user.npz", "", "rig61")
    motion = load_motion(clip)[0][40:50]
    sound = CONTENT / DATA / "demo-teasing.user.opus"
    audio = AudioRef(sound, file_sha256(sound), duration=0.4)
    ref = save_motion(tmp_path / "m.npz", motion, np.ones(10, bool))
    return Drawing("someone", ref, audio, face=3, size=128, folder=tmp_path / "cache")


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo split, drawn for this test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECHO_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        return DyadMini().clips("demo")


@pytest.mark.parametrize("split", SPLITS)
def test_the_manifest_locks_what_is_committed(split):
    assert read_manifest(manifest_path(split), "dyad-mini") == lock(split)


def test_the_registry_knows_it():
    dataset = DATASETS.get("dyad-mini")(DatasetOptions())
    assert (dataset.name, dataset.version, dataset.splits()) == ("dyad-mini", "0", ("demo", "train"))


@pytest.mark.parametrize("kind", ["user.opus", "avatar.npz", "json", "truth.json"])
def test_a_changed_file_fails_the_lock(content, kind):
    path = content / DATA / f"demo-good-news.{kind}"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    with pytest.raises(ManifestError, match=rf"demo-good-news\.{kind} differs"):
        DyadMini(content=content).clips("demo")


def test_changed_words_and_missing_files_are_all_named(content):
    text = content / "dialogues" / "demo-teasing.toml"
    text.write_text(text.read_text().replace("hat", "cap"))
    (content / DATA / "demo-complaint.user.npz").unlink()
    with pytest.raises(ManifestError, match=r"complaint\.user\.npz is missing.*teasing\.toml differs"):
        DyadMini(content=content).clips("demo")


def test_a_changed_manifest_fails_its_own_lock(tmp_path):
    table = json.loads(manifest_path("demo").read_text())
    table["clips"][0]["identities"]["avatar"] = "somebody else"
    (tmp_path / "m.json").write_text(json.dumps(table))
    with pytest.raises(ManifestError, match="does not match its lock"):
        read_manifest(tmp_path / "m.json", "dyad-mini")


def test_unknown_splits_and_idle_options_are_refused(tmp_path):
    with pytest.raises(DatasetError, match="has no split 'test'"):
        DyadMini().clips("test")
    with pytest.raises(DatasetError, match="takes no root, layout"):
        DyadMini(DatasetOptions(root=tmp_path, layout="pairs"))


def test_draws_once_with_progress_and_sound(drawing):
    seen = []
    draw_all("x", [drawing], lambda what, done, total: seen.append((what, done, total)))
    assert seen == [("x", k, 10) for k in range(1, 11)]
    info = probe(drawing.path)
    assert (info.width, info.height) == (128, 128)
    assert info.has_audio
    before = drawing.path.stat().st_mtime_ns
    draw_all("x", [drawing], lambda *_: pytest.fail("drawn again"))
    assert drawing.path.stat().st_mtime_ns == before
    assert drawing.video().sha256 == file_sha256(drawing.path)


def test_an_interrupted_drawing_leaves_nothing_and_is_repeated(drawing):
    def interrupt(_what, done, _total):
        if done == 5:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        draw_all("x", [drawing], interrupt)
    assert not list(drawing.folder.glob("*.mp4"))
    draw_all("x", [drawing], lambda *_: None)
    assert drawing.path.is_file()


def test_equal_drawings_have_equal_bytes(drawing, tmp_path):
    draw_all("x", [drawing], lambda *_: None)
    first = drawing.video().sha256
    drawing.path.unlink()
    draw_all("x", [drawing], lambda *_: None)
    assert drawing.video().sha256 == first


def test_whatever_decides_about_pixels_is_in_the_name(drawing):
    from dataclasses import replace

    other = [replace(drawing, face=4), replace(drawing, motion=replace(drawing.motion, sha256="other"))]
    assert len({each.path for each in [drawing, *other]}) == 3


@pytest.mark.slow
def test_the_demo_is_four_whole_dyads(demo):
    assert len(demo) == 4
    assert len({clip.cluster for clip in demo}) == 4
    for clip in demo:
        assert (clip.duration, clip.fps) == (6.0, 25.0)
        for side in SIDES:
            track = getattr(clip, side)
            info = probe(track.video.path)
            assert (info.width, info.height, round(info.duration, 2)) == (128, 128, 6.0)
            assert track.transcript
            assert len(load_motion(track.motion)[0]) == 150
            for ref in (track.video, track.audio, track.motion):
                assert ref.sha256 == file_sha256(ref.path)
        assert clip.user.audio.path != clip.avatar.audio.path
        assert not np.array_equal(waveform(clip.user.audio), waveform(clip.avatar.audio))


@pytest.mark.slow
def test_the_video_carries_its_own_persons_voice(demo):
    for clip in demo:
        for side in SIDES:
            track = getattr(clip, side)
            heard = waveform(AudioRef(track.video.path, track.video.sha256))
            own = waveform(track.audio)
            n = min(len(heard), len(own))
            assert np.corrcoef(heard[:n], own[:n])[0, 1] > 0.98


@pytest.mark.slow
def test_a_method_sees_no_truth(demo):
    view = view_of(demo[0])
    shown = repr(view)
    assert view.truth is None
    assert "avatar.npz" not in shown
    assert "avatar.128" not in shown.replace(str(view.reference), "")
    assert "truth.json" not in shown


@pytest.mark.slow
def test_motion_renders_to_the_avatars_own_video(demo):
    """The renderer that methods' motion goes through is the one that drew the truth: equal but for the codec."""
    from echo_bench.media.decode import frames

    clip = demo[0]
    motion = load_motion(clip.avatar.motion)[0][:3]
    for drawn, shown in zip(AvatarRenderer()(clip, motion), frames(clip.avatar.video), strict=False):
        assert np.abs(drawn.astype(float) - shown).mean() < 3.0

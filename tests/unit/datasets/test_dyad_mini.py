"""The dataset class: locked content, videos drawn and reactions made on first use, and a view that gives nothing away."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from echo_bench.clip import AudioRef, VideoRef, view_of
from echo_bench.datasets import dyad_mini
from echo_bench.datasets.base import DATASETS, DatasetOptions, KnowsTruth
from echo_bench.datasets.dyad_mini import AvatarRenderer, DyadMini
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, PIXELS, SIDES, SIZES, manifest_path
from echo_bench.datasets.dyad_mini_reactions import Reactions
from echo_bench.datasets.manifest import read_manifest
from echo_bench.datasets.rendered import Drawing, libraries
from echo_bench.errors import DatasetError, ManifestError
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.hashing import file_sha256
from echo_bench.media.probe import probe
from echo_bench.motion_io import load_motion
from tools.dyad_mini_motion import looks


@pytest.fixture
def content(tmp_path):
    """The demo's content, which may be damaged."""
    for name in read_manifest(manifest_path("demo"), "dyad-mini").sha256:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(CONTENT / name, tmp_path / name)
    return tmp_path


@pytest.fixture(scope="session")
def demo(tmp_path_factory):
    """The demo split, drawn for this test run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECHO_BENCH_CACHE", str(tmp_path_factory.mktemp("cache")))
        return DyadMini().clips("demo")


def test_the_registry_knows_it():
    dataset = DATASETS.get("dyad-mini")(DatasetOptions())
    assert (dataset.name, dataset.version) == ("dyad-mini", "1")
    assert dataset.splits() == ("demo", "train", "val", "test", "test-ood")
    assert isinstance(dataset, KnowsTruth)


@pytest.mark.parametrize("kind", ["user.opus", "avatar.npz", "json", "truth.json"])
def test_a_changed_file_fails_the_lock(content, kind):
    path = content / DATA / f"demo-good-news.{kind}"
    path.write_bytes(path.read_bytes()[:-1] + b"x")
    dataset = DyadMini(content=content)
    with pytest.raises(ManifestError, match=rf"demo-good-news\.{kind} differs"):
        dataset.clips("demo")
    assert dataset.defects("demo") == [f"{DATA}/demo-good-news.{kind} differs from the locked file"]


def test_changed_words_and_missing_files_are_all_named(content):
    text = content / "dialogues" / "demo-teasing.toml"
    text.write_text(text.read_text().replace("hat", "cap"))
    (content / DATA / "demo-complaint.user.npz").unlink()
    with pytest.raises(ManifestError, match=r"complaint\.user\.npz is missing.*teasing\.toml differs"):
        DyadMini(content=content).clips("demo")


def test_garbage_is_refused_by_name(content):
    for path in (content / DATA).iterdir():
        path.write_bytes(b"\0garbage")
    with pytest.raises(ManifestError) as caught:
        DyadMini(content=content).clips("demo")
    assert all(path.name in str(caught.value) for path in (content / DATA).iterdir())


def test_a_changed_manifest_fails_its_own_lock(tmp_path):
    table = json.loads(manifest_path("demo").read_text())
    table["clips"][0]["identities"]["avatar"] = "somebody else"
    (tmp_path / "m.json").write_text(json.dumps(table))
    with pytest.raises(ManifestError, match="does not match its lock"):
        read_manifest(tmp_path / "m.json", "dyad-mini")


def test_unknown_splits_and_idle_options_are_refused(tmp_path):
    for ask in (DyadMini().clips, DyadMini().pool, DyadMini().defects):
        with pytest.raises(DatasetError, match="has no split 'testing'"):
            ask("testing")
    with pytest.raises(DatasetError, match="takes no root, layout"):
        DyadMini(DatasetOptions(root=tmp_path, layout="pairs"))


def test_the_pool_is_the_train_split_without_a_picture(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path))
    pool = DyadMini().pool("test")
    assert [clip.id for clip in pool] == [
        entry.id for entry in read_manifest(manifest_path("train"), "dyad-mini").clips
    ]
    for clip in pool:
        assert clip.avatar.video is None
        assert clip.reference is None
        assert clip.avatar.motion.path.is_file()
        assert clip.user.audio.path.is_file()
    assert DyadMini().pool("train") == []
    assert not list(tmp_path.iterdir()), "nothing is drawn for a pool"


def test_motion_is_drawn_as_large_as_the_splits_pictures():
    clip = DyadMini().pool("demo")[0]
    for name, split in ((clip.id, "train"), ("test-comfort-01", "test")):
        (frame,) = AvatarRenderer()(replace(clip, id=name), np.zeros((1, 61), np.float32))
        assert frame.shape == (SIZES[split], SIZES[split], 3)


def test_truth_lies_on_the_clips_own_time_axis():
    dataset = DyadMini()
    for entry in read_manifest(manifest_path("demo"), "dyad-mini").clips:
        truth = dataset.truth(entry.id)
        assert {len(truth.affect[side]) for side in SIDES} == {150}
        assert {len(truth.emotion[side]) for side in SIDES} == {150}
        assert {event.who for event in truth.events} == set(SIDES)


@pytest.mark.parametrize("limit", [1, 2])
def test_a_limit_draws_and_makes_nothing_for_the_others(limit, monkeypatch, tmp_path):
    """Not even where other clips' conversations are needed to know what fits the first."""
    drawn, made = [], []
    monkeypatch.setattr(dyad_mini, "draw_all", lambda what, drawings, *rest: drawn.extend(d.name for d in drawings))
    monkeypatch.setattr(dyad_mini, "make_all", lambda what, reactions, *rest: made.extend(r.scene for r in reactions))
    monkeypatch.setattr(Drawing, "video", lambda drawing: VideoRef(drawing.path, ""))
    monkeypatch.setattr(Reactions, "alternatives", lambda reactions: ())
    clips = DyadMini(DatasetOptions(limit=limit)).clips("test")
    assert len(clips) == len(made) == limit
    assert drawn == [f"{clip.id}.{side}" for clip in clips for side in SIDES]
    everything = DyadMini().clips("test")
    assert everything[:limit] == clips, "a limit changes no clip"
    assert len(everything) > limit


@pytest.mark.slow
def test_the_demo_is_four_whole_dyads(demo):
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


@pytest.mark.parametrize("side", SIDES)
def test_the_demo_looks_as_when_it_was_locked(side):
    """On the library versions of the record to what rounding of a processor moves; on others, but for what no eye sees."""
    locked = json.loads(PIXELS.read_text())
    step = 0.3 if libraries() == locked["libraries"] else 2.5
    for entry in read_manifest(manifest_path("demo"), "dyad-mini").clips:
        assert looks(entry.id, side) == pytest.approx(locked[f"{entry.id}.{side}"], abs=step)


@pytest.mark.slow
def test_a_damaged_video_is_a_defect_until_it_is_built_again(demo, monkeypatch):
    video = demo[0].user.video
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(video.path.parents[2]))
    dataset = DyadMini()
    assert dataset.defects("demo") == []
    with video.path.open("r+b") as file:
        file.seek(1000)
        file.write(b"garbage")
    (defect,) = dataset.defects("demo")
    assert str(video.path) in defect
    assert dataset.clips("demo")[0].user.video.sha256 == video.sha256
    assert dataset.defects("demo") == []


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
    clip = demo[0]
    motion = load_motion(clip.avatar.motion)[0][:3]
    for drawn, shown in zip(AvatarRenderer()(clip, motion), frames(clip.avatar.video), strict=False):
        assert np.abs(drawn.astype(float) - shown).mean() < 3.0

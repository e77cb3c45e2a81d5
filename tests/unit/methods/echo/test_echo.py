"""The reference model in the harness: corpus of a dataset, training by its command's function, video of a clip."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from echo_model import config as sizes
from echo_model.config import LcuConfig, VaeConfig
from echo_model.corpus import read_corpus
from echo_model.export import save
from echo_model.feeling import MOODS, hashed
from echo_model.lcu import ACTS
from echo_model.train import RECIPES

from echo_bench.clip import ImageRef, VideoRef, Word, view_of
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.errors import DatasetError, NotApplicable, WeightsHashError
from echo_bench.media.decode import frame_count, frames
from echo_bench.methods import METHODS
from echo_bench.methods.echo import training
from echo_bench.methods.echo.corpus import claim, write_clip
from echo_bench.methods.echo.method import EchoTiny
from echo_bench.methods.echo.signals import ellipses, rows_of, said, squared
from echo_bench.methods.echo.training import train_echo
from echo_bench.methods.learned.checkpoint import OWN_FOLDER, Card, describe, read_card
from echo_bench.methods.learned.features import hear
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.store import FeatureStore
from echo_bench.spaces import RIG61
from tests.unit.echo_model.small import model

VARIANTS = tuple(name for name in METHODS if name.startswith("echo-tiny"))
SMALL = replace(
    sizes.TINY, vae=VaeConfig(size=128, channels=4, width=4), lcu=LcuConfig(width=16, state=4, pool=2, layers=1),
    width=32, heads=2, layers=1, steps=1,
)  # fmt: skip
SECONDS, FRAMES = 1.4, 35  # past one window, no multiple of it


@pytest.fixture(scope="module")
def demo():
    """The demo's first conversation, with its pictures."""
    return next(iter(DyadMini(DatasetOptions(workers=1, limit=1)).clips("demo")))


@pytest.fixture
def clip(demo):
    return replace(demo, duration=SECONDS)


@pytest.fixture
def make(clip, tmp_path, monkeypatch):
    """Videos of a clip by a model with random weights."""
    card = Card(
        method="echo-tiny", version="1", dataset="random@1/train", manifest_sha256="00", recipe={}, seed=0, steps=0,
        parameters=1, seconds=0.0, device="cpu", losses={"train": 0.0, "val": None}, curve=[], commit="", command="",
    )  # fmt: skip
    monkeypatch.setenv(OWN_FOLDER, str(tmp_path))
    save(model(SMALL), tmp_path / "echo-tiny.safetensors")
    describe(card, tmp_path / "echo-tiny.safetensors")
    method = EchoTiny()
    method.setup(Context("echo-tiny", tmp_path / "out", [clip], [], FeatureStore(tmp_path / "store"), "cpu"))

    def run(given=clip, seed=0, samples=1):
        return method.generate(view_of(given), seed=seed, samples=samples)

    return run


def pixels(artefact):
    return np.stack(list(frames(artefact.video)))


def test_every_variant_is_registered_under_its_name():
    assert set(VARIANTS) == set(sizes.VARIANTS)
    assert all(METHODS.get(name)().name == name for name in VARIANTS)


def test_a_clip_becomes_a_video_of_its_length(make, clip):
    (artefact,) = make()
    assert pixels(artefact).shape == (FRAMES, 128, 128, 3)
    assert (artefact.audio, artefact.seed, artefact.sample) == (clip.avatar.audio, 0, 0)


def test_samples_are_drawn_by_seed(make):
    both = make(seed=4, samples=2)
    assert [(each.sample, each.seed) for each in both] == [(0, 4), (1, 5)]
    shas = [each.video.sha256 for each in both]
    assert shas[0] != shas[1]
    assert [make(seed=4)[0].video.sha256, make(seed=5)[0].video.sha256] == shas


def test_no_look_at_the_truth(make, clip):
    garbage = replace(clip, avatar=replace(clip.avatar, motion=clip.user.motion, video=clip.user.video), spans=())
    assert make(garbage)[0].video.sha256 == make()[0].video.sha256


def test_words_after_a_window_do_not_count_in_it(make, clip):
    """The last window ends at 1.6 s."""
    mute = replace(clip.avatar, transcript=())

    def video(*words):
        return make(replace(clip, user=replace(clip.user, transcript=words), avatar=mute))[0].video.sha256

    assert video(Word(1.3, 1.61, "wonderful")) == video() != video(Word(1.3, 1.6, "wonderful"))


@pytest.mark.parametrize(
    ("broken", "message"),
    [({"reference": None}, "needs a reference image"), ({"fps": 30.0}, "is made at 25 fps, and this clip is compared at 30")],
)  # fmt: skip
def test_what_it_cannot_do_it_says(broken, message, make, clip):
    with pytest.raises(NotApplicable, match=message):
        make(replace(clip, **broken))


def test_larger_pictures_are_made_as_large_as_the_image(make, clip, tmp_path):
    from echo_bench.media.encode import write_video
    from echo_bench.media.hashing import file_sha256

    large = write_video(tmp_path / "large.mp4", [np.full((192, 256, 3), 90, np.uint8)])
    video = pixels(make(replace(clip, reference=ImageRef(large, file_sha256(large))))[0])
    assert video.shape == (FRAMES, 192, 192, 3)


def test_pictures_are_made_by_one_thread(make, monkeypatch):
    """However many workers share the machine; whoever asked for them has all threads again."""
    threads, made = torch.get_num_threads(), []
    frames_of = EchoTiny.frames
    monkeypatch.setattr(EchoTiny, "frames", lambda *given: made.append(torch.get_num_threads()) or frames_of(*given))
    torch.set_num_threads(2)
    try:
        make()
        assert (made, torch.get_num_threads()) == ([1], 2)
    finally:
        torch.set_num_threads(threads)


def test_a_damaged_checkpoint_is_refused(make, tmp_path, clip):
    path = tmp_path / "echo-tiny.safetensors"
    card = read_card(path)
    path.write_bytes(b"\x08\0\0\0\0\0\0\0{}      ")
    describe(card, path)
    context = Context("echo-tiny", tmp_path / "out", [clip], [], FeatureStore(tmp_path / "store"), "cpu")
    with pytest.raises(WeightsHashError, match="is no ECHO model of this version"):
        EchoTiny().setup(context)


@pytest.mark.usefixtures("tracker_weights")
def test_a_clip_becomes_two_people_of_a_corpus(clip, tmp_path):
    data = DyadMini()
    write_clip(clip, tmp_path, SMALL, data.truth)
    entries = {entry.stem.name.rpartition(".")[2]: entry for entry in read_corpus(tmp_path)}
    count = frame_count(clip.avatar.video) // 4 * 4
    truth = data.truth(clip.id)
    for side, track in (("user", clip.user), ("avatar", clip.avatar)):
        entry = entries[side]
        person = entry.person
        assert np.array_equal(entry.frames(), np.stack(list(frames(track.video)))[:count])
        assert np.array_equal(person.voice, hear(track.audio, count))
        assert np.array_equal(person.affect, truth.affect[side][:count])
        assert [MOODS[k] for k in person.mood[:50]] == list(truth.emotion[side][:50])
        nods = [
            event for event in truth.events if event.who == side and event.act == "nod" and event.start < count / 25
        ]
        assert person.acts[:, ACTS.index("nod")].any() == bool(nods)
        assert len(person.sides) == sum(
            len(word.text.split()) for each in (clip.user, clip.avatar) for word in each.transcript
        )
        said_by = {0: clip.avatar if side == "user" else clip.user, 1: track}
        first = {s: next(w for w, x in zip(person.words, person.sides, strict=True) if x == s) for s in (0, 1)}
        assert all(first[s] == hashed(said_by[s].transcript[0].text.split()[0], SMALL.lcu.words) for s in (0, 1))
        jaw = np.load(track.motion.path)["motion"][:count, RIG61.columns.index("jawOpen")]
        assert np.corrcoef(person.opening, jaw)[0, 1] > 0.8  # lips are apart where the rig's jaw is open
        assert 0.02 < person.opening.mean() < 0.6
        face, mouth = person.regions[0, :4], person.regions[0, 4:]
        assert (np.abs(mouth[:2] - face[:2]) + mouth[2:] <= face[2:] + 0.02).all()  # the mouth lies in the face
    assert entries["user"].partner == entries["avatar"].stem


def test_a_side_without_pictures_is_refused(clip, tmp_path):
    with pytest.raises(DatasetError, match="has no video to learn from"):
        write_clip(
            replace(clip, user=replace(clip.user, video=None), avatar=replace(clip.avatar, video=None)), tmp_path, SMALL
        )


@pytest.mark.usefixtures("tracker_weights")
def test_a_video_without_a_face_is_refused(clip, tmp_path):
    from echo_bench.media.encode import write_video
    from echo_bench.media.hashing import file_sha256

    wall = write_video(tmp_path / "wall.mp4", [np.full((128, 128, 3), 90, np.uint8)] * 8, fps=25)
    video = VideoRef(wall, file_sha256(wall))
    walls = replace(clip, user=replace(clip.user, video=video), avatar=replace(clip.avatar, video=video))
    with pytest.raises(DatasetError, match="no face is found in its video"):
        write_clip(walls, tmp_path / "corpus", SMALL)


@pytest.mark.usefixtures("tracker_weights")
def test_the_command_trains_and_the_method_finds_it(demo, tmp_path, monkeypatch):
    """One step of each kind on a conversation of the demo; then the same folder makes a video."""
    monkeypatch.setattr(training, "config", lambda name: replace(SMALL, name=name))
    monkeypatch.setattr(training, "RECIPES", {name: replace(each, batch=1) for name, each in RECIPES.items()})
    done = []
    demo_only = DyadMini(DatasetOptions(workers=1, limit=1))
    monkeypatch.setattr(DyadMini, "splits", lambda self: ("demo",))
    path = train_echo(EchoTiny, demo_only, tmp_path, 0, 1, "cpu", lambda *step: done.append(step))
    assert path == tmp_path / "echo-tiny.safetensors"
    card = read_card(path)
    assert (card.dataset, card.steps, card.seed) == ("dyad-mini@1/demo", len(RECIPES), 0)
    assert done[-1] == ("corpus dyad-mini/demo", 1, 1)
    monkeypatch.setenv(OWN_FOLDER, str(tmp_path))
    method = EchoTiny()
    method.setup(Context("echo-tiny", tmp_path / "out", [demo], [], FeatureStore(tmp_path / "store"), "cpu"))
    (artefact,) = method.generate(view_of(replace(demo, duration=0.2)), seed=0, samples=1)
    assert pixels(artefact).shape == (5, 128, 128, 3)


def test_a_corpus_is_of_one_source(tmp_path):
    """People of others have the same names."""
    for _ in range(2):
        claim(tmp_path / "own", "rehearsals of dyad-mini@1/train")
    with pytest.raises(DatasetError, match="holds rehearsals of dyad-mini@1/train, not dyad-mini@1/train") as caught:
        claim(tmp_path / "own", "dyad-mini@1/train")
    assert "another folder" in str(caught.value)
    (tmp_path / "old").mkdir()
    (tmp_path / "old" / "a.avatar.safetensors").touch()
    with pytest.raises(DatasetError, match="holds people of an unknown source"):
        claim(tmp_path / "old", "dyad-mini@1/train")


def test_words_are_ordered_by_their_ends():
    dialogue = [("avatar", Word(0.0, 2.0, "so")), ("user", Word(0.5, 1.0, "oh my")), ("user", Word(3.0, 3.01, "yes"))]
    words, sides, ends = said(dialogue, partial(rows_of, rows=2048), 25.0)
    assert words.tolist() == [hashed(word, 2048) for word in ("oh", "my", "so", "yes")]
    assert (sides.tolist(), ends.tolist()) == (
        [0, 0, 1, 0],
        [25, 25, 50, 76],
    )  # a word that ends at 3.01 s is known at frame 76


def test_pictures_are_cut_and_averaged():
    wide = np.zeros((4, 8, 3), np.uint8)
    wide[:, 2:6] = 100
    wide[0, 2] = 200
    small = squared(wide, 2)
    assert small.shape == (2, 2, 3)
    assert small[..., 0].tolist() == [[125, 100], [100, 100]]


def test_ellipses_of_outlines():
    box = np.array([[20.0, 30.0, 1.0], [60.0, 90.0, 2.0]])
    assert np.allclose(ellipses(box, box / 2, 100), [0.4, 0.6, 0.2, 0.3, 0.2, 0.3, 0.1, 0.15])

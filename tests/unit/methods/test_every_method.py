"""What every method that makes motion promises: no look at the truth or at the future, chance by seed, motion of the right kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest
import soundfile

from echo_bench.clip import AudioRef, DyadicClip, Track, view_of
from echo_bench.media.audio import waveform
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import OWN_FOLDER
from echo_bench.methods.learned.corpus import read_corpus
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.store import FeatureStore
from tests.native import clip_of
from tests.unit.learned.untrained import checkpoint, learned

SECONDS, FRAMES = 7.0, 175  # of what is made: past all windows, in whole frames, and no multiple of a chunk
SHORT = 2.2  # seconds, where length does not matter
NAMES = ("test-comfort-01", "test-bad-news-01", "test-complaint-01")


def capabilities(name: str) -> Capabilities:
    return METHODS.get(name)().capabilities


EVERY = tuple(name for name in METHODS if capabilities(name).output == "motion" and not capabilities(name).uses_truth)
DRAWN = tuple(name for name in EVERY if capabilities(name).stochastic)
CAUSAL = tuple(name for name in EVERY if capabilities(name).causal)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[DyadicClip]:
    """Conversations of 7 s without pictures."""
    folder = tmp_path_factory.mktemp("clips")
    return [replace(clip_of(name, folder), reference=None, duration=SECONDS) for name in NAMES]


@pytest.fixture(scope="module")
def _random_weights(clips, tmp_path_factory):
    folder = tmp_path_factory.mktemp("checkpoints")
    examples = read_corpus(clips, Context("train", folder, [], clips, FeatureStore(folder / "store"), "cpu"))
    for name in learned():
        checkpoint(name, folder, examples)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(OWN_FOLDER, str(folder))
        yield


Maker = Callable[..., list[Artefact]]


@pytest.fixture(scope="module")
def made(clips, tmp_path_factory, _random_weights) -> Callable[[str], np.ndarray]:
    """Motion of the first clip by a method, made once."""

    @cache
    def run(name: str) -> np.ndarray:
        folder = tmp_path_factory.mktemp(name)
        method = METHODS.get(name)()
        method.setup(Context(name, folder, clips, clips[1:], FeatureStore(folder / "store"), "cpu"))
        return rows(method.generate(view_of(clips[0]), seed=0, samples=1)[0])

    return run


@pytest.fixture
def make(clips, tmp_path, _random_weights) -> Maker:
    """Run a method on a clip; it may learn from the others."""
    runs = iter(range(100))

    def run(name: str, clip: DyadicClip | None = None, seed: int = 0, samples: int = 1) -> list[Artefact]:
        method, out = METHODS.get(name)(), tmp_path / str(next(runs))
        method.setup(Context(name, out, clips, clips[1:], FeatureStore(tmp_path / "store"), "cpu"))
        return method.generate(view_of(clip or clips[0]), seed=seed, samples=samples)

    return run


def rows(artefact: Artefact) -> np.ndarray:
    motion, valid = load_motion(artefact.motion)
    assert valid.all()
    return motion


@pytest.mark.parametrize("name", EVERY)
def test_motion_is_of_the_clip_and_in_range(name, make, clips):
    (artefact,) = make(name)
    motion = rows(artefact)
    assert (artefact.motion.space, artefact.motion.fps, artefact.audio) == ("rig61", 25.0, clips[0].avatar.audio)
    assert motion.shape == (FRAMES, 61)
    assert motion.dtype == np.float32
    assert np.isfinite(motion).all()
    assert motion[:, :52].min() >= 0
    assert motion[:, :52].max() <= 1


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("frames", [1, 7, 81])
def test_clips_of_any_length_are_made(name, frames, make, clips):
    assert rows(make(name, replace(clips[0], duration=frames / 25))[0]).shape == (frames, 61)


@pytest.mark.parametrize("name", EVERY)
def test_garbage_truth_changes_nothing(name, make, clips, tmp_path):
    noise = save_motion(
        tmp_path / "noise.npz", np.random.default_rng(9).random((FRAMES, 61), np.float32), np.ones(FRAMES, bool)
    )
    clip = replace(clips[0], duration=SHORT)
    avatar = replace(clip.avatar, motion=noise, transcript=None)
    garbage = replace(clip, avatar=avatar, spans=(), appropriate=("x",), strata={"emotion": "garbage"})
    assert make(name, garbage)[0].motion.sha256 == make(name, clip)[0].motion.sha256


def changed_from(clip: DyadicClip, frame: int, folder: Path) -> DyadicClip:
    """The clip with other sound on both sides, and other motion of the user, from a frame on."""
    rng = np.random.default_rng(frame)

    def voice(side: str, track: Track) -> AudioRef:
        sound = waveform(track.audio).copy()
        sound[frame * 640 :] = 0.2 * rng.normal(size=len(sound) - frame * 640)
        soundfile.write(folder / f"{side}.wav", sound, 16000, subtype="FLOAT")
        return AudioRef(folder / f"{side}.wav", file_sha256(folder / f"{side}.wav"))

    motion, valid = (each.copy() for each in load_motion(clip.user.motion))
    motion[frame:] = rng.random(motion[frame:].shape)
    user = replace(clip.user, audio=voice("user", clip.user), motion=save_motion(folder / "user.npz", motion, valid))
    return replace(clip, user=user, avatar=replace(clip.avatar, audio=voice("avatar", clip.avatar)))


@pytest.mark.parametrize("name", CAUSAL)
@pytest.mark.parametrize("cut", [6, 90, 151])
def test_the_past_does_not_change_with_the_future(name, cut, made, make, clips, tmp_path):
    """Inputs change from `cut` on: all frames stay that lie more than the declared look-ahead before it."""
    past = cut - round(25 * capabilities(name).lookahead)
    if past <= 0:
        pytest.skip("all of it lies within the declared look-ahead")
    before, after = made(name), rows(make(name, changed_from(clips[0], cut, tmp_path))[0])
    np.testing.assert_allclose(after[:past], before[:past], atol=2e-5)


BY_A_DRAW = {"dice-talk": 100}
"""Samples of methods that hear the rest of a voice only in the odds of what they draw: most draws come out the same."""


@pytest.mark.parametrize("name", sorted(set(EVERY) - set(CAUSAL)))
def test_what_is_not_called_causal_looks_ahead(name, make, clips, tmp_path):
    changed, samples = changed_from(clips[0], 90, tmp_path), BY_A_DRAW.get(name, 1)
    pairs = zip(make(name, samples=samples), make(name, changed, samples=samples), strict=True)
    assert max(np.abs(rows(a)[:80] - rows(b)[:80]).max() for a, b in pairs) > 1e-4


@pytest.mark.parametrize("name", learned())
def test_the_user_or_the_own_voice_is_listened_to(name, made, make, clips, tmp_path):
    """The test of causality would pass for a method that listens to nothing."""
    before, after = made(name), rows(make(name, changed_from(clips[0], 90, tmp_path))[0])
    assert np.abs(after[90:] - before[90:]).max() > 1e-3


@pytest.mark.parametrize("name", DRAWN)
def test_samples_follow_the_seed(name, make, clips):
    clip = replace(clips[0], duration=4.0)  # long enough for something to happen by chance
    three, again = make(name, clip, seed=4, samples=3), make(name, clip, seed=4, samples=3)
    assert [a.motion.sha256 for a in three] == [a.motion.sha256 for a in again]
    assert [(a.sample, a.seed) for a in three] == [(0, 4), (1, 5), (2, 6)]
    assert len({a.motion.sha256 for a in three}) == 3
    assert make(name, clip, seed=6)[0].motion.sha256 == three[2].motion.sha256


@pytest.mark.parametrize("name", sorted(set(EVERY) - set(DRAWN)))
def test_without_chance_there_is_one_sample_whatever_the_seed(name, make, clips):
    clip = replace(clips[0], duration=SHORT)
    (one,), (other,) = make(name, clip, seed=1, samples=3), make(name, clip, seed=2, samples=3)
    assert one.motion.sha256 == other.motion.sha256


@pytest.mark.parametrize("name", sorted(set(CAUSAL) & set(learned())))
def test_a_longer_clip_begins_as_a_shorter_one(name, made, make, clips):
    """As in a stream: what was made of the first frames stays when more comes, up to the declared look-ahead.

    Sums over other lengths round differently, on each processor in its way (3.4e-4 is the most that was seen), and liveliness magnifies
    the difference like all that departs from the mean.
    """
    whole, ahead = made(name), round(25 * capabilities(name).lookahead)
    rounding = 5e-4 * METHODS.get(name).network.liveliness
    for frames in (100, 137):
        part = rows(make(name, replace(clips[0], duration=frames / 25))[0])
        kept = frames - ahead
        np.testing.assert_allclose(part[:kept], whole[:kept], atol=rounding)

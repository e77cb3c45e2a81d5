"""The always-on rows: each does what its name says, and none but the yardsticks looks at the truth."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import DyadicClip, ImageRef, Track, VideoRef, view_of
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.folder import Folder
from echo_bench.errors import NotApplicable
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.hashing import file_sha256
from echo_bench.methods import ALWAYS, METHODS
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.store import FeatureStore


@pytest.fixture
def clips(footage, tmp_path) -> list[DyadicClip]:
    """Side-by-side clips whose people have motion of their own too."""
    found = []
    for index, clip in enumerate(Folder(DatasetOptions(footage(), "left-right")).clips("all")):
        rng = np.random.default_rng(index)
        sides = {}
        for side in ("user", "avatar"):
            motion = np.cumsum(rng.normal(0, 0.02, (30, 61)), axis=0).astype(np.float32)
            ref = save_motion(tmp_path / f"{clip.id}.{side}.npz", motion, np.ones(30, bool))
            sides[side] = replace(getattr(clip, side), motion=ref)
        found.append(replace(clip, **sides))
    return found


def made(name: str, clip: DyadicClip, clips: list[DyadicClip], tmp_path: Path, seed: int = 0, samples: int = 1):
    method = METHODS.get(name)()
    method.setup(Context(name, tmp_path / "out", clips, [], FeatureStore(tmp_path / "store"), "cpu"))
    view = view_of(clip, uses_truth=method.capabilities.uses_truth)
    return method.generate(view, seed=seed, samples=samples)


def content(artefact) -> tuple:
    """What an artefact shows and sounds like, wherever its files lie."""
    video = artefact.video and (artefact.video.sha256, artefact.video.panel, artefact.video.duration)
    audio = artefact.audio and (artefact.audio.sha256, artefact.audio.delay)
    return video, audio, artefact.motion and artefact.motion.sha256


def with_garbage_truth(clip: DyadicClip, tmp_path: Path) -> DyadicClip:
    """The same clip with another person's video, noise for motion, and no labels, as its truth."""
    noise = save_motion(
        tmp_path / "noise.npz", np.random.default_rng(9).random((30, 61), np.float32), np.ones(30, bool)
    )
    user = clip.user.video
    avatar = replace(clip.avatar, video=VideoRef(user.path, user.sha256, user.panel), motion=noise, transcript=None)
    return replace(clip, avatar=avatar, spans=(), appropriate=("b",), strata={"emotion": "garbage"})


# These avatars have no voice to shift; `shifted-audio` reads nothing else of the truth than `ground-truth` does.
@pytest.mark.parametrize("name", [name for name in ALWAYS if name != "shifted-audio"])
def test_garbage_truth_changes_nothing_but_the_yardsticks(name, clips, tmp_path):
    other = [with_garbage_truth(clips[0], tmp_path), *clips[1:]]
    before = [content(a) for a in made(name, clips[0], clips, tmp_path / "1")]
    after = [content(a) for a in made(name, other[0], other, tmp_path / "2")]
    assert (before != after) == METHODS.get(name)().capabilities.uses_truth


@pytest.mark.parametrize("name", [n for n in ALWAYS if METHODS.get(n)().capabilities.causal])
def test_causal_rows_do_not_look_ahead(name, clips, tmp_path):
    """The user's motion after half of the clip changes; the artefact before that does not."""
    motion, valid = load_motion(clips[0].user.motion)
    changed = motion.copy()
    changed[15:] += 1
    ref = save_motion(tmp_path / "changed.npz", changed, valid)
    other = [replace(clips[0], user=replace(clips[0].user, motion=ref)), *clips[1:]]
    (a,), (b,) = made(name, clips[0], clips, tmp_path / "1"), made(name, other[0], other, tmp_path / "2")
    if a.motion:
        np.testing.assert_array_equal(load_motion(a.motion)[0][:15], load_motion(b.motion)[0][:15])
    else:
        assert content(a) == content(b)


def test_static_holds_the_reference(clips, tmp_path):
    (artefact,) = made("static", clips[0], clips, tmp_path)
    shown = list(frames(artefact.video))
    assert len(shown) == 30
    assert max(np.abs(frame.astype(int) - shown[0]).mean() for frame in shown) < 3  # what the codec adds
    truth = next(frames(clips[0].avatar.video))
    assert np.abs(shown[0].astype(float) - truth).mean() < 4


def test_mirror_is_the_user_ten_frames_late(clips, tmp_path):
    (artefact,) = made("mirror", clips[0], clips, tmp_path)
    mirrored, user = load_motion(artefact.motion)[0], load_motion(clips[0].user.motion)[0]
    np.testing.assert_array_equal(mirrored[10:], user[:20])
    np.testing.assert_array_equal(mirrored[:10], np.tile(user[0], (10, 1)))


def test_mean_face_is_the_mean_of_the_others(clips, tmp_path):
    (artefact,) = made("mean-face", clips[0], clips, tmp_path)
    others = np.concatenate([load_motion(clip.avatar.motion)[0] for clip in clips[1:]])
    np.testing.assert_allclose(load_motion(artefact.motion)[0][7], others.mean(axis=0), atol=1e-6)


def test_shuffled_gives_every_clip_another_ones_avatar(clips, tmp_path):
    donors = [made("shuffled", clip, clips, tmp_path)[0].video.path.stem for clip in clips]
    assert sorted(donors) == sorted(clip.id for clip in clips)
    assert all(donor != clip.id for donor, clip in zip(donors, clips, strict=True))


def test_random_is_seeded_and_never_the_clip_itself(clips, tmp_path):
    draws = {seed: made("random", clips[0], clips, tmp_path, seed, samples=2) for seed in range(12)}
    assert [a.video for a in draws[3]] == [a.video for a in made("random", clips[0], clips, tmp_path, 3, samples=2)]
    assert {a.video.path.stem for two in draws.values() for a in two} == {"b", "c"}
    assert [a.sample for a in draws[0]] == [0, 1]


def test_a_longer_donor_is_cut(clips, tmp_path):
    short = replace(clips[0], duration=0.8)
    (artefact,) = made("shuffled", short, [short, *clips[1:]], tmp_path)
    assert len(list(frames(artefact.video))) == 20


@pytest.mark.parametrize("name", [name for name in ALWAYS if name not in ("reencoded", "shifted-audio")])
def test_rows_have_motion_where_people_have_it(name, clips, tmp_path):
    """Delivered motion is scored too; what a codec does to a video has none."""
    (artefact,) = made(name, clips[0], clips, tmp_path)
    motion, valid = load_motion(artefact.motion)
    assert (artefact.motion.source, artefact.motion.space) == ("native", "rig61")
    assert motion.shape == (30, 61)
    assert valid.all()
    assert (np.ptp(motion, axis=0).max() == 0) == (name in ("static", "mean-face"))


@pytest.mark.parametrize("name", ["shuffled", "random"])
def test_borrowed_motion_is_cut_as_its_video_is(name, clips, tmp_path):
    short = replace(clips[0], duration=0.8)
    (artefact,) = made(name, short, [short, *clips[1:]], tmp_path)
    donor = next(clip for clip in clips if clip.avatar.video.path == artefact.video.path)
    np.testing.assert_array_equal(load_motion(artefact.motion)[0], load_motion(donor.avatar.motion)[0][:20])


@pytest.mark.parametrize("name", ["static", "random", "shuffled"])
def test_rows_have_no_motion_of_their_own_where_people_have_none(name, footage, tmp_path):
    bare = Folder(DatasetOptions(footage(), "left-right")).clips("all")
    (artefact,) = made(name, bare[0], bare, tmp_path)
    assert artefact.motion is None


def test_shifted_audio_is_five_frames_late(footage, tmp_path):
    (clip,) = Folder(DatasetOptions(footage(("a",)), "single")).clips("all")
    (artefact,) = made("shifted-audio", clip, [clip], tmp_path)
    plain, late = waveform(clip.avatar.audio), waveform(artefact.audio)
    np.testing.assert_array_equal(late[: 16000 // 5], 0)
    np.testing.assert_array_equal(late[16000 // 5 :][:1000], plain[:1000])


@pytest.mark.parametrize("name", ["ground-truth", "reencoded", "static", "random", "shuffled", "mean-face"])
def test_a_lonely_clip_without_truth_is_skipped_by_a_named_rule(name, clips, tmp_path):
    bare = replace(clips[0], avatar=Track(), reference=None)
    with pytest.raises(NotApplicable, match="needs"):
        made(name, bare, [bare], tmp_path)


def test_pixels_of_a_still_reference(clips, tmp_path):
    """A reference that is an image file works as well as the frame of a video."""
    (artefact,) = made("static", clips[0], clips, tmp_path)
    video = artefact.video
    again = replace(clips[1], reference=ImageRef(video.path, file_sha256(video.path)))
    (copy,) = made("static", again, clips, tmp_path / "copy")
    first, second = next(frames(video)), next(frames(copy.video))
    assert np.abs(first.astype(int) - second).mean() < 3

"""Damages to pictures: what they say at full strength, on known frames; and rows of footage whose motion nobody knows."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from echo_bench.clip import AudioRef, DyadicClip, Track, VideoRef, view_of
from echo_bench.errors import DatasetError, NotApplicable, UnknownNameError
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import save_motion
from echo_bench.simulator.people import read_people
from echo_bench.validation.damages import LATE
from echo_bench.validation.ladders import drawn_ladder, filmed_ladder, motion_ladder, part_of
from echo_bench.validation.methods import HARMLESS
from echo_bench.validation.pictures import GRAIN, LOOKS, ORDERS, AnotherFace, Coded, Looks, Reordered
from echo_bench.validation.stretches import LOSSLESS, draw
from tests.footage import FPS, pattern

COUNT, SIZE = 30, 64


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> list[DyadicClip]:
    """Three clips of moving colours, all different."""
    folder = tmp_path_factory.mktemp("clips")
    made = []
    for seed in range(3):
        path = write_video(folder / f"{seed}.mp4", pattern(seed, COUNT, SIZE), fps=FPS, crf=LOSSLESS)
        track = Track(video=VideoRef(path, file_sha256(path)))
        made.append(DyadicClip(str(seed), "toy", FPS, COUNT / FPS, Track(), track))
    return made


def shown(method, clips, folder, at=0) -> np.ndarray:
    """Frames (T, H, W, 3) float of a row on one clip."""
    others = [*clips[at + 1 :], *clips[:at]]
    method.context = SimpleNamespace(workdir=lambda _clip: folder, others=lambda _clip: others)
    (made,) = method.generate(view_of(clips[at], uses_truth=True), seed=0, samples=1)
    return np.stack(list(frames(made.video))).astype(float)


def truth(clips, at=0) -> np.ndarray:
    return np.stack(list(frames(clips[at].avatar.video))).astype(float)


def sharpness(pictures: np.ndarray) -> float:
    return float(np.abs(np.diff(pictures, axis=2)).mean())


@pytest.mark.parametrize("name", [*ORDERS, *LOOKS, "h264"])
def test_no_strength_is_the_truth_but_for_the_codec(name, clips, tmp_path):
    rung = filmed_ladder()[name]
    assert np.abs(shown(rung.row(0.0), clips, tmp_path) - truth(clips)).mean() < 4


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("freeze", lambda own, _other: own[np.zeros(COUNT, int)]),
        ("reverse", lambda own, _other: own[::-1]),
        ("late", lambda own, _other: own[np.maximum(np.arange(COUNT) - LATE, 0)]),
        ("drop", lambda own, _other: own[np.arange(COUNT) // 6 * 6]),
        ("shuffle", lambda _own, other: other),
    ],
)
def test_full_strength_chooses_frames(name, expected, clips, tmp_path):
    made = shown(Reordered(name, 1.0), clips, tmp_path)
    assert np.abs(made - expected(truth(clips), truth(clips, 1))).mean() < 4


def test_another_clip_needs_this_length_and_size(clips, tmp_path):
    with pytest.raises(NotApplicable, match="another clip of this length and size"):
        shown(Reordered("shuffle", 1.0), clips[:1], tmp_path)


def test_blur_takes_sharpness_and_grain_adds_noise():
    rng = np.random.default_rng(0)
    edges = np.repeat(np.tile(np.uint8([[0, 0, 255, 255]]), (64, 16))[..., None], 3, axis=2)
    softer = [sharpness(LOOKS["blur"](edges, level, rng)[None].astype(float)) for level in (0.0, 0.5, 1.0)]
    assert softer == sorted(softer, reverse=True)
    assert softer[2] < 0.8 * softer[0]
    grey = np.full((64, 64, 3), 128, np.uint8)
    assert LOOKS["grain"](grey, 1.0, rng).std() == pytest.approx(GRAIN, rel=0.05)


def test_a_coarser_codec_loses_more(clips, tmp_path):
    lost = [np.abs(shown(Coded(level), clips, tmp_path) - truth(clips)).mean() for level in (0.0, 0.5, 1.0)]
    assert lost == sorted(lost)
    assert (Coded(0.0).crf, Coded(1.0).crf) == (18, 48)


def test_the_last_part_is_another_face_in_the_same_motion(tmp_path):
    one, two = list(read_people())[:2]
    motion = np.zeros((10, 61), np.float32)
    ref = save_motion(tmp_path / "m.npz", motion, np.ones(10, bool))
    path = write_video(tmp_path / "own.mp4", draw(one, motion), fps=FPS, crf=LOSSLESS)
    clip = DyadicClip("c", "toy", FPS, 0.4, Track(), Track(video=VideoRef(path, file_sha256(path)), motion=ref))
    made = shown(AnotherFace(0.5, {"c": two}), [clip], tmp_path)
    own, other = (np.stack(list(draw(name, motion))).astype(float) for name in (one, two))
    assert np.abs(made[:5] - own[:5]).mean() < 4 < np.abs(made[5:] - own[5:]).mean()
    assert np.abs(made[5:] - other[5:]).mean() < 4


def test_rows_need_pictures_and_are_never_ranked(clips, tmp_path):
    bare = DyadicClip("bare", "toy", FPS, 1.0, Track(), Track(audio=AudioRef(tmp_path / "x.wav", "00")))
    method = Looks("blur", 1.0, "blur-1.00")
    with pytest.raises(NotApplicable):
        shown(method, [bare], tmp_path)
    assert method.capabilities.uses_truth


def test_every_ladder_ends_in_something_harmless_and_says_what_it_does():
    cast = [SimpleNamespace(id=name, identities={"avatar": name}) for name in "ab"]
    for ladder in (motion_ladder(), drawn_ladder(cast), filmed_ladder()):
        assert HARMLESS in ladder
        assert all(rung.words.endswith(".") for rung in ladder.values())
        assert {rung.row(0.5).name for rung in ladder.values()} == {f"{name}-0.50" for name in ladder}


def test_some_damages_of_a_ladder():
    assert list(part_of(filmed_ladder(), ["freeze", "blur"])) == ["blur", "freeze", HARMLESS]
    assert part_of(filmed_ladder(), []).keys() == filmed_ladder().keys()
    with pytest.raises(UnknownNameError, match="no damage is called smear"):
        part_of(filmed_ladder(), ["smear"])


def test_one_person_has_no_stranger():
    with pytest.raises(DatasetError, match="one person"):
        drawn_ladder([SimpleNamespace(id=name, identities={"avatar": "a"}) for name in "ab"])

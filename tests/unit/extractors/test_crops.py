"""Crops that several nets ask for are made once, and are the ones that each would have made alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import InputSpec
from echo_bench.extractors.crops import Aligned, Crops, Cut, Upright, crops_of
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.faces import align
from echo_bench.faces.align import ARCFACE, DLIB

A, B = VideoRef(Path("a.mp4"), "aa"), VideoRef(Path("b.mp4"), "bb")


def landmarks(seed: int = 0) -> NDArray[np.float32]:
    return np.random.default_rng(seed).uniform(20, 76, (478, 3)).astype(np.float32)


def frame(seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (96, 96, 3), np.uint8)


class Counted:
    """A cut that counts how often it is made."""

    def __init__(self) -> None:
        self.made = 0

    def __call__(self, frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
        self.made += 1
        return frame[:4, :4]


def sums(cut: Cut) -> FaceNet:
    """A net that adds up what it is fed."""

    def run(batch: NDArray[np.uint8]) -> NDArray[np.float32]:
        return batch.reshape(len(batch), -1).sum(axis=1, dtype=np.float32)[:, None]

    return FaceNet("sums", "1", "", InputSpec("face", batch=4, policy="fp32 cpu"), "sum", cut, run)


def test_nets_of_one_video_share_a_crop() -> None:
    cut = Counted()
    sessions = [sums(cut).begin(A) for _ in range(3)]
    for index in range(5):
        shown, points = frame(index), landmarks(index)
        for session in sessions:
            session.push(shown, points)
    assert cut.made == 5
    first, *others = (session.finish()["sum"] for session in sessions)
    assert len(np.unique(first)) == 5
    for other in others:
        np.testing.assert_array_equal(other, first)


def test_two_videos_do_not() -> None:
    cut = Counted()
    left, right = sums(cut).begin(A), sums(cut).begin(B)
    for index in range(2):
        left.push(frame(index), landmarks())
        right.push(frame(9 + index), landmarks())
    assert cut.made == 4
    assert not set(left.finish()["sum"].ravel()) & set(right.finish()["sum"].ravel())


@pytest.mark.parametrize("moved", [frame(1), frame(0)])
def test_another_frame_is_cut_anew_even_where_it_holds_the_same(moved: NDArray[np.uint8]) -> None:
    cut, crops = Counted(), Crops()
    crops.of(cut, frame(0), landmarks())
    np.testing.assert_array_equal(crops.of(cut, moved, landmarks()), moved[:4, :4])
    assert cut.made == 2


def test_another_face_in_the_frame_is_cut_anew() -> None:
    cut, crops, shown = Counted(), Crops(), frame()
    crops.of(cut, shown, landmarks(0))
    crops.of(cut, shown, landmarks(1))
    assert cut.made == 2


def test_cuts_of_one_kind_and_size_are_equal_and_others_are_not() -> None:
    assert Upright(224) == Upright(224) != Upright(256)
    assert Aligned(ARCFACE) == Aligned(ARCFACE) != Aligned(DLIB)
    assert len({Upright(112), Aligned(ARCFACE), Upright(112), Aligned(ARCFACE)}) == 2


def test_the_pixels_are_those_of_the_face_alone() -> None:
    shown, points, crops = frame(), landmarks(), Crops()
    upright = align.cut(shown, align.square(points, 0.0), 40)
    np.testing.assert_array_equal(crops.of(Upright(40), shown, points), upright)
    np.testing.assert_array_equal(crops.of(Aligned(DLIB), shown, points), align.aligned(shown, points, DLIB))


def test_nothing_is_kept_once_the_video_is_done() -> None:
    session = sums(Counted()).begin(A)
    kept = crops_of(A)
    assert crops_of(A) is kept
    kept.of(Counted(), frame(), landmarks())
    del session, kept
    assert not crops_of(A)._made

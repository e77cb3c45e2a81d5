"""A channel of few numbers a frame: its error, its cost, its row."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from echo_bench.clip import view_of
from echo_bench.errors import NotApplicable
from echo_bench.methods.encode_in_style import Codec, EncodeInStyle, bits_per_frame, rate_curve
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.store import FeatureStore
from tests.native import clip_of


def low_rank(seed: int, rank: int, frames: int = 120) -> np.ndarray:
    """Motion that moves in `rank` directions, the same for all seeds, around a posture of its own."""
    mixing = np.random.default_rng(99).normal(size=(rank, 61))
    rng = np.random.default_rng(seed)
    return rng.normal(size=61) + rng.normal(size=(frames, rank)) @ mixing


def test_the_error_never_grows_with_the_parameters_and_ends_at_the_rank():
    codec = Codec.fit([low_rank(seed, 12) for seed in range(3)])
    motion = low_rank(7, 12)
    errors = [error for _, error in rate_curve(codec, motion, list(range(62)))]
    assert (np.diff(errors) <= 1e-12).all()
    assert errors[11] > 0.01
    assert errors[12] < 1e-6  # the rank is enough
    assert errors[0] == pytest.approx(np.sqrt(np.mean((motion - motion.mean(0)) ** 2 / codec.std**2)))


def test_all_parameters_lose_nothing_whoever_was_learnt_from():
    motion = np.random.default_rng(3).normal(size=(50, 61))
    np.testing.assert_allclose(Codec.fit([low_rank(0, 5)]).through(motion, 61), motion, atol=1e-9)


def test_a_sequence_costs_its_latent_once_and_35_numbers_a_frame():
    assert 250 * bits_per_frame(250) == 512 * 18 * 32 + 250 * 35 * 32
    assert [bits for bits, _ in rate_curve(Codec.fit([low_rank(0, 5)]), low_rank(1, 5), [0, 35])] == [
        bits_per_frame(120, 0), bits_per_frame(120),
    ]  # fmt: skip


def test_another_posture_is_another_mean_and_no_error():
    codec = Codec.fit([low_rank(seed, 12) for seed in range(3)])
    moved = low_rank(7, 12) + 5.0
    np.testing.assert_allclose(codec.through(moved) - 5.0, codec.through(low_rank(7, 12)), atol=1e-9)


def test_the_row_comes_close_to_the_truth(tmp_path):
    clips = [clip_of(name, tmp_path) for name in ("test-comfort-01", "test-bad-news-01", "test-complaint-01")]
    method = EncodeInStyle()
    method.setup(Context("x", Path(tmp_path), clips, clips[1:], FeatureStore(tmp_path / "store"), "cpu"))
    (artefact,) = method.generate(view_of(clips[0], uses_truth=True), seed=0, samples=1)
    truth, made = load_motion(clips[0].avatar.motion)[0], load_motion(artefact.motion)[0]
    assert np.sum((made - truth) ** 2) < 0.1 * np.sum((truth - truth.mean(0)) ** 2)
    with pytest.raises(NotApplicable, match="needs the motion"):
        method.generate(view_of(clips[0]), seed=0, samples=1)

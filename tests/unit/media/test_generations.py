"""Codecs in memory: one frame in, one frame out, with the loss of the setting."""

from __future__ import annotations

import numpy as np
import pytest
from echo_metrics.image import psnr
from numpy.typing import NDArray

from echo_bench.media.generations import Generations, Setting
from tests.footage import pattern

RNG = np.random.default_rng(0)
FRAMES = np.clip(pattern(0, 30, 96).astype(int) + RNG.normal(0, 6, (30, 96, 96, 1)), 0, 255).astype(np.uint8)


def through(setting: Setting) -> list[NDArray[np.uint8]]:
    generation = Generations([setting])
    return [generation(frame) for frame in FRAMES]


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_each_frame_comes_back_in_its_place(codec):
    """The nearest of all frames is the one that was put in: no delay, as an AVI muxer makes."""
    back = through(Setting(codec, quantiser=2))
    assert [int(np.argmin([np.abs(b.astype(int) - f).mean() for f in FRAMES])) for b in back] == list(range(30))


@pytest.mark.parametrize("codec", ["mpeg4", "mjpeg"])
def test_coarser_quantisers_lose_more(codec):
    quality = [
        np.mean([psnr(f, b) for f, b in zip(FRAMES, through(Setting(codec, quantiser=q)), strict=True)])
        for q in (2, 8, 31)
    ]
    assert quality[0] > quality[1] + 2 > quality[2] + 4
    assert quality[0] > 30


def test_a_bit_rate_is_kept_to():
    """Without a quantiser the rate decides: a tenth of a megabit loses more than two."""
    poor, good = (
        np.mean([psnr(f, b) for f, b in zip(FRAMES, through(Setting("mpeg4", bit_rate=rate)), strict=True)])
        for rate in (100_000, 2_000_000)
    )
    assert good > poor + 1


def test_equal_frames_give_equal_bytes():
    assert np.array_equal(through(Setting("mjpeg")), through(Setting("mjpeg")))


def test_takes_odd_sizes():
    assert Generations([Setting("mpeg4")])(np.zeros((97, 33, 3), np.uint8)).shape == (97, 33, 3)

"""Mechanism of fantasytalking: the clip for the face, the moment for the lips, and intensities that the lips do not know."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.stats import spearmanr

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.fantasytalking import COARSE, FACE, HEAD, HEARD, NEAR, intensities
from echo_bench.methods.learned.lips import LIPS
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, drawn, example, trained

REACH = NEAR + HEARD // 2


def lively(seed: int) -> Example:
    """Face and head sway with the voice, each a lot or little, for no reason that can be heard; lips follow it always."""
    base, rng = example(seed, 80), np.random.default_rng(seed)
    wave = np.sin(np.arange(80)[:, None] / 4 + rng.uniform(0, 6)).astype(np.float32)
    sizes = np.ones(61, np.float32)
    sizes[FACE], sizes[HEAD] = rng.uniform(0.1, 1.0, 2)
    return replace(base, inputs=replace(base.inputs, avatar_audio=np.tile(wave, (1, 52))), target=wave * sizes)


@pytest.fixture(scope="module")
def net():
    return trained("fantasytalking", [lively(seed) for seed in range(16)], 60, window=40, batch=6)


@pytest.mark.parametrize(("asked", "columns"), [("face", FACE), ("head", HEAD)])
def test_the_intensity_that_is_asked_for_orders_the_variance(net, asked, columns):
    clip = lively(99)
    given = replace(batch(net, 80), avatar_audio=net.audio(torch.from_numpy(clip.inputs.avatar_audio))[None])
    scales = np.linspace(0.3, 1.7, 12)
    with torch.inference_mode():
        made = [net.sample(given, torch.Generator(), **{asked: scale}) for scale in scales]
    spread = [float(motion[..., columns].var(dim=1).mean()) for motion in made]
    assert spearmanr(scales, spread).statistic >= 0.95
    assert spread[-1] > 3 * spread[0]
    assert all(motion[..., LIPS].equal(made[0][..., LIPS]) for motion in made)


def test_lips_hear_their_moment_and_the_face_the_clip():
    net = network("fantasytalking")
    given = batch(net, 60)
    other = given.avatar_audio.clone()
    other[:, 30] += 3.0
    apart = (torch.arange(60) - 30).abs()
    before, after = drawn(net, given)[0], drawn(net, replace(given, avatar_audio=other))[0]
    moved = (after - before).abs()
    assert moved[apart > REACH][:, LIPS].max() < 1e-6
    assert moved[apart <= REACH][:, LIPS].amax(1).min() > 1e-5
    assert moved[apart > 3 * REACH][:, COARSE].amax(1).min() > 1e-6


def test_every_column_is_of_one_branch():
    assert sorted(COARSE + LIPS) == list(range(61))


def test_intensities_are_of_face_and_head_apart():
    swing = torch.zeros(1, 50, 61)
    swing[..., HEAD] = torch.sin(torch.arange(50.0))[:, None]
    assert intensities(swing)[0].tolist() == pytest.approx([0.0, 0.71], abs=0.02)
    swing[..., LIPS] = swing[..., HEAD[:1]]
    assert intensities(swing)[0, 0] == 0.0


def test_branches_do_not_train_each_other():
    fresh = network("fantasytalking")
    terms = fresh.loss(fresh.standardised(collate([lively(seed) for seed in range(2)])))
    (terms["lips-motion"] + terms["lips-velocity"]).backward()
    assert all(weight.grad is None for weight in fresh.clip.parameters())
    assert change(fresh.speak.weight.grad, torch.zeros(())) > 0

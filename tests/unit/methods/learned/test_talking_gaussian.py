"""Mechanism of talking-gaussian: face and inside of the mouth share nothing; the face is told its upper part."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.talking_gaussian import FACE, INSIDE, UNITS, TwoBranches, upper_face
from echo_bench.spaces import ARKIT
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

BLINK, BROW, SMILE, JAW = (
    ARKIT.index(name) for name in ("eyeBlinkLeft", "browInnerUp", "mouthSmileLeft", "jawOpen")
)  # fmt: skip


def talking(seed: int, garbage: bool = False) -> Example:
    """The jaw follows the voice, lids blink when they like; the face may be garbage."""
    base, rng = example(seed, 80), np.random.default_rng(seed)
    target = 0.2 * np.sin(np.arange(80)[:, None] / 9 + rng.uniform(0, 6, 61))
    voice = np.repeat(base.inputs.avatar_audio[:, :1], 52, axis=1)
    target[:, INSIDE] = 0.3 * voice[:, :1]
    target[:, BLINK : BLINK + 2] = (rng.random(80) < 0.2)[:, None]
    if garbage:
        target[:, FACE] = rng.normal(size=(80, len(FACE)))
    return replace(base, inputs=replace(base.inputs, avatar_audio=voice), target=target.astype(np.float32))


@pytest.fixture(scope="module")
def net():
    return trained("talking-gaussian", [talking(seed) for seed in range(6)], 60, window=40, rate=8e-3)


def test_what_the_face_learns_changes_nothing_inside_the_mouth(net):
    """Another face in training, other steps of one branch, not a bit of the other."""
    other = trained("talking-gaussian", [talking(seed, garbage=True) for seed in range(6)], 60, window=40, rate=8e-3)
    given = batch(net, 60)
    one, two = drawn(net, given), drawn(other, given)
    assert one[..., INSIDE].equal(two[..., INSIDE])
    assert change(one[..., FACE], two[..., FACE]) > 0.05


def test_losses_are_of_one_branch_each():
    fresh = network("talking-gaussian")
    terms = fresh.loss(fresh.standardised(collate([talking(seed) for seed in range(2)])))
    terms["mouth-motion"].backward()
    assert all(weight.grad is None for part in (fresh.by_voice, fresh.by_units) for weight in part.parameters())
    assert fresh.persistent.grad[FACE].abs().max() == 0
    assert fresh.persistent.grad[INSIDE].abs().min() > 0


def test_the_upper_face_is_followed_and_the_mouth_is_not(net):
    """A blink that is asked for closes the lids and leaves jaw and tongue where the voice has them."""
    given = batch(net, 60)
    units = torch.zeros(1, 60, len(UNITS))
    units[:, 30:36, list(UNITS).index("AU45")] = 2.0
    with torch.inference_mode():
        still, blinking = net.sample(given, chance()), net.sample(given, chance(), units=units)
    moved = blinking - still
    assert moved[0, 30:36, BLINK].mean() > 0.5  # of 2; without a way from what is told it is 0
    assert moved[0, :30].abs().max() == 0
    assert moved[..., INSIDE].abs().max() == 0


def test_the_voice_opens_the_jaw(net):
    clip = talking(70)
    given = replace(batch(net, 80), avatar_audio=net.audio(torch.from_numpy(clip.inputs.avatar_audio))[None])
    truth = net.motion(torch.from_numpy(clip.target))
    made = drawn(net, given)[0]
    assert np.corrcoef(made[:, JAW], truth[:, JAW])[0, 1] > 0.9
    assert change(drawn(net, without(given, "avatar_audio"))[0, :, JAW], made[:, JAW]) > 0.5


def test_a_head_that_persists_is_there_first():
    made = drawn(TwoBranches().eval(), batch(network("talking-gaussian"), 40))
    assert made.abs().max() == 0


def test_units_are_means_of_columns():
    motion = torch.zeros(1, 1, 61)
    motion[..., [BLINK, BROW, SMILE]] = 1.0
    assert dict(zip(UNITS, upper_face(motion)[0, 0].tolist(), strict=True)) == {
        "AU01": 1.0, "AU02": 0.0, "AU04": 0.0, "AU05": 0.0, "AU06": 0.0, "AU07": 0.0, "AU45": 0.5,
    }  # fmt: skip
    assert sorted(FACE + INSIDE) == list(range(52))

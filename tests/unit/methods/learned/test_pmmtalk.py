"""Mechanism of pmmtalk: two streams made from the voice tell more than the sound of the moment does."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.pmmtalk import PAST, REACH, UNITS, context
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

PHONES = np.array([[3, 3], [-3, -3], [3, -3], [-3, 3]], np.float32)
FRAMES = 80


def speaking(seed: int) -> Example:
    """Lips follow what was heard longer ago than attention reaches; brows the kind of phone 3 frames ago."""
    base, rng = example(seed, FRAMES), np.random.default_rng(seed)
    phones = np.repeat(rng.integers(0, 4, FRAMES // 4), 4)
    sound, walk = np.zeros((FRAMES, 4, 13)), rng.normal(size=FRAMES)
    sound[:, :, 0] = walk[:, None]
    sound[:, :, 1:3] = (PHONES[phones] + 0.3 * rng.normal(size=(FRAMES, 2)))[:, None]
    late = np.convolve(walk, np.arange(PAST) > REACH)[:FRAMES] / 2
    target = np.full((FRAMES, 61), 0.3, np.float32)
    target[:, LIPS] += 0.2 * late[:, None]
    target[:, :12] += 0.2 * np.roll(np.sign(PHONES[phones].prod(1)), 3)[:, None]
    return replace(
        base,
        inputs=replace(base.inputs, avatar_audio=sound.reshape(FRAMES, 52).astype(np.float32)),
        target=target.astype(np.float32),
    )


def test_the_talking_head_is_the_ridge_regression_of_lips():
    examples = [speaking(seed) for seed in range(6)]
    net = network("pmmtalk", examples)
    clip = speaking(40)
    told = context(net.audio(torch.from_numpy(clip.inputs.avatar_audio))[None])[0] @ net.sight
    true = net.motion(torch.from_numpy(clip.target))[:, LIPS]
    assert (told - true)[PAST:].square().mean() < 0.1 * true.square().mean()
    assert not net.sight.requires_grad


def test_the_recogniser_writes_the_phone():
    """No unit is of two phones."""
    examples = [speaking(seed) for seed in range(6)]
    net = network("pmmtalk", examples)
    owners: dict[int, set[int]] = {}
    for clip in examples:
        rows = context(net.audio(torch.from_numpy(clip.inputs.avatar_audio))[None])[0, :, :13]
        written = torch.cdist(rows, net.units).argmin(-1)
        sign = clip.inputs.avatar_audio.reshape(-1, 4, 13)[:, :, 1:3].mean(1) > 0
        for unit, (one, other) in zip(written.tolist(), sign, strict=True):
            owners.setdefault(unit, set()).add(2 * int(one) + int(other))
    assert UNITS // 2 < len(owners) <= UNITS
    assert all(len(phones) == 1 for phones in owners.values())


def test_each_stream_that_is_missing_costs():
    """None is better than without text, which is better than without the talking head."""
    net = trained("pmmtalk", [speaking(seed) for seed in range(24)], 80, window=40, batch=8, rate=4e-3)
    given = net.standardised(collate([speaking(40), speaking(41)]))
    with torch.inference_mode():
        errors = [
            float((net.sample(given, chance(), without=missing) - given.target)[:, 10:, :52].square().mean())
            for missing in ((), ("text",), ("visual",), ("visual", "text"))
        ]
    assert errors[0] < 0.9 * errors[1]
    assert errors[1] < 0.8 * errors[2]
    assert errors[3] > errors[1]


def test_head_and_eyes_stay_and_the_voice_is_heard():
    net = network("pmmtalk")
    given = batch(net, 60)
    made = drawn(net, given)
    assert made[..., 52:].abs().max() == 0
    assert change(made, drawn(net, without(given, "avatar_audio"))) > 1e-3

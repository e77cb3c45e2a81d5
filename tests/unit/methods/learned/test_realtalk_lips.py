"""Mechanism of realtalk-lips: lips from a bank of the person's own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch

from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.realtalk_lips import POSTURES
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without


def mumbling(seed: int) -> Example:
    """Lips follow the voice around a posture of the person's own; there are four people."""
    base, person = example(seed, 80), np.random.default_rng(seed % 4)
    way = np.random.default_rng(9).normal(size=61)
    target = person.normal(size=61) + 0.5 * base.inputs.avatar_audio[:, :1] * way
    return replace(base, target=target.astype(np.float32))


def test_lips_are_a_mean_of_the_bank():
    net = network("realtalk-lips")
    given = batch(net, 60)
    bank = torch.randn(1, POSTURES, len(LIPS))
    shares = net.weights(given.avatar_audio, bank)
    torch.testing.assert_close(shares.sum(-1), torch.ones(1, 60))
    with torch.inference_mode():
        lips = net.sample(given, chance(), bank=bank)[..., LIPS]
    assert (lips <= bank.amax(1, keepdim=True) + 1e-5).all()
    assert (lips >= bank.amin(1, keepdim=True) - 1e-5).all()
    torch.testing.assert_close(lips, shares @ bank)


def test_nothing_but_lips_is_moved_and_the_voice_moves_them():
    net = network("realtalk-lips")
    given = batch(net, 60)
    made, silent = drawn(net, given), drawn(net, without(given, "avatar_audio"))
    rest = [k for k in range(61) if k not in LIPS]
    assert made[..., rest].abs().max() == 0
    assert change(made, silent) > 1e-3


def test_the_own_bank_is_better_than_everybodys():
    net = trained("realtalk-lips", [mumbling(seed) for seed in range(8)], 60, window=60)
    errors = {"own": 0.0, "common": 0.0}
    for person in range(4):
        clip = mumbling(40 + person)
        truth = net.motion(torch.from_numpy(clip.target))[None, :, LIPS]
        own = net.motion(torch.from_numpy(mumbling(80 + person).target))[
            None, ::3, LIPS
        ]  # other words of the same person
        given = replace(batch(net, 80), avatar_audio=net.audio(torch.from_numpy(clip.inputs.avatar_audio))[None])
        for name, bank in (("own", own), ("common", None)):
            with torch.inference_mode():
                errors[name] += float((net.sample(given, chance(), bank=bank)[..., LIPS] - truth).pow(2).mean())
    assert errors["own"] < 0.5 * errors["common"]

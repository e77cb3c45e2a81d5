"""Mechanism of dice-talk: emotions without identity, answered by a bank that they share."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import EMOTIONS, Example, draw
from echo_bench.methods.learned.dice_talk import CODE, SLOTS
from echo_bench.methods.learned.emotion import level_and_spread
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

FEELINGS = {"joy": 0, "amusement": 1, "sadness": 2, "concern": 3}  # two related pairs
KINDS = [EMOTIONS.index(name) for name in FEELINGS]
SHARED = slice(27, 33), slice(12, 18)  # what related emotions have in common
WHO = slice(52, 58)  # by which people differ


def moody(seed: int) -> Example:
    """A posture of the emotion, alike in related ones, upon the posture of a person; the voice moves the jaw."""
    base, feeling = example(seed, 40), seed % 4
    target = np.full((40, 61), 0.2, np.float32)
    target[:, WHO] += 0.4 * np.random.default_rng(100 + seed // 4).normal(size=6)
    target[:, SHARED[feeling // 2]] += 0.4
    target[:, 5 + feeling] += 0.4
    target[:, 24] = 0.1 * base.inputs.avatar_audio[:, 0]
    return replace(base, target=target, emotion=np.full(40, KINDS[feeling]))


@cache
def taught():
    return trained("dice-talk", [moody(seed) for seed in range(48)], 100, window=30, batch=12)


def acted(actor: int, feeling: int, seed: int = 0) -> torch.Tensor:
    """A voice under an emotion by somebody in a posture of the emotion joy, who was not trained on: standardised motion."""
    net = taught()
    posture = net.motion(torch.from_numpy(moody(400 + actor).target[:1]))
    with torch.inference_mode():
        return net.sample(batch(net, 40), chance(seed), emotion=torch.tensor([KINDS[feeling]]), actor=posture)


@pytest.mark.parametrize("feeling", range(4))
def test_another_actor_shows_the_same_emotion(feeling):
    """Logits of the judge change far less with the actor than with the emotion."""
    net = taught()
    one, other = (net.judge(acted(4 * actor, feeling))[0, KINDS] for actor in (0, 1))
    opposite = net.judge(acted(0, (feeling + 2) % 4))[0, KINDS]
    assert (one - other).norm() < 0.2 * (one - opposite).norm()
    assert one.argmax() // 2 == other.argmax() // 2 == feeling // 2


def test_the_actor_is_seen():
    one, other = acted(0, 0), acted(4, 0)
    assert change(one[..., WHO], other[..., WHO]) > 0.3


def test_related_emotions_ask_the_same_slots():
    net = taught()
    rows = net.shares(net.usual[KINDS, :CODE]).detach()
    assert rows.shape == (4, SLOTS)
    torch.testing.assert_close(rows.sum(-1), torch.ones(4))
    alike = np.corrcoef(rows)
    assert min(alike[0, 1], alike[2, 3]) > alike[:2, 2:].max() + 0.2


def test_one_emotion_is_more_than_one_motion():
    assert change(acted(0, 0, seed=1), acted(0, 0, seed=2)) > 1e-3
    assert acted(0, 0, seed=1).equal(acted(0, 0, seed=1))


def test_the_nearest_slots_go_to_the_codes_and_not_the_codes_to_them():
    net = network("dice-talk")
    windows = net.standardised(draw([moody(seed) for seed in range(4)], 3, 30, np.random.default_rng(0)))
    net.loss(windows)["bank"].backward()
    code = net.recognise(level_and_spread(windows.target))[:, :CODE]
    apart = torch.cdist(code, net.bank)
    nearest = apart.argmin(-1)
    assert net.bank.grad.abs().sum(-1).nonzero()[:, 0].tolist() == sorted(set(nearest.tolist()))
    assert all(weight.grad is None for weight in net.recognise.parameters())
    moved = torch.cdist(code, net.bank - 10 * net.bank.grad)
    assert (moved.amin(-1) < apart.amin(-1)).all()


def test_the_voice_is_heard():
    net = network("dice-talk")
    given = replace(batch(net, 60), reference=torch.zeros(1, 1, 61))
    assert change(drawn(net, given), drawn(net, without(given, "avatar_audio"))) > 1e-3


def test_without_an_actor_the_mean_posture_acts():
    net = network("dice-talk")
    given = batch(net, 60)
    unseen, mean = (drawn(net, replace(given, reference=torch.full((1, 1, 61), value))) for value in (torch.nan, 0.0))
    assert unseen.equal(mean)

"""Mechanism of mcnet: a copy of the driving motion, and a memory that makes up for it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.mcnet import SLOTS
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, drawn, example, trained

PEOPLE, FRAMES = 4, 60
LOST = slice(20, 40)  # columns that the driving motion does not show
FROM_SEEN = np.random.default_rng(5).normal(size=(6, 20)) / 2


def driven(seed: int) -> Example:
    """A face that moves as the driving one does, with features of its own; of the driving one a part is hidden.

    What is hidden follows from what is seen in the same way in everybody: that is what a memory of faces can know.
    """
    base, rng = example(seed, FRAMES), np.random.default_rng(seed)
    own = np.random.default_rng(1000 + seed % PEOPLE).normal(size=61)
    target = 0.5 * np.sin(np.arange(FRAMES)[:, None] / 5 + rng.uniform(0, 6, 61))
    target[:, LOST] = target[:, :6] @ FROM_SEEN
    driving = target.copy()
    driving[:, LOST] = 0.0
    target, driving = (rows.astype(np.float32) for rows in (target + own, driving + own.mean()))
    return replace(base, inputs=replace(base.inputs, user_motion=driving, reference=target[0]), target=target)


@pytest.fixture(scope="module")
def net():
    return trained("mcnet", [driven(seed) for seed in range(12)], 80, window=30, batch=8, rate=6e-3)


def errors(net, seed: int, look: int) -> tuple[float, float]:
    """Squared error of the copy and of what is made of it under the look of a clip."""
    given = net.standardised(collate([driven(seed)]))
    looked = replace(given, reference=net.standardised(collate([driven(look)])).reference)
    return float(F.mse_loss(given.user_motion, given.target)), float(F.mse_loss(drawn(net, looked), given.target))


def test_the_memory_makes_up_for_what_a_copy_lacks(net):
    """People of the train split under motion that was not trained on."""
    copied, made = np.mean([errors(net, seed, seed) for seed in range(40, 48)], axis=0)
    assert made < 0.3 * copied


def test_the_identity_is_that_of_the_look(net):
    own = np.mean([errors(net, seed, seed)[1] for seed in range(40, 44)])
    strange = np.mean([errors(net, seed, seed + 1)[1] for seed in range(40, 44)])
    assert strange > 2 * own


def test_an_empty_memory_leaves_the_copy_and_a_constant():
    """All that compensates comes through the memory: with all slots alike nothing of the driving frame tells them apart."""
    net = network("mcnet")
    given = batch(net, FRAMES)
    look = given.reference.nan_to_num()
    _, shares, _ = net.read(given.user_motion, look)
    torch.testing.assert_close(shares.sum(-1), torch.ones(1, FRAMES))
    assert change(shares, torch.full((), 1 / SLOTS)) > 1e-3
    with torch.no_grad():
        net.memory.copy_(net.memory[:1].expand_as(net.memory))
    torch.testing.assert_close(net.read(given.user_motion, look)[1], torch.full((1, FRAMES, SLOTS), 1 / SLOTS))


def test_shares_are_those_of_attention_to_the_modulated_memory():
    """The short form against the long one, with a memory for each frame."""
    net = network("mcnet")
    given = batch(net, 10)
    look = given.reference.nan_to_num()
    found, shares, seen = net.read(given.user_motion, look)
    code = net.identify(torch.cat([look.expand_as(given.user_motion), given.user_motion], dim=-1))
    scale, shift = code[0, :, None].chunk(2, dim=-1)
    memory = (1 + scale) * net.memory + shift
    logits = torch.einsum("td,tsd->ts", net.ask(seen)[0], net.key(memory)) / memory.shape[-1] ** 0.5
    torch.testing.assert_close(shares[0], logits.softmax(-1), atol=1e-4, rtol=1e-3)
    read = torch.einsum("ts,tsd->td", shares[0], net.value(memory))
    torch.testing.assert_close(found[0], read, atol=1e-4, rtol=1e-3)


def test_a_clip_without_a_look_is_made_with_the_mean_face():
    net = network("mcnet")
    given = batch(net)
    blind, mean = (replace(given, reference=torch.full_like(given.reference, value)) for value in (torch.nan, 0.0))
    assert drawn(net, blind).equal(drawn(net, mean))

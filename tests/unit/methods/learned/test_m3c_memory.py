"""Mechanism of m3c-memory: what was planted long ago is recalled by its cue, and changes what is felt."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.m3c_memory import BEST, GAP, SEEN, STRETCH, recalled
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, corpus, drawn, trained

STRETCHES, FACT, ASKED = 12, 2, 10


def conversation(net, fact: float, seed: int = 0, cue: bool = True) -> Batch:
    """Stretches that are unlike each other. In one the user gives a cue, and a fact is said; much later the cue comes again."""
    rng = torch.Generator().manual_seed(seed)
    levels = torch.randn(STRETCHES, SEEN, generator=rng)
    if cue:
        levels[ASKED] = levels[FACT] + 0.3 * torch.randn(SEEN, generator=rng)
    seen = levels.repeat_interleave(STRETCH, dim=0)[None] + 0.2 * torch.randn(
        1, STRETCHES * STRETCH, SEEN, generator=rng
    )
    user_motion, user_audio, avatar_audio = seen.split([61, 52, 52], dim=-1)
    said = avatar_audio.clone()
    said[:, FACT * STRETCH : (FACT + 1) * STRETCH, :10] += fact
    return replace(batch(net, STRETCHES * STRETCH), user_motion=user_motion, user_audio=user_audio, avatar_audio=said)


def best(net, given: Batch) -> torch.Tensor:
    """The stretch that each stretch recalls first, (N,)."""
    seen = torch.cat([given.user_motion, given.user_audio, given.avatar_audio], dim=-1)
    return recalled(torch.nn.functional.normalize(net.embed(net.stretches(seen)), dim=-1))[0][0, :, 0]


@pytest.fixture(scope="module")
def net():
    return trained("m3c-memory", corpus(6, 160), 15, window=100)


def test_a_planted_fact_is_recalled_by_its_cue(net):
    """Recall at 1 over conversations, against those in which the cue does not come again."""
    again = [int(best(net, conversation(net, 1.0, seed))[ASKED]) == FACT for seed in range(20)]
    without = [int(best(net, conversation(net, 1.0, seed, cue=False))[ASKED]) == FACT for seed in range(20)]
    assert sum(again) == 20
    assert sum(without) < 8


def test_the_fact_changes_what_is_felt_when_the_cue_comes_again(net, monkeypatch):
    """In the stretch after the cue; without memory nothing of the fact is left there."""
    both = [conversation(net, fact) for fact in (2.0, -2.0)]
    after = slice((ASKED + 1) * STRETCH, None)
    with torch.inference_mode():
        (motion, felt), (other, other_felt) = map(net, both)
        monkeypatch.setattr(net, "remembered", lambda seen: seen.new_zeros(*seen.shape[:2], 96))
        forgetful = [net(given)[1][:, after] for given in both]
    assert change(felt[:, after], other_felt[:, after]) > 1e-2
    assert change(motion[:, after], other[:, after]) > 1e-4
    assert change(*forgetful) == 0


def test_what_is_not_recalled_is_not_known(net):
    """A stretch that nobody recalls may be another: nothing changes but its own present."""
    given = conversation(net, 1.0)
    seen = torch.cat([given.user_motion, given.user_audio, given.avatar_audio], dim=-1)
    which, _ = recalled(torch.nn.functional.normalize(net.embed(net.stretches(seen)), dim=-1))
    asked = which[0, GAP + BEST - 1 :].unique().tolist()
    lonely = next(n for n in range(STRETCHES - 3, 0, -1) if n not in asked)
    start, end = lonely * STRETCH, (lonely + 1) * STRETCH
    sound = given.user_audio.clone()
    sound[:, start:end] += 0.02
    moved = (drawn(net, replace(given, user_audio=sound)) - drawn(net, given))[0].abs().amax(-1)
    assert moved[start:end].min() > 1e-6
    assert moved[end + STRETCH :].max() < 1e-6  # the stretch after it asks with the changed one


def test_weights_are_of_what_is_old_enough():
    embedded = torch.nn.functional.normalize(torch.randn(2, 8, 5, generator=torch.Generator().manual_seed(1)), dim=-1)
    which, weights = recalled(embedded)
    for n in range(8):
        there = weights[:, n] > 0
        assert (which[:, n][there] <= n - GAP).all()
        assert weights[:, n].sum(-1).tolist() == pytest.approx([float(n >= GAP)] * 2, abs=1e-5)
        assert there.sum(-1).tolist() == [min(BEST, max(0, n - GAP + 1))] * 2


def test_training_makes_a_blurred_stretch_easier_to_find(net):
    """The loss that trains the embedding falls; without it in the sum the embedding would stay as it was."""
    given = [conversation(net, 0.0, seed, cue=False) for seed in range(3)]
    seen = torch.cat([torch.cat([g.user_motion, g.user_audio, g.avatar_audio], dim=-1) for g in given])
    fresh = network("m3c-memory")
    torch.manual_seed(0)
    with torch.inference_mode():
        assert net.found_again(seen) < fresh.found_again(seen)


@pytest.mark.parametrize("frames", [1, STRETCH - 1, STRETCH, 3 * STRETCH + 1])
def test_short_clips_have_little_to_recall(frames, net):
    assert drawn(net, batch(net, frames)).shape == (1, frames, 61)

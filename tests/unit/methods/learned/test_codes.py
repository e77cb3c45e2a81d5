"""Mechanisms of the methods that draw codes: l2l-vq, teller-rvq; and of arig, which draws tokens without any."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned import arig, l2l_vq, teller_rvq
from echo_bench.methods.learned.corpus import collate
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, corpus, drawn, example, trained, without


def truth(net, frames=160):
    """True motion of the corpus, standardised."""
    return net.motion(torch.stack([torch.from_numpy(clip.target[:frames]) for clip in corpus(6, frames)]))


def perplexity(indices, codes):
    share = F.one_hot(indices.flatten(), codes).float().mean(0)
    return float((-(share * (share + 1e-9).log()).sum()).exp())


def test_l2l_uses_its_codebook():
    net = trained("l2l-vq", corpus(), 40, window=80)
    indices = net.codes.nearest(net.encode(truth(net).transpose(1, 2)).transpose(1, 2))
    assert indices.shape == (6, 20)
    assert perplexity(indices, l2l_vq.CODES) > 6  # of 120 chunks in which little but a smile and the head moves


def test_l2l_draws_among_the_likeliest_codes_only(monkeypatch):
    """With one candidate left there is no chance; with all of them, there is."""
    net = network("l2l-vq")
    given = batch(net)
    assert change(drawn(net, given, 0), drawn(net, given, 1)) > 1e-3
    monkeypatch.setattr(l2l_vq, "HOTTEST", 1)
    assert torch.equal(drawn(net, given, 0), drawn(net, given, 1))


@pytest.mark.parametrize("name", ["l2l-vq", "teller-rvq", "arig"])
@pytest.mark.parametrize("stream", ["user_motion", "user_audio", "avatar_audio"])
def test_each_track_is_seen_by_the_predictor(name, stream):
    net = network(name)
    given = batch(net)
    assert change(net.seen(given), net.seen(without(given, stream))) > 1e-3


@pytest.mark.parametrize(("name", "chunk"), [("teller-rvq", teller_rvq.CHUNK), ("arig", arig.CHUNK)])
def test_the_order_of_frames_within_a_chunk_is_heard(name, chunk):
    """Lips within a chunk need it; a mean over the chunk would lose it."""
    net = network(name)
    given = batch(net, 4 * chunk)
    turned = given.avatar_audio.reshape(1, 4, chunk, -1).flip(2).reshape(given.avatar_audio.shape)
    other = type(given)(given.user_motion, given.user_audio, turned, given.reference, given.target, given.emotion)
    assert change(net.seen(given), net.seen(other)) > 1e-2


def test_every_level_of_teller_leaves_a_smaller_error():
    net = trained("teller-rvq", corpus(), 60, window=80)
    tokens = net.encode(truth(net).reshape(6, -1, teller_rvq.CHUNK * 61))
    indices = net.codes(tokens)[1]
    so_far, errors = torch.zeros_like(tokens), [float(tokens.pow(2).mean())]
    for level in range(teller_rvq.LEVELS):
        so_far = so_far + net.codes.level(level, indices[..., level])
        errors.append(float((tokens - so_far).pow(2).mean()))
    assert all(after < before for before, after in pairwise(errors))
    assert errors[-1] < 0.5 * errors[0]


@pytest.mark.parametrize(("name", "width"), [("teller-rvq", teller_rvq.CODE), ("arig", arig.CHUNK * 61)])
def test_what_was_drawn_is_read_back_in_and_only_later(name, width):
    net = network(name)
    shown, seen = torch.randn(1, 12, width), net.seen(batch(net, 60))[:, :12]
    other = shown.clone()
    other[:, 6] = 0
    moved = (net.state(shown, seen) - net.state(other, seen)).abs().amax(dim=(0, 2))
    assert moved[:6].max() == 0
    assert moved[6:].min() > 1e-5


def test_tokens_of_arig_are_continuous():
    """No two tokens that are drawn are equal, as codes would be."""
    net = network("arig")
    tokens = drawn(net, batch(net, 50))[0].reshape(-1, arig.CHUNK * 61)
    apart = torch.cdist(tokens, tokens) + torch.eye(len(tokens)) * 1e9
    assert apart.min() > 1e-3


def test_arig_knows_who_speaks():
    net = trained("arig", corpus(), 100, window=80)
    given = net.standardised(collate([example(seed) for seed in range(50, 54)]))
    tokens = F.pad(given.target.reshape(4, -1, arig.CHUNK * 61), (0, 0, 1, -1))
    told = net.states(net.state(tokens, net.seen(given))) > 0
    loud = torch.stack([given.user_audio[..., 0], given.avatar_audio[..., 0]], dim=-1)
    speaking = loud.reshape(4, -1, arig.CHUNK, 2).mean(2) > 0
    assert (told == speaking).float().mean() > 0.65  # half by chance

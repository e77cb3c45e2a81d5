"""Mechanism of amuse: content, emotion and style of a voice, each of which can be exchanged."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn import functional as F

from echo_bench.methods.learned.amuse import LATENT, REST
from echo_bench.methods.learned.corpus import EMOTIONS, Example
from echo_bench.methods.learned.lips import LIPS
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, example

KINDS = [EMOTIONS.index(name) for name in ("joy", "sadness")]


def made(net: nn.Module, **exchanged: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        return net.sample(batch(net, 60), chance(), **exchanged)


def test_the_emotion_of_another_voice_moves_all_but_the_lips():
    net, latent = network("amuse"), torch.randn(1, LATENT, generator=chance(1))
    own, felt = made(net), made(net, emotion=latent)
    assert felt[..., LIPS].equal(own[..., LIPS])
    assert (felt - own)[..., REST].abs().amax((0, 1)).min() > 1e-3


def test_so_does_the_style_in_another_way():
    net, latent = network("amuse"), torch.randn(1, LATENT, generator=chance(1))
    own, styled = made(net), made(net, style=latent)
    assert styled[..., LIPS].equal(own[..., LIPS])
    assert change(styled, own) > 1e-3
    assert change(styled, made(net, emotion=latent)) > 1e-3


def test_other_words_move_the_lips_under_the_same_emotion():
    net = network("amuse")
    given = batch(net, 60)
    with torch.inference_mode():
        latents = {"emotion": net.emotion(given.avatar_audio), "style": net.style(given.avatar_audio)}
        own, other = (net.sample(words, chance(), **latents) for words in (given, batch(net, 60, seed=51)))
    assert change(own[..., LIPS], other[..., LIPS]) > 1e-2


def test_latents_are_of_the_own_voice_where_none_is_given():
    net = network("amuse")
    voice = batch(net, 60).avatar_audio
    with torch.inference_mode():
        assert made(net, emotion=net.emotion(voice), style=net.style(voice)).equal(made(net))


def test_content_keeps_nothing_that_lasts():
    content = network("amuse").content(batch(network("amuse"), 60).avatar_audio)
    assert content.mean(dim=1).abs().max() < 1e-5
    torch.testing.assert_close(content.std(dim=1, unbiased=False), torch.ones(1, 52), rtol=1e-2, atol=1e-2)


def test_the_rest_is_told_the_lips():
    """Other noise for the lips alone, and all else goes with what they become."""
    net = network("amuse")
    given = batch(net, 30)
    content, x = net.content(given.avatar_audio), torch.randn(1, 30, len(REST), generator=chance())
    one, other = (torch.randn(1, 30, len(LIPS), generator=chance(seed)) for seed in (1, 2))
    with torch.inference_mode():
        moved = [
            net.rest(torch.cat([x, lips], -1), torch.full((1, 30), 0.5), content, given.target, timed=True)
            for lips in (one, other)
        ]
    assert change(*moved) > 1e-3


def voiced(seed: int) -> Example:
    """A voice with an offset of its person and one of its emotion."""
    base = example(seed, 60)
    person, way = np.random.default_rng(100 + seed // 2).normal(size=52), np.random.default_rng(9).normal(size=52)
    offset = person + (seed % 2 - 0.5) * way
    said = (0.5 * base.inputs.avatar_audio + offset).astype(np.float32)
    inputs = replace(base.inputs, avatar_audio=said)
    return replace(base, inputs=inputs, emotion=np.full(60, KINDS[seed % 2]))


@pytest.fixture(scope="module")
def taught() -> nn.Module:
    """The terms of the latents alone, which are quick to learn."""
    torch.manual_seed(0)
    net = network("amuse")
    clips = [voiced(seed) for seed in range(32)]
    net.fit_scales(clips)
    optimiser = torch.optim.AdamW(net.parameters(), 3e-3)
    for step in range(60):
        chosen = np.random.default_rng(step).choice(len(clips), 12, replace=False)
        voice = net.audio(torch.from_numpy(np.stack([clips[k].inputs.avatar_audio for k in chosen])))
        labels = torch.tensor([KINDS[k % 2] for k in chosen])
        terms = net.speech(voice, labels[:, None].expand(-1, 60))
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()
        optimiser.step()
    return net.eval()


def heard(net: nn.Module, seed: int) -> torch.Tensor:
    return net.audio(torch.from_numpy(voiced(seed).inputs.avatar_audio))[None]


@torch.inference_mode()
def test_the_emotion_is_told_from_its_latent(taught):
    told = [int(taught.tell(taught.emotion(heard(taught, seed))).argmax()) for seed in range(200, 220)]
    assert np.mean([kind == KINDS[seed % 2] for seed, kind in zip(range(200, 220), told, strict=True)]) >= 0.9


@torch.inference_mode()
def test_styles_lie_by_person(taught):
    """Two halves of one clip have the nearest styles."""
    first, second = (
        F.normalize(torch.cat([taught.style(heard(taught, seed)[:, part]) for seed in range(200, 220, 2)]), dim=-1)
        for part in (slice(0, 30), slice(30, 60))
    )
    nearest = (first @ second.T).argmax(dim=1)
    assert (nearest == torch.arange(10)).float().mean() >= 0.9


@torch.inference_mode()
def test_a_voice_is_rebuilt_with_the_latents_of_its_own(taught):
    """With the latents of somebody else, the sound is somebody else's."""
    content = taught.content(heard(taught, 200))

    def error(seed: int) -> float:
        whole = torch.cat([taught.emotion(heard(taught, seed)), taught.style(heard(taught, seed))], dim=-1)
        rebuilt = taught.rebuild(torch.cat([content, whole[:, None].expand(-1, 60, -1)], dim=-1))
        return float(F.mse_loss(rebuilt, heard(taught, 200)))

    assert error(200) < 0.7 * error(203)

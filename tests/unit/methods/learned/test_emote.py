"""Mechanism of emote: emotions exchanged between sentences."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import EMOTIONS, Example
from echo_bench.methods.learned.emote import LATENT, STEP, about_mean
from echo_bench.methods.learned.emotion import KINDS
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, drawn, example, trained, without

JAW, BROW = 24, 2
FEELINGS = [EMOTIONS.index(name) for name in ("joy", "sadness")]


def moody(seed: int) -> Example:
    """The jaw follows the voice, slowly; the joyful smile, the sad raise their inner brows, and both sound like it."""
    base, which = example(seed, 64), seed % 2
    said = base.inputs.avatar_audio.copy()
    said[:] = np.sin(np.arange(64)[:, None] / 3 + np.random.default_rng(seed).uniform(0, 6)) + which
    target = np.full((64, 61), 0.2, np.float32)
    target[:, JAW] += 0.15 * said[:, 0]
    target[:, (SMILE, BROW)[which]] += 0.4
    emotion = np.full(64, FEELINGS[which])
    return replace(base, inputs=replace(base.inputs, avatar_audio=said), target=target, emotion=emotion)


@cache
def taught():
    return trained("emote", [moody(seed) for seed in range(16)], 80, window=60, batch=8)


def spoken(seed: int, which: int) -> torch.Tensor:
    """The sentence of a clip that was not trained on, under an emotion: standardised motion (1, 64, 61)."""
    net = taught()
    voice = net.audio(torch.from_numpy(moody(seed).inputs.avatar_audio))[None]
    with torch.inference_mode():
        return net.sample(
            replace(batch(net, 64), avatar_audio=voice),
            torch.Generator(),
            emotion=F.one_hot(torch.tensor([FEELINGS[which]]), KINDS).float(),
        )


def truth(seed: int) -> torch.Tensor:
    return taught().motion(torch.from_numpy(moody(seed).target))[None]


@pytest.mark.parametrize("seed", range(50, 54))
def test_lips_say_the_words_whoever_the_emotion_is_of(seed):
    """Lips under the emotion of another clip are nearer to those of the words than to those of that clip."""
    other = seed + 1
    made = about_mean(spoken(seed, other % 2))[..., JAW]
    to_words, to_emotion = (float((made - about_mean(truth(k))[..., JAW]).pow(2).mean()) for k in (seed, other))
    assert to_words < 0.5 * to_emotion


def test_the_whole_shows_the_emotion_it_was_given():
    """A judge that learned from true motion alone finds the exchanged emotion in at least nine clips of ten."""
    judged = [int(taught().judge(spoken(seed, (seed + 1) % 2)).argmax()) for seed in range(50, 70)]
    right = [FEELINGS[(seed + 1) % 2] for seed in range(50, 70)]
    assert np.mean(np.equal(judged, right)) >= 0.9
    seen = [int(taught().judge(truth(seed)).argmax()) for seed in range(50, 70)]
    assert seen == [FEELINGS[seed % 2] for seed in range(50, 70)]


def test_an_exchange_teaches_speech_and_not_the_judge():
    """Of the exchanged sentence the weights of speech learn, and those of the judge do not."""
    net = network("emote")
    motion = net.decode(net.speak(torch.randn(2, 20, 52), torch.eye(KINDS)[:2]), 20)
    net.judge.fixed(motion).sum().backward()
    assert net.feel.weight.grad.abs().sum() > 0
    assert all(weight.grad is None for weight in net.judge.parameters())


@pytest.mark.parametrize("frames", [1, 4, 7, 60])
def test_a_latent_stands_for_four_frames(frames):
    net = network("emote")
    latents = net.speak(torch.randn(1, frames, 52), torch.zeros(1, KINDS))
    assert latents.shape == (1, LATENT, -(-frames // STEP))
    assert net.decode(latents, frames).shape == (1, frames, 61)


def test_the_voice_is_heard():
    net = network("emote")
    given = batch(net, 60)
    assert change(drawn(net, given), drawn(net, without(given, "avatar_audio"))) > 1e-3

"""Mechanism of mocha: a window of speech, and tags of turns."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example, collate
from echo_bench.methods.learned.diffusion_trunk import HEADS, WIDTH, Level
from echo_bench.methods.learned.mocha import TAGS, WINDOW, MochaNetwork, tagged, turns
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, example, trained, without

JAW, FRAMES, TURN = 24, 48, 24


@pytest.mark.parametrize("width", [WINDOW, 1, 9])
def test_attention_outside_the_window_is_nothing(width):
    """Values that are one in one frame and zero elsewhere show the attention to it."""
    net = network("mocha")
    denoise = net.levels[0]
    denoise.diagonal = width
    look, bias = denoise.blocks[0].look, denoise.sound_bias(30)
    with torch.no_grad():
        rows, heard = torch.randn(1, 30, WIDTH), torch.randn(1, 30, WIDTH)
        before = look(rows, heard, bias)
        for frame in (0, 13, 29):
            other = heard.clone()
            other[:, frame] += 1.0
            changed = (look(rows, other, bias) - before).abs().amax((0, 2))
            near = (torch.arange(30) - frame).abs() <= width
            assert changed[~near].max() == 0
            assert changed[near].min() > 0
    assert bias.shape == (HEADS, 30, 30)


def test_turns_are_of_whoever_is_louder():
    loud, soft = torch.full((1, 50, 52), 1.0), torch.full((1, 50, 52), -1.0)
    first, second = (torch.cat([one[:, :25], other[:, :25]], 1) for one, other in ((loud, soft), (soft, loud)))
    whose = turns(first, second)[0]
    assert {TAGS[k] for k in whose[:25]} == {"avatar"}
    assert {TAGS[k] for k in whose[32:]} == {"user"}
    assert {TAGS[k] for k in turns(soft, soft)[0]} == {"nobody"}


def test_speech_is_one_track_with_tags():
    given = batch(network("mocha"), FRAMES)
    whose = torch.arange(FRAMES)[None] % 3
    track = tagged(given, whose).avatar_audio
    for tag, voice in ((0, given.avatar_audio), (1, given.user_audio), (2, given.avatar_audio)):
        here = whose[0] == tag
        assert track[0, here, :52].equal(voice[0, here])
        assert track[0, here, 52:].equal(torch.eye(3)[tag].expand(int(here.sum()), 3))


def conversing(seed: int) -> Example:
    """Two people take turns; the avatar's jaw follows its own voice, and rests while the other speaks."""
    base, rng = example(seed, FRAMES), np.random.default_rng(seed)
    mine = (np.arange(FRAMES) // TURN + seed) % 2 == 0
    voices = []
    for own in (mine, ~mine):
        sound = np.full((FRAMES, 52), -3.0, np.float32)
        sound[own] = 1.0 + 0.3 * rng.normal(size=(int(own.sum()), 52))
        sound[:, 1] = 2.0 * np.sin(np.arange(FRAMES) / 2 + rng.uniform(0, 6))
        voices.append(sound)
    target = np.full((FRAMES, 61), 0.3, np.float32)
    target[:, JAW] = +0.2 * voices[0][:, 1] * mine
    return replace(base, inputs=replace(base.inputs, avatar_audio=voices[0], user_audio=voices[1]), target=target)


def test_the_mouth_moves_in_the_own_turns_whoever_is_heard(monkeypatch):
    """The same speech with the tags exchanged: the jaw moves where it rested, and rests where it moved."""
    monkeypatch.setattr(MochaNetwork, "design", replace(MochaNetwork.design, levels=(Level((JAW,)),)))
    net = trained("mocha", [conversing(seed) for seed in range(8)], 80, window=FRAMES, batch=6, rate=8e-3)
    given = net.standardised(collate([conversing(40)] * 4))
    whose = turns(given.avatar_audio, given.user_audio)
    exchanged = replace(given, avatar_audio=given.user_audio, user_audio=given.avatar_audio)
    with torch.inference_mode():
        told, other = (
            net.generate_turns(each, chance(), tags)[:, :, JAW]
            for each, tags in ((given, whose), (exchanged, 1 - whose))
        )
    moved = torch.stack([part.std(1).mean() for jaw in (told, other) for part in (jaw[:, 2:22], jaw[:, 36:])])
    assert moved[0] > 1.5 * moved[1]
    assert moved[3] > 1.5 * moved[2]


def test_the_voice_is_heard():
    net = network("mocha")
    given = batch(net, FRAMES)
    with torch.inference_mode():
        made, silent = (net.sample(each, chance()) for each in (given, without(given, "avatar_audio", "user_audio")))
    assert change(made, silent) > 1e-3

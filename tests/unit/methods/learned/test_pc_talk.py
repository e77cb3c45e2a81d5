"""Mechanism of pc-talk: neutral lips and what an emotion adds to them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from echo_bench.methods.learned.corpus import EMOTIONS, Example
from echo_bench.methods.learned.emotion import KINDS, NEUTRAL
from echo_bench.methods.learned.lips import LIPS
from echo_bench.methods.learned.pc_talk import REGIONS, USUAL
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, example, trained

JAW, BROW, JOY = 24, 2, EMOTIONS.index("joy")


def shown(kind: int, frames: int = 60) -> torch.Tensor:
    """An emotion throughout a clip, (1, frames, kinds)."""
    return F.one_hot(torch.full((1, frames), kind), KINDS).float()


def made(net, **asked) -> torch.Tensor:
    with torch.inference_mode():
        return net.sample(batch(net, 60), chance(), **asked)


def test_regions_part_the_columns():
    assert sorted(column for columns in REGIONS.values() for column in columns) == list(range(61))


def test_neutral_and_no_intensity_are_lips_alone_to_the_bit():
    net = network("pc-talk")
    with torch.inference_mode():
        lips = net.lips(batch(net, 60).avatar_audio)
    assert made(net, emotion=shown(NEUTRAL)).equal(lips)
    assert made(net, emotion=shown(JOY), intensity=dict.fromkeys(REGIONS, 0.0)).equal(lips)
    assert not made(net, emotion=shown(JOY)).equal(lips)
    assert lips[..., [k for k in range(61) if k not in LIPS]].diff(dim=1).abs().max() == 0
    assert lips[..., LIPS].diff(dim=1).abs().max() > 1e-3


def test_motion_is_linear_in_the_intensity():
    net = network("pc-talk")
    none, half, full, double = (
        made(net, emotion=shown(JOY), intensity=dict.fromkeys(REGIONS, much)) for much in (0.0, 0.5, 1.0, 2.0)
    )
    torch.testing.assert_close(half - none, 0.5 * (full - none), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(double - none, 2.0 * (full - none), rtol=1e-4, atol=1e-5)


def test_regions_add_up_to_the_whole():
    net = network("pc-talk")
    lips = made(net, emotion=shown(NEUTRAL))
    alone = {region: made(net, emotion=shown(JOY), intensity={region: 1.0}) - lips for region in REGIONS}
    torch.testing.assert_close(lips + sum(alone.values()), made(net, emotion=shown(JOY), intensity=USUAL))
    for region, added in alone.items():
        others = [column for column in range(61) if column not in REGIONS[region]]
        assert added[..., others].abs().max() == 0
        assert added[..., REGIONS[region]].abs().max() > 1e-3


def moody(seed: int) -> Example:
    """The jaw follows the voice; the joyful smile and raise their brows, the neutral do not, and nothing that is heard tells which."""
    base, joyful = example(seed, 60), seed % 2
    target = np.full((60, 61), 0.2, np.float32)
    target[:, JAW] = 0.1 * base.inputs.avatar_audio[:, 0]
    target[:, [SMILE, BROW]] += 0.4 * joyful
    return replace(base, target=target, emotion=np.full(60, JOY if joyful else NEUTRAL))


def test_an_emotion_is_learned_apart_from_the_lips():
    net = trained("pc-talk", [moody(seed) for seed in range(32)], 60, window=60, batch=8)
    neutral, joyful = (made(net, emotion=shown(kind))[0].T for kind in (NEUTRAL, JOY))
    for column in (SMILE, BROW):
        assert (joyful - neutral)[column].mean() > 1.5  # of 2 between the emotions
    assert (joyful - neutral)[JAW].std() < 0.4 * neutral[JAW].std()
    voice = batch(net, 60).avatar_audio[0, :, 0]
    assert np.corrcoef(neutral[JAW], voice)[0, 1] > 0.6


@pytest.mark.parametrize("kind", [NEUTRAL, JOY])
def test_the_voice_tells_the_emotion_where_none_is_given(kind, monkeypatch):
    net = network("pc-talk")
    monkeypatch.setattr(net.voice, "forward", lambda voice: 1e4 * (shown(kind, voice.shape[1]) - 1.0))
    assert made(net).equal(made(net, emotion=shown(kind)))

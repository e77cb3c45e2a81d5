"""Mechanism of styletalk: a style clip becomes a code that mixes the kernels of the decoder."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.styletalk import EXPERTS, STYLE
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

JAW = 24


def styled(seed: int) -> Example:
    """The jaw follows the voice; every other person smiles and opens it twice as wide, and nothing that is heard tells who."""
    base, wide = example(seed, 100), seed % 2
    target = np.full((100, 61), 0.2, np.float32)
    target[:, JAW] = (0.1 + 0.1 * wide) * base.inputs.avatar_audio[:, 0]
    target[:, SMILE] = 0.2 + 0.4 * wide
    return replace(base, target=target)


@cache
def taught():
    return trained("styletalk", [styled(seed) for seed in range(8)], 60, window=80, batch=8)


def clip(seed: int) -> torch.Tensor:
    """Standardised style clip (1, 100, 61) of a person."""
    return taught().motion(torch.from_numpy(styled(seed).target))[None]


def test_one_voice_in_two_styles():
    net = taught()
    given = batch(net, 80)
    with torch.inference_mode():
        plain, wide = (net.sample(given, chance(), clip=clip(seed))[0].T for seed in (50, 51))
    assert np.corrcoef(plain[JAW], wide[JAW])[0, 1] > 0.9  # the same words
    assert wide[JAW].std() > 1.4 * plain[JAW].std()
    assert wide[SMILE].mean() - plain[SMILE].mean() > 1.5  # of 2 between the styles


def test_codes_lie_by_person():
    codes = [taught().style(clip(seed)).detach() for seed in (50, 51, 52, 53)]
    within = max(float((codes[k] - codes[k + 2]).norm()) for k in (0, 1))
    between = min(float((codes[j] - codes[k]).norm()) for j in (0, 2) for k in (1, 3))
    assert between > 3 * within


def test_shares_of_experts_sum_to_one_and_the_style_sets_them():
    layer = network("styletalk").layers[0]
    shares = layer.shares(torch.randn(5, STYLE, generator=chance()))
    assert shares.shape == (5, EXPERTS)
    torch.testing.assert_close(shares.sum(-1), torch.ones(5))
    assert shares.std(dim=0).min() > 1e-3


def test_one_expert_alone_is_an_ordinary_layer():
    layer, rows = network("styletalk").layers[0], torch.randn(1, 4, 96, generator=chance())
    with torch.no_grad():
        layer.mix.weight.zero_()
        layer.mix.bias.copy_(torch.tensor([0.0, 0.0, 1e4] + [0.0] * (EXPERTS - 3)))
    alone = rows + torch.nn.functional.gelu(layer.norm(rows) @ layer.inward[2]) @ layer.outward[2]
    torch.testing.assert_close(layer(rows, torch.zeros(1, STYLE)), alone)


@pytest.mark.parametrize("frames", [1, 30, 256])
def test_a_style_clip_is_of_any_length(frames):
    net = network("styletalk")
    assert net.style(torch.randn(2, frames, 61, generator=chance())).shape == (2, STYLE)


def test_without_a_clip_the_usual_style_is_spoken():
    net = taught()
    given = batch(net, 80)
    smile = drawn(net, given)[0, :, SMILE].mean()
    assert -0.9 < smile < 0.9  # between the two people, who are at -1 and 1
    assert change(drawn(net, given), drawn(net, without(given, "avatar_audio"))) > 0.1

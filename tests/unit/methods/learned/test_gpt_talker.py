"""Mechanism of gpt-talker: nothing but discrete tokens of the history, in their order, tells the reply."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.gpt_talker import STRETCH, stretches
from tests.unit.learned.corpora import SMILE
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, change, drawn, example, trained

USER = ("user_motion", "user_audio")


@pytest.fixture(scope="module")
def net():
    """Trained a little, so that codebooks lie on data."""
    return trained("gpt-talker", [answered(seed) for seed in range(6)], 12, window=80)


def answered(seed: int) -> Example:
    """Who is spoken to loudly in one stretch smiles in the next."""
    base, rng = example(seed, 160), np.random.default_rng(seed)
    loud = np.where(rng.random(16) < 0.5, -1.0, 1.0)
    heard = np.repeat(loud, STRETCH)[:, None] + 0.1 * base.inputs.user_audio
    target = np.full((160, 61), 0.2, np.float32)
    target[:, SMILE] = 0.2 + 0.1 * np.repeat(np.roll(loud, 1), STRETCH)
    quiet = 0.1 * base.inputs.avatar_audio
    return replace(
        base, inputs=replace(base.inputs, user_audio=heard.astype(np.float32), avatar_audio=quiet), target=target
    )


def heard(net, seed: int) -> Batch:
    sound = answered(seed).inputs
    streams = {"user_audio": sound.user_audio, "avatar_audio": sound.avatar_audio}
    return replace(batch(net, 160), **{name: net.audio(torch.from_numpy(rows))[None] for name, rows in streams.items()})


def test_the_order_of_a_history_is_read(net):
    """The same stretches in another order are another context, and only from where they differ."""
    given = heard(net, 60)
    tokens = net.tokens(given)[0]
    assert len(tokens[0, 0, 4:10].unique()) > 1
    other = tokens.clone()
    other[..., 4:10] = tokens[..., 4:10].flip(-1)
    with torch.inference_mode():
        one, two = net.context(tokens), net.context(other)
    assert change(one[:, :4], two[:, :4]) < 1e-5
    assert change(one[:, 15], two[:, 15]) > 1e-2


def test_nothing_but_tokens_of_the_history_is_known(net):
    """Histories that round to the same tokens have the same reply; others do not."""
    given = heard(net, 61)
    near = replace(given, **{name: getattr(given, name) + 1e-4 for name in USER})
    far = replace(given, user_audio=given.user_audio.flip(1))
    assert net.tokens(near)[0].equal(net.tokens(given)[0])
    assert drawn(net, near).equal(drawn(net, given))
    assert not net.tokens(far)[0].equal(net.tokens(given)[0])
    assert change(drawn(net, far), drawn(net, given)) > 1e-2


def test_style_and_meaning_are_apart():
    """Livelier sound with the same mean has another style and the same meaning."""
    net = network("gpt-talker")
    given = batch(net, 60)
    rows = stretches(given.user_audio)
    middle = rows.mean(2, keepdim=True)
    livelier = replace(given, user_audio=(middle + 6.0 * (rows - middle)).flatten(1, 2))
    (meaning, style), (same, other) = net.tokens(given)[0], net.tokens(livelier)[0]
    assert meaning.equal(same)
    assert not style.equal(other)


def test_the_last_stretch_is_filled_up():
    rows = torch.arange(13.0)[None, :, None]
    assert stretches(rows)[0, 1, :, 0].tolist() == [10, 11, *[12] * 8]

"""The generator's inputs: what a frame hears, what every token is shown, attention by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from echo_model.config import Switches
from echo_model.generator import Conditions, windows
from echo_model.masks import masks
from echo_model.moves import WHITE
from echo_model.sdcm import attention

from tests.unit.echo_model.small import CONFIG, REGIONS, image, model


def made() -> Conditions:
    rng = torch.Generator().manual_seed(3)
    face, lip = masks(REGIONS, CONFIG.grid)
    return Conditions(
        image(), torch.randn(1, 1, 4, 8, 8, generator=rng), torch.randn(1, 28, CONFIG.audio, generator=rng),
        torch.randn(1, 16, 16, generator=rng), torch.randn(1, 2, 16, generator=rng), face, lip,
    )  # fmt: skip


def clean(net, conditions, previous=None, given=1.0):
    noisy = torch.randn(1, 5, 4, 8, 8, generator=torch.Generator().manual_seed(4))
    previous = torch.ones(1, 2, 4, 8, 8) if previous is None else previous
    with torch.inference_mode():
        return net.generator(noisy, torch.tensor([0.3]), previous, torch.tensor([given]), conditions)


def test_each_frame_hears_its_own_moment():
    """Row t of a sound that counts is heard by frame t in the middle of thirteen."""
    voice = torch.arange(1.0, 29.0).reshape(1, 28, 1)
    heard = windows(voice)
    assert heard.shape == (1, 7, 4, 13)
    assert torch.equal(heard[0, :, :, 6].flatten(), voice.flatten())
    assert heard[0, 2, 1].tolist() == list(range(4, 17))
    assert heard[0, 0, 0].tolist() == [0.0] * 6 + [float(k) for k in range(1, 8)]


def test_attention_is_that_of_its_formula():
    query, key, value = (torch.randn(2, 3, n, 8, dtype=torch.float64) for n in (4, 5, 5))
    scores = torch.einsum("bhnd,bhsd->bhns", query, key) / 8**0.5
    shares = scores.exp() / scores.exp().sum(-1, keepdim=True)
    assert torch.allclose(attention(query, key, value), torch.einsum("bhns,bhsd->bhnd", shares, value), atol=1e-12)


@pytest.mark.parametrize("name", ["face", "lip"])
def test_every_token_knows_the_masks(name):
    """Also where no module multiplies by them."""
    net, told = model(replace(CONFIG, switches=Switches(sdcm=False))), made()
    assert not torch.equal(clean(net, told), clean(net, replace(told, **{name: 1 - getattr(told, name)})))


def test_the_reference_image_is_looked_at():
    net, told = model(), made()
    assert not torch.equal(clean(net, told), clean(net, replace(told, image=-told.image)))


def test_frames_that_are_not_given_do_not_count():
    net, told, other = model(), made(), torch.full((1, 2, 4, 8, 8), -3.0)
    assert torch.equal(clean(net, told, given=0.0), clean(net, told, other, given=0.0))
    assert not torch.equal(clean(net, told), clean(net, told, other))


def test_departures_are_what_the_net_sees():
    """Twice as far from the reference, in departures twice as large: the net says the same, and it counts twice."""
    net, told = model(), made()
    near = clean_around(net, told, 1.0)
    net.generator.spread.fill_(2.0)
    assert torch.allclose(clean_around(net, told, 2.0), 2 * near, atol=1e-5)


def clean_around(net, told, spread):
    """Departure of the clean latents where the flow starts."""
    noise = torch.randn(1, 5, 4, 8, 8, generator=torch.Generator().manual_seed(5))
    with torch.inference_mode():
        noisy = net.generator.start(noise, told.reference)
        assert torch.allclose(noisy - told.reference, WHITE * spread * noise, atol=1e-6)
        old = (told.reference + spread).expand(-1, 2, -1, -1, -1)
        return net.generator(noisy, torch.tensor([0.0]), old, torch.ones(1), told) - told.reference

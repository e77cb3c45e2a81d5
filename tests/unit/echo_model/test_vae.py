"""The autoencoder: what frames owe to the reference image and what to latents, and how latents are scaled."""

from __future__ import annotations

import pytest
import torch
from echo_model.vae import LEAST, VideoVae, warped

from tests.unit.echo_model.small import CONFIG, image

SHARES = slice(3 * 16, 4 * 16)  # of the painting, rows that say how much of the first frame is painted


@pytest.fixture
def vae():
    torch.manual_seed(0)
    return VideoVae(CONFIG.vae)


def latents(seed: int) -> torch.Tensor:
    return torch.randn(1, 2, 4, 8, 8, generator=torch.Generator().manual_seed(seed))


def test_what_is_not_painted_is_the_reference(vae):
    """Whatever the latents say: nothing moves before training."""
    with torch.no_grad():
        vae.paint.bias[SHARES] = -100
        made = vae.decode(latents(0), image())
    assert torch.allclose(made[:, ::4], image()[:, None].expand(-1, 2, -1, -1, -1), atol=1e-5)
    assert not torch.allclose(made[:, 1], image(), atol=1e-2)


def test_latents_move_the_reference(vae):
    with torch.no_grad():
        vae.paint.bias.view(4, 4, 16)[:, 3] = -100
        vae.move.weight.normal_(0, 0.05)
        one, other = (vae.decode(latents(seed), image()) for seed in (0, 1))
    assert not torch.allclose(one, other, atol=1e-3)
    assert one.min() >= image().min()
    assert one.max() <= image().max()


def test_a_frame_shows_what_lies_where_it_is_told():
    """Two pixels to the right and one down, written out."""
    picture = torch.rand(1, 3, 8, 8, generator=torch.Generator().manual_seed(0))
    moves = torch.tensor([2.0, 1.0]).reshape(1, 2, 1, 1).expand(-1, -1, 4, 4)
    assert torch.allclose(warped(picture, moves)[:, :, :7, :6], picture[:, :, 1:, 2:], atol=1e-6)


def test_what_is_coded_departs_from_the_reference(vae):
    """Were the image itself not seen beside them, every person who holds still would have one code."""
    images = image(), -image()
    stills = [x[:, None].expand(-1, 4, -1, -1, -1) for x in images]
    with torch.no_grad():
        assert not torch.allclose(vae.encode(stills[0], images[0]), vae.encode(stills[0], images[1]), atol=1e-3)
        vae.look[0].weight[:, -3 * 16 :] = 0
        one, other = (vae.encode(still, x) for still, x in zip(stills, images, strict=True))
    assert torch.allclose(one, other, atol=1e-6)


def test_a_crop_is_coded_as_it_is_in_the_whole(vae):
    """The autoencoder learns from crops and is used on whole pictures: away from the border they must be treated alike."""
    video = torch.rand(1, 4, 3, 64, 64, generator=torch.Generator().manual_seed(1)) * 2 - 1
    with torch.no_grad():
        whole = vae.encode(video, image())[..., 2:4, 2:4]
        crop = vae.encode(video[..., :48, :48], image()[..., :48, :48])[..., 2:4, 2:4]
    assert torch.allclose(whole, crop, atol=1e-5)


def test_a_crop_is_moved_as_it_is_in_the_whole(vae):
    """By as many pixels: what the net says does not depend on the size of the picture."""
    torch.manual_seed(1)
    with torch.no_grad():
        vae.paint.bias[SHARES] = -100
        vae.move.weight.normal_(0, 0.01)
        whole = vae.decode(latents(0), image())[:, ::4, :, :12, :12]
        crop = vae.decode(latents(0)[..., :6, :6], image()[..., :48, :48])[:, ::4, :, :12, :12]
    assert torch.allclose(whole, crop, atol=1e-4)


def test_coding_does_not_look_ahead(vae):
    video = torch.rand(1, 12, 3, 64, 64, generator=torch.Generator().manual_seed(0)) * 2 - 1
    changed = torch.cat([video[:, :8], -video[:, 8:]], dim=1)
    with torch.no_grad():
        one, other = vae.encode(video, image()), vae.encode(changed, image())
    assert torch.equal(one[:, :2], other[:, :2])
    assert not torch.equal(one[:, 2:], other[:, 2:])


def test_channels_that_say_nothing_stay_quiet(vae):
    """Unit variance for those that speak; the others are not blown up, for the flow would have to make their noise."""
    means = torch.randn(500, 4, 8, 8) * torch.tensor([2.0, 1.0, 0.01, 0.0]).reshape(4, 1, 1)
    vae.fit_scale(means)
    assert vae.scale[:2].tolist() == pytest.approx([2.0, 1.0], rel=0.02)
    assert vae.scale[2:].tolist() == pytest.approx([2.0 * LEAST] * 2, rel=0.02)

"""Resizing of pictures for nets: against PIL, against formulae written out, and what it refuses."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from echo_bench.errors import EchoBenchError
from echo_bench.nets.resize import as_images, bicubic_pil, bilinear, bilinear_tf1, cover_and_crop

sides = st.integers(20, 90)


def noise(height: int, width: int) -> NDArray[np.uint8]:
    return np.random.default_rng(height * 1000 + width).integers(0, 256, (height, width, 3)).astype(np.uint8)


def images(picture: NDArray[np.uint8]) -> torch.Tensor:
    return as_images(torch.from_numpy(picture)[None])


@settings(max_examples=25)
@given(sides, sides, st.integers(20, 90), st.integers(20, 90))
def test_bicubic_is_pil_in_float_mode(height, width, to_height, to_width):
    """Pillow's own resize of each channel as a float image, enlarging, reducing and both at once."""
    picture = noise(height, width)
    channels = [
        np.asarray(
            Image.fromarray(picture[..., c].astype(np.float32)).resize((to_width, to_height), Image.Resampling.BICUBIC)
        )
        for c in range(3)
    ]
    ours = bicubic_pil(images(picture), (to_height, to_width))[0].numpy()
    np.testing.assert_allclose(ours, np.stack(channels), atol=1e-4)


@settings(max_examples=25)
@given(sides, sides)
def test_tf1_reads_at_multiples_of_the_scale(height, width):
    """TensorFlow 1: source row i * in / out, blended with the row below it, held at the edge."""
    picture = noise(height, width).astype(np.float64)
    scale_y, scale_x = np.float32(height / 37), np.float32(width / 41)
    ours = bilinear_tf1(images(picture.astype(np.uint8)), (37, 41))[0].permute(1, 2, 0).numpy()
    for i, j in ((0, 0), (17, 5), (36, 40)):
        y, x = i * scale_y, j * scale_x
        top, left = int(y), int(x)
        below, right = min(top + 1, height - 1), min(left + 1, width - 1)
        above = picture[top, left] * (1 - (x - left)) + picture[top, right] * (x - left)
        under = picture[below, left] * (1 - (x - left)) + picture[below, right] * (x - left)
        np.testing.assert_allclose(ours[i, j], above * (1 - (y - top)) + under * (y - top), atol=1e-3)


def test_the_filters_differ():
    """Why each is a protocol: on one picture they are far apart, and the antialiased one is the calmest."""
    picture = images(noise(80, 80))
    results = [resize(picture, (29, 29)) for resize in (bilinear, bilinear_tf1, bicubic_pil)]
    assert all(float((a - b).abs().mean()) > 10 for a, b in pairwise(results))
    assert float(results[2].std()) < 0.7 * min(float(results[0].std()), float(results[1].std()))


@given(sides, sides)
def test_cover_and_crop_keeps_the_centre(height, width):
    """A horizontal ramp stays a ramp around the same middle value, in a square."""
    ramp = torch.linspace(-1, 1, width).expand(1, 3, height, width)
    cut = cover_and_crop(ramp, 32)
    assert cut.shape == (1, 3, 32, 32)
    assert abs(float(cut.mean())) < 2 / 32  # rounding moves the centre by less than a pixel
    assert bool((cut.diff(dim=3) >= -1e-6).all())


def test_a_square_of_the_size_is_left_alone():
    picture = images(noise(32, 32))
    assert torch.equal(cover_and_crop(picture, 32), picture)
    assert torch.equal(bilinear(picture, (32, 32)), picture)


@pytest.mark.parametrize(
    "frames",
    [
        torch.zeros(2, 8, 8, 3),
        torch.zeros(2, 3, 8, 8, dtype=torch.uint8),
        torch.zeros(8, 8, 3, dtype=torch.uint8),
        torch.zeros(2, 8, 8, 4, dtype=torch.uint8),
    ],
    ids=["float", "channels first", "one frame", "alpha"],
)
def test_refuses_what_is_no_batch_of_frames(frames):
    with pytest.raises(EchoBenchError, match="nets take uint8 RGB frames"):
        as_images(frames)

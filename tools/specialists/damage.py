"""What happens to pictures on their way to a viewer, on batches: light and colour, blur, noise, lost resolution, blocks of a codec.

Pictures are float (N, H, W, C) in 0..255. A batch is damaged in the same way, each picture by its own amount, from 0 (untouched) to 1.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional as F

BLUR, NOISE, LOSS = 3.0, 40.0, 60.0
"""At amount 1: standard deviation of the blur in pixels of a 96 px picture, and of the noise in grey levels; step of the blocks."""


def amounts(count: int, share: float, generator: torch.Generator) -> Tensor:
    """Amounts (count,), more often small than large; all but a `share` of them 0."""
    drawn = torch.rand(count, generator=generator) ** 2
    return drawn * (torch.rand(count, generator=generator) < share)


def relit(pictures: Tensor, generator: torch.Generator, strength: float = 1.0) -> Tensor:
    """Another exposure, contrast, white balance and gamma for each picture."""
    n = len(pictures)

    def draw(width: float, channels: int = 1) -> Tensor:
        return strength * width * torch.randn(n, 1, 1, channels, generator=generator)

    light = (pictures / 255).clamp_min(1e-3) ** torch.exp(draw(0.2))
    middle = light.mean(dim=(1, 2, 3), keepdim=True)
    light = middle + (light - middle) * torch.exp(draw(0.15))
    light = light * torch.exp(draw(0.15) + draw(0.06, 3))
    grey = light.mean(dim=3, keepdim=True)
    return 255 * (grey + (light - grey) * torch.exp(draw(0.25))).clamp(0, 1)


def blurred(pictures: Tensor, amount: Tensor, side: float = 96.0) -> Tensor:
    """Gaussian blur; `side` says which size the picture counts as."""
    touched = amount > 0
    if not touched.any():
        return pictures
    sigma = (BLUR * amount[touched] * side / 96).clamp_min(0.05)
    reach = max(1, math.ceil(2.5 * float(sigma.max())))
    at = torch.arange(-reach, reach + 1).float()
    kernel = torch.exp(-0.5 * (at / sigma[:, None]) ** 2)
    kernel = kernel / kernel.sum(dim=1, keepdim=True)
    images = pictures[touched].permute(3, 0, 1, 2)  # one group per picture
    padded = F.pad(images, (reach, reach, reach, reach), mode="replicate")
    groups = len(sigma)
    down = F.conv2d(padded, kernel[:, None, :, None], groups=groups)
    both = F.conv2d(down, kernel[:, None, None, :], groups=groups)
    out = pictures.clone()
    out[touched] = both.permute(1, 2, 3, 0)
    return out


def noisy(pictures: Tensor, amount: Tensor, generator: torch.Generator) -> Tensor:
    """Grain."""
    grain = torch.randn(pictures.shape, generator=generator)
    return (pictures + NOISE * amount[:, None, None, None] * grain).clamp(0, 255)


def blocky(pictures: Tensor, amount: Tensor) -> Tensor:
    """Cosine coefficients of 8 x 8 blocks rounded to steps, as JPEG and H.264 do; sides divide by 8."""
    touched = amount > 0
    if not touched.any():
        return pictures
    n, height, width, channels = pictures[touched].shape
    blocks = pictures[touched].reshape(n, height // 8, 8, width // 8, 8, channels)
    basis = cosines()
    ramp = (
        0.5 + (torch.arange(8)[:, None] + torch.arange(8)[None, :]) / 4.0
    )  # high frequencies are rounded more coarsely
    step = (1 + LOSS * amount[touched])[:, None, None, None, None, None] * ramp[None, None, :, None, :, None]
    spectrum = torch.einsum("nhywxc,uy,vx->nhuwvc", blocks, basis, basis)
    back = torch.einsum("nhuwvc,uy,vx->nhywxc", torch.round(spectrum / step) * step, basis, basis)
    out = pictures.clone()
    out[touched] = back.reshape(n, height, width, channels).clamp(0, 255)
    return out


def cosines() -> Tensor:
    """The orthonormal DCT-II of 8 points, (frequency, place)."""
    at = torch.arange(8).float()
    rows = torch.cos(math.pi / 8 * (at[None, :] + 0.5) * at[:, None]) * math.sqrt(2 / 8)
    rows[0] /= math.sqrt(2)
    return rows


def coarse(pictures: Tensor, generator: torch.Generator, smallest: float = 0.35) -> Tensor:
    """One lower resolution for the whole batch, and back."""
    side = pictures.shape[1]
    less = max(8, round(side * float(torch.empty(1).uniform_(smallest, 1.0, generator=generator))))
    images = pictures.permute(0, 3, 1, 2)
    small = F.interpolate(images, size=(less, less), mode="bilinear", antialias=True)
    return F.interpolate(small, size=(side, side), mode="bilinear").permute(0, 2, 3, 1)


def used(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A little of everything: what happens to rendered people between renderer and net."""
    n = len(pictures)
    pictures = blurred(relit(pictures, generator, 0.6), 0.2 * amounts(n, 0.4, generator))
    return noisy(pictures, 0.2 * amounts(n, 0.4, generator), generator)


def worn(pictures: Tensor, generator: torch.Generator) -> Tensor:
    """A bit of everything: what a net that should not care is trained on."""
    n = len(pictures)
    pictures = relit(pictures, generator)
    if torch.rand(1, generator=generator) < 0.3:
        pictures = coarse(pictures, generator)
    pictures = blurred(pictures, 0.5 * amounts(n, 0.4, generator))
    pictures = noisy(pictures, 0.4 * amounts(n, 0.5, generator), generator)
    return blocky(pictures, 0.5 * amounts(n, 0.4, generator))

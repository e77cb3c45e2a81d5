"""How a mouth is opened in a still picture: lower lip and chin go down, the upper lip up a little; between are upper teeth and the dark.

By the flow's error alone lips hardly parted: the mean over what a sound may look like is a soft and nearly closed mouth. So flows start
at an image whose mouth is as open as the voice tells (:meth:`echo_model.generator.Generator.opening`), and keep it, as they keep poses
and expressions (:mod:`echo_model.moves`).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from echo_model.masks import Regions, middles

RAISED = 0.2  # share of an opening by which the upper lip goes up
CORNERS = 0.85  # half widths of the mouth at which its corners hold the lips together
CHIN = 1.6  # half widths of the mouth over which the chin goes with the lower lip
THICK = 1.2  # half heights of the mouth below which the chin begins
DARK = 0.65  # share of the light that the inside of a mouth lacks
TEETH = 0.5  # share of an opening in which the upper teeth are seen, from the upper lip down
TALL = 0.15  # half widths of the mouth of which they are seen at most
BESIDE = 0.7  # half widths of the mouth to either side in which they are
IVORY = 0.3  # their light, in [-1, 1]


def opened(images: Tensor, regions: Regions, openings: Tensor) -> Tensor:
    """Images (B, 3, H, W) in [-1, 1] with mouths opened by `openings` (B, F), F pictures of each: (B, F, 3, H, W).

    An opening is how far the lips are apart in the middle, in half widths of the mouth.
    """
    size, count = images.shape[-1], openings.shape[1]
    cells = middles(size, images.device)
    x, y = (cells - regions.mouth[:, None, None]).unbind(-1)
    half, high = (radius[:, None, None] for radius in regions.mouth_radii.clamp_min(1e-3).unbind(-1))
    across, y = (x / half)[:, None], y[:, None]
    gap = (half * openings[..., None].clamp_min(0))[..., None] * (1 - (across / CORNERS).square()).clamp_min(0).sqrt()
    low, top = (1 - RAISED) * gap, -RAISED * gap  # where lips are in the new picture, down from the line between them
    jaw = (
        (1 - RAISED)
        * half[:, None]
        * openings[..., None, None].clamp_min(0)
        * torch.exp(-0.5 * (across / CHIN).square())
    )
    chin = ((y - low) / (THICK * high[:, None])).clamp(0, 1)
    down = torch.lerp(low, jaw, chin) * torch.exp(-((y / high[:, None] - 3).clamp_min(0) / 4).square())
    up = top * torch.exp(-((top - y).clamp_min(0) / high[:, None]).square())
    source = torch.where(y >= low, (y - down).clamp_min(0), torch.where(y <= top, (y - up).clamp_max(0), 0.0))
    places = (2 * cells - 1).expand(*source.shape, -1).clone()  # as `grid_sample` counts
    places[..., 1] += 2 * (source - y)
    taken = F.grid_sample(
        images.repeat_interleave(count, dim=0), places.flatten(0, 1), padding_mode="border", align_corners=False
    ).reshape(-1, count, *images.shape[1:])
    tall = torch.minimum(TEETH * gap, TALL * half[:, None])

    def between(bottom: Tensor) -> Tensor:
        return (((torch.minimum(bottom - y, y - top) * size + 0.5).clamp(0, 1)) * (gap > 0))[:, :, None]

    shaded = (taken + 1) * (1 - DARK * between(low)) - 1
    teeth = between(top + tall) * (across.abs() < BESIDE)[:, :, None]
    return torch.lerp(shaded, torch.full_like(shaded, IVORY), teeth)


def guessed(openings: Tensor, others: Tensor) -> Tensor:
    """Openings to start from in training, as a voice tells them of `openings`: half of these, half of `others`, which are independent.

    Their correlation with the true ones is .7, and they vary .7 times as much, like guesses of that correlation.

    Examples
    --------
    >>> guessed(torch.tensor([0.4]), torch.tensor([0.1]))
    tensor([0.2500])
    """
    return 0.5 * (openings + others)

"""Where flows start: at the reference image with its head moved at random, not at white noise.

Within one person two directions of 2,048 hold half of the variance of the latents' departures, and eight 88 %: head poses. They are others
for each face, so no noise that is the same for all is like them, and in white noise a turning head is one of a thousand directions, settled
before the first step of the flow. So a random walk of a head's pose is drawn, the image is warped by it, and that is encoded.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from echo_model.config import TIME
from echo_model.masks import Regions
from echo_model.vae import Autoencoder

KINDS = ("right", "down", "tilt", "widen", "lengthen", "turn", "nod")
SIZES = (0.0110, 0.0070, 0.0055, 0.0020, 0.0040, 0.0085, 0.0085)
"""Standard deviation of each kind in picture widths: those of dyad-mini's train split by least squares in the latents, rounded."""
STAYS = (0.97, 0.94, 0.90, 0.95, 0.94, 0.92, 0.85)
"""Correlation of neighbouring latent frames, likewise."""
AROUND = 1.9  # radii of the face within which hair and neck go with it; beyond, the picture stays
WHITE = 0.4  # size of the white noise on top, in departures: for what is no pose


def fields(regions: Regions, size: int) -> Tensor:
    """How far each place of pictures goes in a move of unit size of each kind, in picture widths: (B, 7, size, size, 2), as x and y."""
    middles = (torch.arange(size, device=regions.face.device) + 0.5) / size
    places = torch.stack(torch.meshgrid(middles, middles, indexing="xy"), dim=-1)
    from_middle = (places - regions.face[:, None, None]) / regions.face_radii[:, None, None].clamp_min(1e-3)
    u, v = from_middle.unbind(-1)
    away = u.square() + v.square()
    head, bulge, none = torch.exp(-(away / AROUND**2).square()), (1 - away).clamp_min(0), torch.zeros_like(u)
    kinds = (
        (head, none), (none, head), (-head * v, head * u), (head * u, none), (none, head * v), (bulge, none), (none, bulge),
    )  # fmt: skip
    return torch.stack([torch.stack(kind, dim=-1) for kind in kinds], dim=1)


def walk(white: Tensor, before: Tensor | None) -> Tensor:
    """Poses (B, T, 7), each near the one before, from white noise (B, T, 7); `before` (B, 7) is the last of the window before.

    Examples
    --------
    >>> walk(torch.zeros(1, 2, 7), torch.ones(1, 7))[0, :, 0]
    tensor([0.9700, 0.9409])
    """
    size, stay = white.new_tensor(SIZES), white.new_tensor(STAYS)
    pose, poses = before, []
    for each in white.unbind(1):
        pose = size * each if pose is None else stay * pose + (1 - stay.square()).sqrt() * size * each
        poses.append(pose)
    return torch.stack(poses, dim=1)


def moved(vae: Autoencoder, image: Tensor, regions: Regions, poses: Tensor) -> Tensor:
    """Latents (B, T, C, h, w) of images (B, 3, H, W) in [-1, 1] whose heads are moved by poses (B, T, 7), each held for a latent frame."""
    count, size = poses.shape[1], image.shape[-1]
    shift = torch.einsum("btk,bkhwd->bthwd", poses, fields(regions, size)).flatten(0, 1)
    steps = (torch.arange(size, device=image.device) * 2 + 1) / size - 1
    places = torch.stack(torch.meshgrid(steps, steps, indexing="xy"), dim=-1)
    images = image.repeat_interleave(count, dim=0)
    warped = F.grid_sample(images, places - 2 * shift, padding_mode="border", align_corners=False)
    held = vae.encode(warped[:, None].expand(-1, TIME, -1, -1, -1), images)
    return held.reshape(len(image), count, *held.shape[2:])

"""Blinks: when they come, and how eyes are shut in a picture, by drawing the skin above them down to their lower lids.

They come as in dyad-mini's train split and go with nothing that is heard or seen. Flows know nothing of them, for latents hardly tell shut
eyes: what blinks is the moved picture that is shown, with what a flow changed of it (:meth:`echo_model.model.Echo.pictures`).
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from echo_model.masks import Regions, middles

SHARE = 0.25  # of windows of 0.8 s in which a blink begins: avatars of the train split blink 0.31 times a second
COURSE = (0.5, 1.0, 1.0, 0.75, 0.5, 0.25)
"""How far eyes are shut in each frame of a blink: as the simulator has it, down twice as fast as up."""
APART = 0.46  # radii of the face from its middle to those of the eyes; the mean of the 24 faces of the train split, as the next two
EYES = -0.36  # and down to them, with a deviation of 0.03, which is 0.8 pixels
ABOUT = 0.09  # up and down from there, within which they are looked for
INSIDE = 0.2  # to either side of there, likewise: frames of glasses are beside
HALF = 0.23  # half width of an eye; theirs is 0.19, and they may lie beside
ABOVE, BELOW = 0.06, 0.065  # from the middle of an eye up to its upper lid, and down to where a shut one lies
LID = 0.1  # height of the skin above an eye that is drawn over it: brows and the frames of glasses stay


def blinks(white: Tensor, frames: int) -> Tensor:
    """How far eyes are shut (B, frames) in windows, from white noise (B, 2): whether they blink, and when; each blink ends in its window.

    Examples
    --------
    >>> blinks(torch.tensor([[-1.0, -5.0], [1.0, -5.0]]), 8).tolist()
    [[0.5, 1.0, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0], [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]]
    """
    chance, moment = torch.special.ndtr(white).unbind(1)
    room = max(0, frames - len(COURSE))
    since = torch.arange(frames, device=white.device) - (moment * (room + 1)).long().clamp(max=room)[:, None]
    course = F.pad(white.new_tensor(COURSE), (1, 1))
    shut: Tensor = course[(since + 1).clamp(0, len(course) - 1)] * (chance < SHARE)[:, None]
    return shut


def closed(images: Tensor, regions: Regions, shut: Tensor) -> Tensor:
    """Images (B, F, 3, H, W) whose eyes are shut as far as (B, F) says, in [0, 1]; regions are of the B faces in the first of each."""
    size, count = images.shape[-1], images.shape[1]
    cells = middles(size, images.device)
    high = regions.face_radii[:, None, None, 1].clamp_min(1e-3)
    u, v = ((cells - regions.face[:, None, None]) / regions.face_radii[:, None, None].clamp_min(1e-3)).unbind(-1)
    x, y = _eyes(images[:, 0], u, v)
    arch = (1 - ((u - x) / HALF).square()).clamp_min(0).sqrt()
    upper, lower = y - ABOVE * arch, y + BELOW * arch
    edge = torch.lerp(upper[:, None], lower[:, None], shut[..., None, None])
    since = (v - upper + LID)[:, None]
    drawn = torch.where((since > 0) & (v[:, None] < edge), since * LID / (edge - upper[:, None] + LID) - since, 0.0)
    places = (2 * cells - 1).expand(*drawn.shape, -1).clone()  # as `grid_sample` counts
    places[..., 1] += 2 * drawn * high[:, None]
    taken = F.grid_sample(images.flatten(0, 1), places.flatten(0, 1), padding_mode="border", align_corners=False)
    return taken.reshape(-1, count, *images.shape[2:])


def _eyes(images: Tensor, u: Tensor, v: Tensor) -> tuple[Tensor, Tensor]:
    """Where the eyes are in images (B, 3, H, W), those of the left for all places on the left: (B, H, W) each, in radii of the face.

    There light changes most from side to side: irises do that; lids and brows lie across. From what the tracker finds it is .8 and .4
    pixels off at 128 (the 24 faces).
    """
    change = torch.gradient(images.mean(1), dim=2)[0].square() + 1e-6
    sides = []
    for left in (True, False):
        weight = change * torch.exp(-0.5 * ((v - EYES) / ABOUT).square())
        weight = weight * (((-u if left else u) - APART).abs() < INSIDE)
        total = weight.sum((1, 2)).clamp_min(1e-12)  # of a face beyond the picture there is nothing
        sides.append(torch.stack([(weight * place).sum((1, 2)) / total for place in (u, v)])[..., None, None])
    x, y = torch.where(u < 0, sides[0], sides[1])
    return x, y

"""Where flows start: at the reference image with its head moved at random and its face as the avatar feels, not at white noise.

Within one person two directions of 2,048 hold half of the variance of the latents' departures, and eight 88 %: head poses. They are others
for each face, so no noise that is the same for all is like them, and in white noise a turning head is one of a thousand directions, settled
before the first step of the flow. So a random walk of a head's pose is drawn, the image is warped by it, and that is encoded.

In training the walk is not independent of the pose that is to be made: that one is told by least squares, and most of the walk is it
(:func:`near`). So a flow keeps most of the pose that it starts from, which is a whole picture of this face, and poses are not mixed.

It keeps expressions, too: a smile, and raised brows, are moves like the others, and what the avatar is to show decides on them
(:func:`expressed`). By the flow's error alone they are hardly learnt: they are small in pixels.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F

from echo_model.config import TIME
from echo_model.lids import closed
from echo_model.lips import opened
from echo_model.masks import Regions, middles
from echo_model.vae import Autoencoder

KINDS = ("right", "down", "tilt", "widen", "lengthen", "turn", "nod", "smile", "frown", "brows")
HEADS = 7  # of them are the head's, the others the face's
SIZES = (0.0105, 0.0058, 0.0031, 0.0018, 0.0039, 0.0079, 0.0053, 0.0028, 0.0071, 0.006)
"""Standard deviation of each kind in picture widths: those of dyad-mini's train split as :func:`told` finds them, of faces in 16 clips."""
STAYS = (0.98, 0.94, 0.96, 0.94, 0.95, 0.94, 0.84, 0.84, 0.82, 0.8)
"""Correlation of neighbouring latent frames, likewise."""
CHEEKS = (1.6, 2.8)  # where they are, radii of the mouth beside and above its middle: they go with a smile
MOUTH, EDGE = (1.6, 1.2), 1.5  # half widths of the mouth within which lips are, and how much farther nothing is of them
AROUND = 1.9  # radii of the face within which hair and neck go with it; beyond, the picture stays
RIDGE = 0.01  # errors of one unit in a cell that a pose of usual size costs: what does not show is taken as not moved
NEAR = 0.8  # correlation in training of the pose that a flow starts from with that of the frame to be made
WHITE = 0.4  # size of the white noise on top, in departures: for what is no pose


def fields(regions: Regions, size: int) -> Tensor:
    """How far each place of pictures goes in a move of unit size of each kind, in picture widths: (B, 10, size, size, 2), as x and y."""
    cells = middles(size, regions.face.device)

    def within(middle: Tensor, radii: Tensor) -> tuple[Tensor, ...]:
        return ((cells - middle[:, None, None]) / radii[:, None, None].clamp_min(1e-3)).unbind(-1)

    (u, v), (x, y) = within(regions.face, regions.face_radii), within(regions.mouth, regions.mouth_radii)
    away = u.square() + v.square()
    head, bulge, none = torch.exp(-(away / AROUND**2).square()), (1 - away).clamp_min(0), torch.zeros_like(u)
    brows = torch.exp(-0.5 * (((v + 0.66) / 0.13).square() + (u / 0.4).square()))  # more at their inner ends; eyes stay
    lips = torch.exp(-0.5 * ((x / 1.2).square() + (y / 2).square()))
    cheeks = 0.6 * torch.exp(-0.5 * (((x.abs() - CHEEKS[0]) / 0.8).square() + ((y + CHEEKS[1]) / 1.6).square()))
    corners = x.square().clamp(max=1.6)
    kinds = (
        (head, none), (none, head), (-head * v, head * u), (head * u, none), (none, head * v), (bulge, none), (none, bulge),
        (0.5 * lips * x + cheeks * x / CHEEKS[0], -lips * corners - cheeks), (none, lips * (1.1 * corners - 0.1)), (none, -brows),
    )  # fmt: skip
    return torch.stack([torch.stack(kind, dim=-1) for kind in kinds], dim=1)


def walk(white: Tensor, before: Tensor | None) -> Tensor:
    """Poses (B, T, 10), each near the one before, from white noise (B, T, 10); `before` (B, 10) is the last of the window before.

    Examples
    --------
    >>> walk(torch.zeros(1, 2, 10), torch.ones(1, 10))[0, :, 0]
    tensor([0.9800, 0.9604])
    """
    size, stay = white.new_tensor(SIZES), white.new_tensor(STAYS)
    pose, poses = before, []
    for each in white.unbind(1):
        pose = size * each if pose is None else stay * pose + (1 - stay.square()).sqrt() * size * each
        poses.append(pose)
    return torch.stack(poses, dim=1)


def expressed(poses: Tensor, before: Tensor | None, shown: Tensor) -> Tensor:
    """Poses (B, T, 10) whose faces go evenly from those of `before` (B, 10), or from the reference's, to what is `shown` (B, 3) in the end.

    Examples
    --------
    >>> expressed(torch.zeros(1, 2, 10), None, torch.ones(1, 3))[0, :, HEADS:].tolist()
    [[0.5, 0.5, 0.5], [1.0, 1.0, 1.0]]
    """
    count, head = poses.shape[1], poses[..., :HEADS]
    start = torch.zeros_like(shown) if before is None else before[:, HEADS:]
    part = torch.arange(1, count + 1).to(shown)[None, :, None] / count
    return torch.cat([head, start[:, None] + part * (shown - start)[:, None]], dim=-1)


def gradual(poses: Tensor, before: Tensor | None) -> Tensor:
    """Poses (B, 4 * T, 10) of frames that go evenly from one of poses (B, T, 10) of latent frames to the next, there at its last frame.

    `before` (B, 10) is that of the latent frame before the first, if there is any.

    Examples
    --------
    >>> gradual(torch.ones(1, 1, 10), torch.zeros(1, 10))[0, :, 0].tolist()
    [0.25, 0.5, 0.75, 1.0]
    """
    first = poses[:, :1] if before is None else before[:, None]
    last = torch.cat([first, poses[:, :-1]], dim=1)
    part = torch.arange(1, TIME + 1).to(poses)[:, None] / TIME
    return (last[:, :, None] + part * (poses - last)[:, :, None]).flatten(1, 2)


def near(told: Tensor, walked: Tensor) -> Tensor:
    """Poses to start from in training, correlated with those to be made and as large: of both (..., 10), `walked` independent.

    Examples
    --------
    >>> near(torch.ones(1, 10), torch.zeros(1, 10))[0, 0]
    tensor(0.8000)
    """
    drift: float = (1 - NEAR**2) ** 0.5
    return NEAR * told + drift * walked


def told(vae: Autoencoder, image: Tensor, regions: Regions, away: Tensor, spread: Tensor) -> Tensor:
    """Poses (T, 10) of latents by least squares.

    Parameters
    ----------
    vae : Autoencoder
    image : Tensor of shape (1, 3, H, W)
        The reference, in [-1, 1].
    regions : Regions
        There.
    away : Tensor of shape (T, C, h, w)
        Departures of the latents from the reference's.
    spread : Tensor of shape (C, 1, 1)
        The unit of departures.
    """
    size = away.new_tensor(SIZES)
    closed = away.new_zeros(1, TIME * len(KINDS))
    there, back = (moved(vae, image, regions, side * torch.diag(size)[None], closed)[0] for side in (1.0, -1.0))
    kinds = ((there - back) / 2 / spread).flatten(1)
    system = kinds @ kinds.T + RIDGE * torch.eye(len(KINDS)).to(kinds)
    found: Tensor = torch.linalg.solve(system, kinds @ (away / spread).flatten(1).T).T * size
    return found


def moved(vae: Autoencoder, image: Tensor, regions: Regions, poses: Tensor, openings: Tensor) -> Tensor:
    """Latents of images whose faces are moved.

    Parameters
    ----------
    vae : Autoencoder
    image : Tensor of shape (B, 3, H, W)
        In [-1, 1].
    regions : Regions
        Face and mouth there.
    poses : Tensor of shape (B, T, 10)
        Each is held for a latent frame.
    openings : Tensor of shape (B, 4 * T)
        How far mouths are opened frame by frame (:func:`echo_model.lips.opened`), before they are moved.

    Returns
    -------
    Tensor of shape (B, T, C, h, w)
    """
    held = pictured(image, regions, poses.repeat_interleave(TIME, dim=1), openings, torch.zeros_like(openings))
    made = vae.encode(held.reshape(-1, TIME, *image.shape[1:]), image.repeat_interleave(poses.shape[1], dim=0))
    return made.reshape(*poses.shape[:2], *made.shape[2:])


def pictured(image: Tensor, regions: Regions, poses: Tensor, openings: Tensor, lids: Tensor) -> Tensor:
    """Images whose faces are moved.

    Parameters
    ----------
    image : Tensor of shape (B, 3, H, W)
        In [-1, 1].
    regions : Regions
        Face and mouth there.
    poses : Tensor of shape (B, F, 10)
    openings : Tensor of shape (B, F)
        How far mouths are opened (:func:`echo_model.lips.opened`), before they are moved.
    lids : Tensor of shape (B, F)
        How far eyes are shut (:func:`echo_model.lids.closed`), likewise.

    Returns
    -------
    Tensor of shape (B, F, 3, H, W)
    """
    return warped(closed(opened(image, regions, openings), regions, lids), regions, poses)


def warped(faces: Tensor, regions: Regions, poses: Tensor) -> Tensor:
    """Images (B, F, C, H, W) moved by poses (B, F, 10); regions are of the B faces before."""
    size = faces.shape[-1]
    shift = torch.einsum("bfk,bkhwd->bfhwd", poses, fields(regions, size))
    places = 2 * middles(size, faces.device) - 1  # as `grid_sample` counts
    moved = F.grid_sample(
        faces.flatten(0, 1), places - 2 * shift.flatten(0, 1), padding_mode="border", align_corners=False
    )
    return moved.view_as(faces)


def about_mouth(regions: Regions, poses: Tensor, size: int) -> Tensor:
    """Where the mouths of moved faces are (B, F, 1, size, size): 1 on lips, however far they are open, 0 beyond nose and chin."""
    away = (middles(size, poses.device) - regions.mouth[:, None, None]) / (
        regions.mouth_radii[:, None, None, :1].clamp_min(1e-3) * poses.new_tensor(MOUTH)
    )
    near = ((EDGE - away.square().sum(-1).sqrt()) / (EDGE - 1)).clamp(0, 1)
    return warped(near[:, None, None].expand(-1, poses.shape[1], -1, -1, -1), regions, poses)

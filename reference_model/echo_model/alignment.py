"""Alignment of stage 2: the user and the dialogue must tell how the avatar reacts, and what is made must show it.

Reactions are small in pixels and last longer than a window, so that the flow's error hardly asks for them: previous frames show them, and
faces that were learned by heart. So what is told of the avatar's acts and affect must be true, and a reader of expressions must read it in
the pictures that are made. In some windows another reaction is asked for than the one that was recorded: nothing but what is told then
leads to it. The reader learns from footage, beside the model, and is no part of it. It reads pictures, not latents: in these something
could be hidden for it that no face shows.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from echo_model.lcu import SIZES
from echo_model.masks import Regions

SIDE = 48  # pixels of a face that is read
AROUND = 1.3  # radii of the face that are seen: heads move
SHAKE = 0.05  # radii by which what is seen is moved at random
NOISE = 0.1  # on pixels: what is small is not read


class Alignment(nn.Module):
    """Heads of the loss."""

    sizes: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.reader = nn.Sequential(
            nn.Conv2d(6, 32, 4, 2, 1), nn.GELU(), nn.Conv2d(32, 64, 4, 2, 1), nn.GELU(),
            nn.Conv2d(64, 96, 4, 2, 1), nn.GELU(), nn.Flatten(), nn.Dropout(0.3),
            nn.Linear(96 * (SIDE // 8) ** 2, 96), nn.GELU(), nn.Linear(96, len(SIZES)),
        )  # fmt: skip
        self.register_buffer("sizes", torch.tensor(SIZES))

    def taught(self, pictures: Tensor, images: Tensor, regions: Regions, shown: Tensor) -> Tensor:
        """Error of the reader, for it to learn from.

        Parameters
        ----------
        pictures : Tensor of shape (N, 3, H, W)
            Of people, in [-1, 1].
        images : Tensor of shape (N, 3, H, W)
            Their references.
        regions : Regions
            There.
        shown : Tensor of shape (N, acts + 3)
            Acts and affect in the pictures; NaN where nobody knows.
        """
        return self.wrong(self.reader(_faces(pictures[:, None], images, _places(regions))), shown)

    def expression(self, made: Tensor, images: Tensor, regions: Regions, asked: Tensor) -> Tensor:
        """Error of what is read from frames (N, T, 3, H, W) that were made, for the model alone to learn from; else as :meth:`taught`."""
        numbers = {name: value.detach() for name, value in self.reader.named_parameters()}
        read = functional_call(self.reader, numbers, (_faces(made, images, _places(regions)),))
        return self.wrong(read.unflatten(0, made.shape[:2]).mean(1), asked)

    def wrong(self, told: Tensor, wanted: Tensor) -> Tensor:
        """Mean squared error of acts and affect (N, acts + 3), in the sizes of what varies; NaN is what nobody knows."""
        known = wanted.isfinite()
        wrong = F.mse_loss(told.float() / self.sizes, wanted.nan_to_num() / self.sizes, reduction="none")
        return (wrong * known).sum() / known.sum().clamp_min(1)


def _places(regions: Regions) -> Tensor:
    """Where in pictures the pixels of faces lie, (N, SIDE, SIDE, 2), as `grid_sample` counts; a little beside, by chance."""
    radii = AROUND * regions.face_radii
    middle = regions.face + SHAKE * radii * torch.randn_like(radii)
    zoom = torch.diag_embed(2 * radii)
    return F.affine_grid(torch.cat([zoom, (2 * middle - 1)[..., None]], dim=2), [len(radii), 1, SIDE, SIDE], False)


def _faces(pictures: Tensor, image: Tensor, places: Tensor) -> Tensor:
    """Rough faces (N * T, 6, SIDE, SIDE) of pictures (N, T, 3, H, W), each beside that of the reference."""
    both = torch.cat([pictures, image[:, None].expand_as(pictures)], dim=2).flatten(0, 1)
    cut = F.grid_sample(
        both, places.repeat_interleave(pictures.shape[1], dim=0), padding_mode="border", align_corners=False
    )
    return cut + NOISE * torch.randn_like(cut)

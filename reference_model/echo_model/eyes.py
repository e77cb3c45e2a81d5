"""Eyes of LPE: what the user's face looks like beside how it looked at first, in pixels.

Latents say how pictures depart from the first one, in numbers that serve to draw them; of few known faces, feelings are read from
pixels better. What eyes see is learnt by itself, on single pictures, before the understanding (:mod:`echo_model.train_eyes`), and stays.
Faces are few, so each is seen in training as many: wider, longer, turned, mirrored, warped, lit otherwise.
"""

from __future__ import annotations

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.locate import middle_and_radii

SIDE = 48  # pixels, each way, in which a face is seen
CHANNELS = (24, 48, 64, 96)  # halving the picture each time
DROPPED = 0.4  # share of what is seen that training leaves out
# In training. Moves, stretches and warps in radii of the face, turns in radians, light in parts of the range of pixels.
MOVED, SCALED, STRETCHED, TURNED, WARPED = 0.06, 0.08, 0.06, 0.08, 0.06
GAIN, LIGHT, GRAIN = 0.25, 0.2, 0.05
KNOTS = 5  # each way, of a warp


class Eyes(nn.Module):
    """Tokens of faces in pictures, each beside the first picture of the same face.

    Parameters
    ----------
    width : int
        Of the tokens.
    told : int
        Numbers that they must tell: a target of training, not used otherwise.
    """

    def __init__(self, width: int, told: int) -> None:
        super().__init__()
        self.enter = nn.Conv2d(6, CHANNELS[0], 3, stride=2, padding=1)
        parts: list[nn.Module] = [nn.GroupNorm(4, CHANNELS[0]), nn.GELU()]
        for before, after in pairwise(CHANNELS):
            parts += [nn.Conv2d(before, after, 3, stride=2, padding=1), nn.GroupNorm(4, after), nn.GELU()]
        self.net = nn.Sequential(*parts, nn.Flatten(), nn.Dropout(DROPPED))
        self.leave = nn.Linear(CHANNELS[-1] * (SIDE // 2 ** len(CHANNELS)) ** 2, width)
        self.tell = nn.Linear(width, told)

    def forward(self, pictures: Tensor, first: Tensor, mask: Tensor) -> Tensor:
        """Tokens (B, L, width), normalised.

        Parameters
        ----------
        pictures : Tensor of shape (B, L, 3, P, P)
            In [-1, 1].
        first : Tensor of shape (B, 3, P, P)
            How the faces looked at first.
        mask : Tensor of shape (B, h, w)
            1 where they are.
        """
        size, length = pictures.shape[:2]
        shown = torch.cat([first[:, None], pictures], dim=1) * F.interpolate(mask[:, None], first.shape[-2:])[:, None]
        faces = F.grid_sample(shown.flatten(1, 2), self._places(mask).to(shown), align_corners=False)
        faces = faces.view(size, 1 + length, 3, SIDE, SIDE)
        if self.training:
            light = torch.randn(size, 1, 4, 1, 1, device=faces.device)
            faces = faces * (1 + GAIN * light[:, :, :1]) + LIGHT * light[:, :, 1:] + GRAIN * torch.randn_like(faces)
        now = faces[:, 1:]
        seen = torch.cat([now, now - faces[:, :1]], dim=2).flatten(0, 1)
        tokens = self.leave(self.net(self.enter(seen)))
        return F.layer_norm(tokens, tokens.shape[-1:]).view(size, length, -1)

    def _places(self, mask: Tensor) -> Tensor:
        """Where the pixels of faces lie, (B, SIDE, SIDE, 2), as `grid_sample` counts; in training as if they were others' faces."""
        middle, radii = middle_and_radii(mask)
        count, across = len(mask), torch.diag_embed(radii)
        if self.training:
            middle = middle + MOVED * radii * torch.randn_like(radii)
            wide = (1 + SCALED * torch.randn_like(radii[:, :1])) * (1 + STRETCHED * torch.randn_like(radii))
            mirrored = torch.where(torch.rand_like(radii[:, :1]) < 0.5, -1.0, 1.0)
            angle = TURNED * torch.randn(count, device=mask.device)
            turn = torch.stack([angle.cos(), -angle.sin(), angle.sin(), angle.cos()], dim=1).view(count, 2, 2)
            across = turn @ torch.diag_embed(radii * wide * torch.cat([mirrored, torch.ones_like(mirrored)], dim=1))
        grid = F.affine_grid(torch.cat([across, middle[..., None]], dim=2), [count, 3, SIDE, SIDE], False)
        if self.training:
            bent = torch.randn(count, 2, KNOTS, KNOTS, device=mask.device)
            smooth = F.interpolate(bent, size=(SIDE, SIDE), mode="bicubic", align_corners=True).movedim(1, -1)
            grid = grid + WARPED * radii[:, None, None] * smooth
        return grid

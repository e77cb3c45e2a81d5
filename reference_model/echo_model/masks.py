"""Where the user may move the face, and where the voice alone may: soft masks over the generator's cells.

Both come from landmarks of the reference image. M_lip is a Gaussian around the mouth; M_face a Gaussian around the face, times one
minus a wider Gaussian around the mouth: the lip hole. Inside the lip core M_face is exactly 0, so that nothing of the user can reach it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

CORE = 1.0  # radii of the mouth's ellipse within which M_face is 0
HOLE = 1.6  # width of the lip hole, in radii of the mouth
FADE = 1.2  # width of M_lip, in radii of the mouth


@dataclass(frozen=True, slots=True)
class Regions:
    """Face and mouth of pictures, in picture widths (0 to 1): centres (B, 2) as x, y and radii (B, 2)."""

    face: Tensor
    face_radii: Tensor
    mouth: Tensor
    mouth_radii: Tensor


def regions_of(face: Tensor, mouth: Tensor) -> Regions:
    """Regions of landmarks, each (B, N, 2) in picture widths: the outline of the face and of the lips.

    Examples
    --------
    >>> box = torch.tensor([[[0.2, 0.1], [0.8, 0.9]]])
    >>> regions_of(box, box).face_radii.tolist()
    [[0.30000001192092896, 0.3999999761581421]]
    """

    def ellipse(points: Tensor) -> tuple[Tensor, Tensor]:
        low, high = points.amin(1), points.amax(1)
        return (low + high) / 2, (high - low) / 2

    return Regions(*ellipse(face), *ellipse(mouth))


def regions_from(rows: Tensor) -> Regions:
    """Regions of rows (B, 8) that hold the fields of :class:`Regions` side by side."""
    return Regions(*(rows[:, at : at + 2] for at in range(0, 8, 2)))


def middles(grid: int, device: torch.device) -> Tensor:
    """Middles (grid, grid, 2) of the cells of a picture in picture widths, as x and y.

    Examples
    --------
    >>> middles(2, torch.device("cpu"))[0].tolist()
    [[0.25, 0.25], [0.75, 0.25]]
    """
    along = (torch.arange(grid, device=device) + 0.5) / grid
    return torch.stack(torch.meshgrid(along, along, indexing="xy"), dim=-1)


def masks(regions: Regions, grid: int) -> tuple[Tensor, Tensor]:
    """M_face and M_lip, each (B, grid * grid, 1) in [0, 1], row by row from the top left."""
    cells = middles(grid, regions.face.device).reshape(1, -1, 2)

    def distance(centre: Tensor, radii: Tensor) -> Tensor:
        # A cell counts as near as its nearest corner, so that a mouth smaller than a cell still has one.
        away = ((cells - centre[:, None]).abs() - 0.5 / grid).clamp_min(0)
        return (away / radii[:, None].clamp_min(1e-6)).pow(2).sum(-1, keepdim=True)

    mouth = distance(regions.mouth, regions.mouth_radii)
    lip = torch.exp(-mouth / (2 * FADE**2))
    face = torch.exp(-0.5 * distance(regions.face, regions.face_radii)) * (1 - torch.exp(-mouth / (2 * HOLE**2)))
    return torch.where(mouth <= CORE**2, 0.0, face), lip

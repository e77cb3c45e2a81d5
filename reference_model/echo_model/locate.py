"""Where face and mouth are in a picture: learned from landmarks, so that no other net is needed to place the masks."""

from __future__ import annotations

from torch import Tensor, nn

from echo_model.masks import Regions, middles, regions_from

SEEN = 32  # pixels, each way, that the picture is reduced to
COARSE = 4  # cells, each way, that what was seen is pooled to


class Locator(nn.Module):
    """Regions of a picture."""

    def __init__(self) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.AdaptiveAvgPool2d(SEEN), nn.Conv2d(3, 32, 4, stride=2, padding=1), nn.SiLU(),
            nn.Conv2d(32, 32, 3, stride=2, padding=1), nn.SiLU(),
            nn.AdaptiveAvgPool2d(COARSE), nn.Flatten(), nn.Linear(32 * COARSE**2, 64), nn.SiLU(), nn.Linear(64, 8),
        )  # fmt: skip

    def forward(self, image: Tensor) -> Tensor:
        """Middles and radii (B, 8) of face and mouth in picture widths, in the order of :class:`Regions`, of images (B, 3, H, W)."""
        found: Tensor = self.net(image).sigmoid()
        return found

    def regions(self, image: Tensor) -> Regions:
        """The same as regions."""
        return regions_from(self(image))


def middle_and_radii(mask: Tensor) -> tuple[Tensor, Tensor]:
    """Middles and radii (B, 2) of ellipses that are 1 in masks (B, h, w), as `grid_sample` counts places: pictures are two wide."""
    cells = 2 * middles(mask.shape[-1], mask.device) - 1
    share = (mask / mask.sum((1, 2), keepdim=True).clamp_min(1e-6))[..., None]
    middle = (share * cells).sum((1, 2))
    # Along a half axis of an ellipse the standard deviation is half of it.
    return middle, 2 * (share * (cells - middle[:, None, None]).square()).sum((1, 2)).sqrt()


def face_mask(regions: Regions, grid: int) -> Tensor:
    """1 in the ellipse of the face and a margin of a fifth around it, else 0: (B, grid, grid)."""
    away = (middles(grid, regions.face.device) - regions.face[:, None, None]) / (
        1.2 * regions.face_radii[:, None, None]
    ).clamp_min(1e-6)
    return (away.square().sum(-1) <= 1).to(regions.face)

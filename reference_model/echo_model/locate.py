"""Where face and mouth are in a still: learned from landmarks, so that no other net is needed to place the masks."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_model.config import VaeConfig
from echo_model.masks import Regions, regions_from

COARSE = 4  # cells, each way, that the picture is pooled to


class Locator(nn.Module):
    """Regions of a still's latent.

    Parameters
    ----------
    config : VaeConfig
    """

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.net = nn.Sequential(
            nn.Conv2d(config.channels, 32, 3, padding=1), nn.SiLU(), nn.Conv2d(32, 32, 3, stride=2, padding=1), nn.SiLU(),
            nn.AdaptiveAvgPool2d(COARSE), nn.Flatten(), nn.Linear(32 * COARSE**2, 64), nn.SiLU(), nn.Linear(64, 8),
        )  # fmt: skip

    def forward(self, still: Tensor) -> Tensor:
        """Middles and radii (B, 8) of face and mouth in picture widths, in the order of :class:`Regions`; `still` is (B, 1, C, h, w)."""
        found: Tensor = self.net(still[:, 0]).sigmoid()
        return found

    def regions(self, still: Tensor) -> Regions:
        """The same as regions."""
        return regions_from(self(still))


def face_mask(regions: Regions, grid: int) -> Tensor:
    """1 in the ellipse of the face and a margin of a fifth around it, else 0: (B, grid, grid)."""
    middles = (torch.arange(grid, device=regions.face.device) + 0.5) / grid
    cells = torch.stack(torch.meshgrid(middles, middles, indexing="xy"), dim=-1)
    away = (cells - regions.face[:, None, None]) / (1.2 * regions.face_radii[:, None, None]).clamp_min(1e-6)
    return (away.square().sum(-1) <= 1).to(regions.face)

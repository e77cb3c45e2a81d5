"""A model small enough to test in a moment, and inputs for it."""

from __future__ import annotations

from dataclasses import replace

import torch
from echo_model.config import TIME, TINY, EchoConfig, LcuConfig, VaeConfig
from echo_model.lcu import UserWindow
from echo_model.masks import Regions
from echo_model.model import Dialogue, Echo, Turn

CONFIG = replace(
    TINY, name="echo-test", vae=VaeConfig(size=64, channels=4, width=4), lcu=LcuConfig(width=16, state=4, pool=2, layers=1),
    width=32, heads=2, layers=2, steps=2,
)  # fmt: skip
REGIONS = Regions(*(torch.tensor([pair]) for pair in ([0.5, 0.5], [0.35, 0.4], [0.5, 0.75], [0.12, 0.06])))


def model(config: EchoConfig = CONFIG, seed: int = 0) -> Echo:
    """A model whose zero-initialised parts are woken up, so that every path reaches the output."""
    torch.manual_seed(seed)
    made = Echo(config).eval()
    with torch.no_grad():
        for value in made.parameters():
            if value.dim() > 1 and not value.abs().any():
                value.normal_(0, 0.05)
        # It sees the face of REGIONS in every picture; an untrained locator finds a mouth as large as the picture.
        made.locator.net[-1].weight.zero_()
        made.locator.net[-1].bias.copy_(
            torch.cat([REGIONS.face, REGIONS.face_radii, REGIONS.mouth, REGIONS.mouth_radii], 1)[0].logit()
        )
    return made


def turn(seed: int, config: EchoConfig = CONFIG) -> Turn:
    """Random signals of one window."""
    rng = torch.Generator().manual_seed(seed)
    size, grid, frames = config.vae.size, config.vae.grid, config.current
    return Turn(
        UserWindow(
            torch.randn(1, frames, config.vae.channels, grid, grid, generator=rng),
            torch.randn(1, TIME * frames, config.audio, generator=rng),
            torch.ones(1, grid, grid),
            *(2 * torch.rand(*shape, size, size, generator=rng) - 1 for shape in ((1, frames, 3), (1, 3))),
        ),
        torch.randn(1, TIME * frames, config.audio, generator=rng),
        Dialogue(torch.randint(2048, (1, 5), generator=rng), torch.zeros(1, 5, dtype=torch.int64), torch.tensor([5])),
    )


def image(config: EchoConfig = CONFIG) -> torch.Tensor:
    """A reference image."""
    return torch.rand(1, 3, config.vae.size, config.vae.size, generator=torch.Generator().manual_seed(9)) * 2 - 1

"""Alignment of stage 2: the user and the dialogue must tell how the avatar reacts, and what is made must show it.

Reactions are small in pixels and last longer than a window, so that the flow's error hardly asks for them: previous frames show them, and
faces that were learned by heart. So what is told of the avatar's acts and affect must be true, and a reader of expressions must read it in
the latents that are made. In some windows another reaction is asked for than the one that was recorded: nothing but what is told then
leads to it. The reader learns from real latents, beside the model, and is no part of it.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F

from echo_model.config import EchoConfig
from echo_model.lcu import SIZES

NOISE = 0.3  # in departures, on what is read: neighbours of a latent must be read alike
STILL = 1 / 3  # latents of the reference are three times as large as departures


class Alignment(nn.Module):
    """Heads of the loss.

    Parameters
    ----------
    config : EchoConfig
    """

    sizes: Tensor

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        channels = config.vae.channels
        self.reader = nn.Sequential(
            nn.Conv2d(2 * channels, 48, 3, padding=1), nn.GELU(), nn.Conv2d(48, 64, 4, 2, 1), nn.GELU(),
            nn.Conv2d(64, 96, 4, 2, 1), nn.GELU(), nn.Flatten(), nn.Dropout(0.3),
            nn.Linear(96 * (config.vae.grid // 4) ** 2, 96), nn.GELU(), nn.Linear(96, len(SIZES)),
        )  # fmt: skip
        self.register_buffer("sizes", torch.tensor(SIZES))

    def expression(self, real: Tensor, made: Tensor, still: Tensor, shown: Tensor, asked: Tensor) -> dict[str, Tensor]:
        """Errors of the reader on real latents, which teaches the reader alone, and on made ones, which teaches the model alone.

        Parameters
        ----------
        real, made : Tensor of shape (N, current, C, h, w)
            Departures from the reference, in units of the train split.
        still : Tensor of shape (N, 1, C, h, w)
            Latent of the reference.
        shown, asked : Tensor of shape (N, acts + 3)
            Acts and affect that the real latents show, and that the made ones should; NaN where nobody knows.
        """
        numbers = {name: value.detach() for name, value in self.reader.named_parameters()}
        return {
            "reader": self.wrong(self.reader(_rough(real, still)).unflatten(0, real.shape[:2]).mean(1), shown),
            "expression": self.wrong(
                functional_call(self.reader, numbers, (_rough(made, still),)).unflatten(0, made.shape[:2]).mean(1),
                asked,
            ),
        }

    def wrong(self, told: Tensor, wanted: Tensor) -> Tensor:
        """Mean squared error of acts and affect (N, acts + 3), in the sizes of what varies; NaN is what nobody knows."""
        known = wanted.isfinite()
        wrong = F.mse_loss(told.float() / self.sizes, wanted.nan_to_num() / self.sizes, reduction="none")
        return (wrong * known).sum() / known.sum().clamp_min(1)


def _rough(away: Tensor, still: Tensor) -> Tensor:
    rough = away + NOISE * torch.randn_like(away)
    return torch.cat([rough, STILL * still.expand_as(away)], dim=2).flatten(0, 1)

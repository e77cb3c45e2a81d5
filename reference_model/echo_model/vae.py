"""The video autoencoder: four frames of RGB to one latent frame of an eighth of their size, and back; causal in time.

The four frames are folded into channels together, so that a latent frame is one small picture of 160 ms. Both coding and decoding look
at the latent frame before, never at one after it: a stream can be decoded as it comes, and a window's first frame depends on how the
last one ended.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import TIME, VaeConfig

FOLD = 4  # pixels folded into channels, each way
QUIET = -5.0  # least log variance of latents: neighbours must decode alike, for the flow does not hit them exactly


class Res(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            nn.GroupNorm(8, width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
        )  # fmt: skip
        nn.init.zeros_(self.body[-1].weight)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, width, H, W)."""
        out: Tensor = x + self.body(x)
        return out


class Joined(nn.Module):
    """A convolution over space of each latent frame and the one before it: (B, T, C, H, W) to (B, T, outputs, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv2d(2 * inputs, outputs, 3, padding=1)

    def forward(self, x: Tensor, before: Tensor | None = None) -> Tensor:
        """`before` (B, 1, C, H, W) is the latent frame before the first; a copy of the first where there is none."""
        first = x[:, :1] if before is None else before
        pairs = torch.cat([torch.cat([first, x[:, :-1]], dim=1), x], dim=2)
        out: Tensor = self.conv(pairs.flatten(0, 1)).unflatten(0, x.shape[:2])
        return out


class Autoencoder(nn.Module):
    """What every video autoencoder does: pictures to latents of about unit variance, and back.

    Parameters
    ----------
    config : VaeConfig
    """

    context = 1
    """Latent frames before a window that its coding and decoding look at."""

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        self.config = config
        self.register_buffer("shift", torch.zeros(config.channels))
        self.register_buffer("scale", torch.ones(config.channels))

    shift: Tensor
    scale: Tensor

    def moments(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, T / 4, C, h, w) of the latents of video (B, T, 3, H, W) in [-1, 1]; T a multiple of 4."""
        if video.shape[1] % TIME:
            raise ValueError(
                f"video of {video.shape[1]} frames: give a multiple of {TIME}, for a latent frame is {TIME} frames"
            )
        return self._moments(video)

    def encode(self, video: Tensor) -> Tensor:
        """Latents (B, T / 4, C, h, w) with about unit variance per channel, without noise."""
        mean = self.moments(video)[0]
        return (mean - self.shift[:, None, None]) / self.scale[:, None, None]

    def decode(self, latents: Tensor, before: Tensor | None = None) -> Tensor:
        """Video (B, T, 3, H, W) in [-1, 1] of latents (B, T / 4, C, h, w); `before` (B, K, C, h, w) came before them."""
        return self._pictures(self._raw(latents), None if before is None else self._raw(before))

    @torch.no_grad()
    def fit_scale(self, means: Tensor) -> None:
        """Take shift and scale from means (N, C, h, w) of the train split: the flow wants unit variance."""
        self.shift.copy_(means.mean(dim=(0, 2, 3)))
        self.scale.copy_(means.std(dim=(0, 2, 3)).clamp_min(1e-3))

    def _raw(self, latents: Tensor) -> Tensor:
        return latents * self.scale[:, None, None] + self.shift[:, None, None]

    def _moments(self, video: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def _pictures(self, latents: Tensor, before: Tensor | None) -> Tensor:
        """Video of latents as :meth:`_moments` makes them."""
        raise NotImplementedError


class VideoVae(Autoencoder):
    """The small one: encoder and decoder of our own.

    Parameters
    ----------
    config : VaeConfig
    """

    def __init__(self, config: VaeConfig) -> None:
        super().__init__(config)
        fine, coarse, channels, cell = 2 * config.width, 4 * config.width, config.channels, 3 * TIME * FOLD**2
        self.look = nn.Sequential(
            nn.Conv2d(cell, fine, 3, padding=1), Res(fine), nn.Conv2d(fine, coarse, 4, stride=2, padding=1), Res(coarse),
        )  # fmt: skip
        self.join = Joined(coarse, 2 * channels)
        self.part = Joined(channels, coarse)
        self.draw = nn.Sequential(
            Res(coarse), Res(coarse), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(coarse, fine, 3, padding=1),
            Res(fine), Res(fine), nn.SiLU(), nn.Conv2d(fine, cell, 3, padding=1),
        )  # fmt: skip

    def _moments(self, video: Tensor) -> tuple[Tensor, Tensor]:
        size, frames = video.shape[:2]
        folded = F.pixel_unshuffle(video.reshape(size * frames // TIME, TIME * 3, *video.shape[-2:]), FOLD)
        seen = self.look(folded).unflatten(0, (size, frames // TIME))
        mean, log_variance = self.join(seen).chunk(2, dim=2)
        return mean, log_variance.clamp(QUIET, 6)

    def reconstruct(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Video through noisy latents, and their divergence from the standard normal: for training."""
        mean, log_variance = self.moments(video)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
        return self._pictures(latents, None), divergence

    def _pictures(self, latents: Tensor, before: Tensor | None) -> Tensor:
        size, count = latents.shape[:2]
        folded = self.draw(self.part(latents, None if before is None else before[:, -1:]).flatten(0, 1))
        frames = F.pixel_shuffle(folded, FOLD).tanh()
        return frames.reshape(size, count * TIME, 3, *frames.shape[-2:])


def video_loss(made: Tensor, video: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """What makes a reconstruction look right: pixels, edges at three scales, and change over time (all L1).

    Parameters
    ----------
    made, video : Tensor of shape (B, T, 3, H, W)
    weight : Tensor of shape (B, 1, H, W)
        How much each place counts.
    """
    each = weight[:, None]
    terms = {"pixels": (each * (made - video).abs()).mean()}
    terms["change"] = (each * (made.diff(dim=1) - video.diff(dim=1)).abs()).mean()
    wrong = (each * (made - video)).flatten(0, 1)
    edges = []
    for _ in range(3):
        edges += [wrong.diff(dim=axis).abs().mean() for axis in (-1, -2)]
        wrong = F.avg_pool2d(wrong, 2)
    return terms | {"edges": torch.stack(edges).mean()}

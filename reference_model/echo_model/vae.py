"""The video autoencoder: four frames of RGB to one latent frame of an eighth of their size, and back; causal in time.

Each frame is folded to a quarter of its size and encoded by itself; the four frames of a latent frame are then joined. Both joining and
parting look at the latent frame before, never at one after it, so that a stream can be decoded as it comes, and a window's first
frame depends on how the last one ended.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import TIME, VaeConfig

FOLD = 4  # pixels folded into channels, each way


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
    """A convolution over space of each latent frame and the one before it: (B, C, T, H, W) to (B, outputs, T, H, W)."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.conv = nn.Conv3d(inputs, outputs, (2, 3, 3), padding=(0, 1, 1))

    def forward(self, x: Tensor, before: Tensor | None = None) -> Tensor:
        """`before` (B, C, 1, H, W) is the latent frame before the first; a copy of the first where there is none."""
        first = x[:, :, :1] if before is None else before
        out: Tensor = self.conv(torch.cat([first, x], dim=2))
        return out


class VideoVae(nn.Module):
    """Encoder and decoder.

    Parameters
    ----------
    config : VaeConfig
    """

    def __init__(self, config: VaeConfig) -> None:
        super().__init__()
        fine, coarse, channels = 2 * config.width, 4 * config.width, config.channels
        self.config = config
        self.encode_frame = nn.Sequential(
            nn.PixelUnshuffle(FOLD), nn.Conv2d(3 * FOLD**2, fine, 3, padding=1), Res(fine),
            nn.Conv2d(fine, coarse, 4, stride=2, padding=1), Res(coarse),
        )  # fmt: skip
        self.join = Joined(TIME * coarse, 2 * channels)
        self.part = Joined(channels, TIME * coarse)
        self.decode_frame = nn.Sequential(
            Res(coarse), Res(coarse), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(coarse, fine, 3, padding=1),
            Res(fine), Res(fine), nn.SiLU(), nn.Conv2d(fine, 3 * FOLD**2, 3, padding=1), nn.PixelShuffle(FOLD),
        )  # fmt: skip
        self.register_buffer("shift", torch.zeros(channels))
        self.register_buffer("scale", torch.ones(channels))

    shift: Tensor
    scale: Tensor

    def moments(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, T / 4, C, h, w) of the latents of video (B, T, 3, H, W) in [-1, 1]; T a multiple of 4."""
        size, frames = video.shape[:2]
        if frames % TIME:
            raise ValueError(
                f"video of {frames} frames: give a multiple of {TIME}, for a latent frame is {TIME} frames"
            )
        each = self.encode_frame(video.flatten(0, 1))
        joined = each.reshape(size, frames // TIME, -1, *each.shape[-2:]).transpose(1, 2)
        mean, log_variance = self.join(joined).transpose(1, 2).chunk(2, dim=2)
        return mean, log_variance.clamp(-12, 6)

    def encode(self, video: Tensor) -> Tensor:
        """Latents (B, T / 4, C, h, w) with about unit variance per channel, without noise."""
        mean = self.moments(video)[0]
        return (mean - self.shift[:, None, None]) / self.scale[:, None, None]

    def decode(self, latents: Tensor, before: Tensor | None = None) -> Tensor:
        """Video (B, T, 3, H, W) in [-1, 1] of latents (B, T / 4, C, h, w); `before` (B, 1, C, h, w) came before them."""
        return self._pictures(self._raw(latents), None if before is None else self._raw(before))

    def reconstruct(self, video: Tensor) -> tuple[Tensor, Tensor]:
        """Video through noisy latents, and their divergence from the standard normal: for training."""
        mean, log_variance = self.moments(video)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
        return self._pictures(latents, None), divergence

    @torch.no_grad()
    def fit_scale(self, means: Tensor) -> None:
        """Take shift and scale from means (N, C, h, w) of the train split: the flow wants unit variance."""
        self.shift.copy_(means.mean(dim=(0, 2, 3)))
        self.scale.copy_(means.std(dim=(0, 2, 3)).clamp_min(1e-3))

    def _raw(self, latents: Tensor) -> Tensor:
        return latents * self.scale[:, None, None] + self.shift[:, None, None]

    def _pictures(self, latents: Tensor, before: Tensor | None) -> Tensor:
        size, count = latents.shape[:2]
        rows = self.part(latents.transpose(1, 2), None if before is None else before.transpose(1, 2)).transpose(1, 2)
        frames = self.decode_frame(rows.reshape(size * count * TIME, -1, *rows.shape[-2:]))
        return frames.unflatten(0, (size, count * TIME)).tanh()  # type: ignore[no-any-return]


def video_loss(made: Tensor, video: Tensor) -> dict[str, Tensor]:
    """What makes a reconstruction look right: pixels, edges at three scales, and change over time (all L1)."""
    terms = {"pixels": F.l1_loss(made, video), "change": F.l1_loss(made.diff(dim=1), video.diff(dim=1))}
    a, b = made.flatten(0, 1), video.flatten(0, 1)
    edges = []
    for _ in range(3):
        edges += [F.l1_loss(a.diff(dim=axis), b.diff(dim=axis)) for axis in (-1, -2)]
        a, b = F.avg_pool2d(a, 2), F.avg_pool2d(b, 2)
    return terms | {"edges": torch.stack(edges).mean()}

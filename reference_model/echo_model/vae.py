"""The video autoencoder: four frames of RGB to one latent frame of an eighth of their size, and back; causal in time.

The four frames are folded into channels together, so that a latent frame is one small picture of 160 ms. Both coding and decoding look
at the latent frame before, never at one after it: a stream can be decoded as it comes, and a window's first frame depends on how the
last one ended. Both are also shown a reference image of the person. Latents say how frames depart from it; decoded frames are that
image, warped, with what it cannot show painted over it. So latents need to say how a face moves and hardly what it looks like, and what
stands still costs nothing.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import TIME, VaeConfig

FOLD = 4  # pixels folded into channels, each way
QUIET = -3.0  # least log variance of latents: neighbours must decode alike, for the flow does not hit them exactly
LEAST = 0.25  # least scale of a channel, in those of the liveliest: what says nothing is not blown up to unit variance
CLEAR = 3.0  # by how much departures from the reference are enlarged for the encoder: most are small
SQUARES = 4.0  # weight of squared errors beside absolute ones
REACH = 32.0  # pixels that one unit of what moves the reference stands for, however large the picture
BARE = -1.0  # logit of the painted share before training: most is warped


class PlaceNorm(nn.Module):
    """Every place of a picture with unit mean square over its channels: a crop is treated as it is in the whole."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.scale, self.shift = nn.Parameter(torch.ones(width, 1, 1)), nn.Parameter(torch.zeros(width, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        """Pictures (N, width, H, W)."""
        length = torch.rsqrt(x.float().square().mean(1, keepdim=True) + 1e-5)
        out: Tensor = x * length.to(x.dtype) * self.scale.to(x.dtype) + self.shift.to(x.dtype)
        return out


class Res(nn.Module):
    """Two convolutions and a way around them."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.body = nn.Sequential(
            PlaceNorm(width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
            PlaceNorm(width), nn.SiLU(), nn.Conv2d(width, width, 3, padding=1),
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

    def moments(self, video: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, T / 4, C, h, w) of latents.

        Parameters
        ----------
        video : Tensor of shape (B, T, 3, H, W)
            In [-1, 1]; T a multiple of 4.
        reference : Tensor of shape (B, 3, H, W)
            The person, in [-1, 1].

        Raises
        ------
        ValueError
            When T is none.
        """
        if video.shape[1] % TIME:
            raise ValueError(
                f"video of {video.shape[1]} frames: give a multiple of {TIME}, for a latent frame is {TIME} frames"
            )
        return self._moments(video, reference)

    def encode(self, video: Tensor, reference: Tensor) -> Tensor:
        """Latents (B, T / 4, C, h, w) with about unit variance per channel, without noise; as :meth:`moments`."""
        mean = self.moments(video, reference)[0]
        return (mean - self.shift[:, None, None]) / self.scale[:, None, None]

    def decode(self, latents: Tensor, reference: Tensor, before: Tensor | None = None) -> Tensor:
        """Video (B, T, 3, H, W) in [-1, 1] of latents.

        Parameters
        ----------
        latents : Tensor of shape (B, T / 4, C, h, w)
        reference : Tensor of shape (B, 3, H, W)
            The person, in [-1, 1].
        before : Tensor of shape (B, K, C, h, w), optional
            Latents that came before them.
        """
        return self._pictures(self._raw(latents), reference, None if before is None else self._raw(before))

    @torch.no_grad()
    def fit_scale(self, means: Tensor) -> None:
        """Take shift and scale from means (N, C, h, w) of the train split: the flow wants unit variance."""
        spread = means.std(dim=(0, 2, 3))
        self.shift.copy_(means.mean(dim=(0, 2, 3)))
        self.scale.copy_(spread.clamp_min(max(LEAST * float(spread.max()), 1e-3)))

    def _raw(self, latents: Tensor) -> Tensor:
        return latents * self.scale[:, None, None] + self.shift[:, None, None]

    def _moments(self, video: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        raise NotImplementedError

    def _pictures(self, latents: Tensor, reference: Tensor, before: Tensor | None) -> Tensor:
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
        fine, coarse, channels, cell = 2 * config.width, 4 * config.width, config.channels, FOLD**2
        self.look = nn.Sequential(
            nn.Conv2d(3 * (TIME + 1) * cell, fine, 3, padding=1), Res(fine),
            nn.Conv2d(fine, coarse, 4, stride=2, padding=1), Res(coarse),
        )  # fmt: skip
        self.join = Joined(coarse, 2 * channels)
        nn.init.constant_(self.join.conv.bias[channels:], QUIET)  # type: ignore[index]
        self.part = Joined(channels, coarse)
        self.know = nn.Sequential(nn.Conv2d(3 * cell, fine, 3, padding=1), Res(fine))
        self.place = nn.Conv2d(fine, coarse, 4, stride=2, padding=1)
        self.meet = nn.Sequential(
            Res(coarse), Res(coarse), nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(coarse, fine, 3, padding=1),
        )  # fmt: skip
        self.draw = nn.Sequential(Res(fine), Res(fine), nn.SiLU())
        self.move = nn.Conv2d(fine, 2 * TIME * 4, 3, padding=1)
        self.paint = nn.Conv2d(fine, 4 * TIME * cell, 3, padding=1)
        nn.init.zeros_(self.move.weight)
        nn.init.zeros_(self.move.bias)  # type: ignore[arg-type]

    def _moments(self, video: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        size, count = video.shape[0], video.shape[1] // TIME
        away = CLEAR * (video - reference[:, None]).reshape(size * count, TIME * 3, *video.shape[-2:])
        shown = torch.cat([away, reference.repeat_interleave(count, dim=0)], dim=1)
        seen = self.look(F.pixel_unshuffle(shown, FOLD)).unflatten(0, (size, count))
        mean, log_variance = self.join(seen).chunk(2, dim=2)
        return mean, log_variance.clamp(QUIET, 6)

    def reconstruct(self, video: Tensor, reference: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Video through noisy latents, these latents, and their divergence from the standard normal: for training."""
        mean, log_variance = self.moments(video, reference)
        latents = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        divergence = 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).mean()
        return self._pictures(latents, reference, None), latents, divergence

    def _pictures(self, latents: Tensor, reference: Tensor, before: Tensor | None) -> Tensor:
        size, count = latents.shape[:2]
        known = self.know(F.pixel_unshuffle(reference, FOLD))
        told = self.part(latents, None if before is None else before[:, -1:]) + self.place(known)[:, None]
        met = self.meet(told.flatten(0, 1)).unflatten(0, (size, count)) + known[:, None]
        drawn = self.draw(met.flatten(0, 1))
        moves = frames_of(F.pixel_shuffle(self.move(drawn), 2)).float()
        painted = frames_of(F.pixel_shuffle(self.paint(drawn), FOLD))
        share = (painted[:, 3:] + BARE).sigmoid()
        shown = warped(reference.repeat_interleave(count * TIME, dim=0), REACH * moves)
        frames = share * painted[:, :3].tanh() + (1 - share) * shown
        return frames.reshape(size, count * TIME, *frames.shape[1:])


def frames_of(rows: Tensor) -> Tensor:
    """Latent frames (N, 4 * K, H, W) as the four frames that their channels are: (4 * N, K, H, W)."""
    return rows.reshape(len(rows) * TIME, -1, *rows.shape[-2:])


def warped(pictures: Tensor, moves: Tensor) -> Tensor:
    """Pictures whose every place shows what lies elsewhere in them.

    Parameters
    ----------
    pictures : Tensor of shape (N, 3, H, W)
    moves : Tensor of shape (N, 2, h, w)
        How far away, right and down, in pixels of the pictures; enlarged to H x W.

    Examples
    --------
    >>> row = torch.arange(4.0).expand(1, 3, 4, 4)
    >>> right = torch.tensor([1.0, 0.0]).reshape(1, 2, 1, 1).expand(-1, -1, 4, 4)
    >>> warped(row, right)[0, 0, 0].tolist()
    [1.0, 2.0, 3.0, 3.0]
    """
    away = F.interpolate(moves, size=pictures.shape[-2:], mode="bilinear", align_corners=False)
    places = F.affine_grid(
        torch.eye(2, 3).to(away).expand(len(away), -1, -1), list(pictures.shape), align_corners=False
    )
    sides = away.new_tensor([pictures.shape[-1], pictures.shape[-2]])
    return F.grid_sample(
        pictures, places + 2 / sides * away.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
    )


def video_loss(made: Tensor, video: Tensor, weight: Tensor) -> dict[str, Tensor]:
    """What makes a reconstruction look right: pixels, edges at three scales, change over time (L1), and squares of pixels and change.

    Squares do not let what moves seldom, as lips do, be left at its median.

    Parameters
    ----------
    made, video : Tensor of shape (B, T, 3, H, W)
    weight : Tensor of shape (B, 1, H, W)
        How much each place counts.
    """
    away = made - video
    wrong, change = weight[:, None] * away, away.diff(dim=1)
    squares = (wrong * away).mean() + (weight[:, None] * change.square()).mean()
    terms = {
        "pixels": wrong.abs().mean(),
        "change": (weight[:, None] * change.abs()).mean(),
        "squares": SQUARES * squares,
    }
    wrong = wrong.flatten(0, 1)
    edges = []
    for _ in range(3):
        edges += [wrong.diff(dim=axis).abs().mean() for axis in (-1, -2)]
        wrong = F.avg_pool2d(wrong, 2)
    return terms | {"edges": torch.stack(edges).mean()}

"""`sonic`: windows that shift while they are denoised, and buckets of how much is moved (Sonic, arXiv 2411.16331) in ``rig61``.

Mechanism: a clip of any length is denoised in windows that meet without overlap; at each step all windows lie 7 frames further, so that
no two frames are parted in every step and no seam is left. Two buckets, of the variance of head and of expression, tell how lively the
motion is to be; they are scaled to get less or more. Buckets are embedded by sines, so that one that was never taught is like its
neighbours.

Ours: flow matching in motion space; variances are of standardised motion within a window, and the usual ones of the train split are
asked for when a benchmark generates. Ships without weights.
"""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Moment
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.diffusion_trunk import STEPS, WIDTH, Denoiser, Level
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.flow import flow_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network, noise
from echo_bench.methods.learned.trainer import Recipe

WINDOW, SHIFT = 50, 7
FACE, HEAD = slice(0, 52), slice(52, 58)
LEAST, PER_UNIT, BUCKETS = 16, 16, 64  # bucket of stillness, buckets per unit of variance, how many there are
FINE = 2048  # so divided, a bucket turns the fastest wave of a Moment by one radian: neighbours are alike


def spans(frames: int, offset: int) -> Iterator[tuple[int, int]]:
    """Windows that cover a clip, one of them beginning at `offset`.

    Examples
    --------
    >>> list(spans(120, 7))
    [(0, 7), (7, 57), (57, 107), (107, 120)]
    """
    cuts = [cut for cut in range(offset % WINDOW, frames, WINDOW) if cut > 0]
    yield from zip([0, *cuts], [*cuts, frames], strict=True)


def variances(motion: Tensor) -> Tensor:
    """Variance over time of head and expression, mean over columns: (B, 2) of standardised motion (B, L, 61)."""
    spread = motion.var(dim=1, unbiased=False)
    return torch.stack([spread[:, HEAD].mean(-1), spread[:, FACE].mean(-1)], dim=-1)


def buckets(values: Tensor) -> Tensor:
    """Bucket of a variance: value times 16 plus 16.

    Examples
    --------
    >>> buckets(torch.tensor([0.0, 0.5, 1.0, 99.0])).tolist()
    [16, 24, 32, 63]
    """
    return (values * PER_UNIT + LEAST).round().long().clamp(0, BUCKETS - 1)


class SonicNetwork(Network):
    """The velocity of a window, given its sound and its buckets."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.denoise = Denoiser(Level(tuple(range(MOTION))))
        self.lively = nn.ModuleList(Moment(WIDTH) for _ in range(2))
        self.register_buffer("usual", torch.ones(2))  # variances of the train split

    def velocity(self, x: Tensor, times: Tensor, voice: Tensor, asked: Tensor) -> Tensor:
        """Velocity (B, L, 61) of one window under buckets (B, 2)."""
        style = torch.stack([embed(asked[:, k] / FINE) for k, embed in enumerate(self.lively)]).sum(0)[:, None]
        moved: Tensor = self.denoise(x, times, voice, x[:, :0], timed=True, style=style)
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching of windows that are told their own buckets."""
        found = variances(batch.target)
        self.usual.lerp_(found.detach().mean(0), 0.02)
        asked = buckets(found)
        return {"flow": flow_loss(lambda x, t: self.velocity(x, t, batch.avatar_audio, asked), batch.target)}

    def sample(self, batch: Batch, rng: torch.Generator, *, scale: float = 1.0, shift: int = SHIFT) -> Tensor:
        """All windows step by step; `scale` asks for less or more motion, `shift` is how far windows move in a step."""
        voice = batch.avatar_audio
        x = noise((*voice.shape[:2], MOTION), rng, voice)
        asked = buckets(self.usual * scale).expand(len(voice), 2)
        for step in range(STEPS):
            moved = [
                self.velocity(
                    x[:, start:end], x.new_full((len(x), end - start), step / STEPS), voice[:, start:end], asked
                )
                for start, end in spans(x.shape[1], step * shift)
            ]
            x = x + torch.cat(moved, dim=1) / STEPS
        return x


class Sonic(Learned):
    """The method."""

    name = "sonic"
    capabilities = Capabilities(output="motion", stochastic=True)
    network = SonicNetwork
    recipe = Recipe(steps=1000, batch=32, window=WINDOW, rate=2e-3)
    ships = False

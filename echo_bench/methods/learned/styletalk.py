"""`styletalk`: a voice spoken in the style of another clip (StyleTalk, arXiv 2301.01081) in ``rig61``.

Mechanism: a style clip becomes one code by self-attention and pooling; the decoder's feed-forward layers mix their kernels from eight
experts, in shares that the code sets, so that one voice is spoken in many ways. A triplet loss brings the codes of one person together
and parts those of several.

Ours: sound, not phonemes; one decoder for the whole face; one half of a training window is the style clip of the other half; no
discriminators. A benchmark gets the mean code of the train split. Ships without weights.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import WIDTH, ear
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

EXPERTS, STYLE, HEADS, LAYERS = 8, 16, 4, 2
MARGIN = 1.0  # by which a stranger's code is to be farther away than one's own


class AdaptiveFeed(nn.Module):
    """A feed-forward layer whose kernels are mixed by the style."""

    def __init__(self) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(WIDTH)
        self.mix = nn.Linear(STYLE, EXPERTS)
        self.inward = nn.Parameter(torch.randn(EXPERTS, WIDTH, WIDTH) / math.sqrt(WIDTH))
        self.outward = nn.Parameter(torch.randn(EXPERTS, WIDTH, WIDTH) / math.sqrt(WIDTH))

    def shares(self, style: Tensor) -> Tensor:
        """Share (B, experts) of each expert under styles (B, style)."""
        return self.mix(style).softmax(-1)  # type: ignore[no-any-return]

    def forward(self, rows: Tensor, style: Tensor) -> Tensor:
        """Rows (B, T, width) after the layer."""
        shares = self.shares(style)
        inward, outward = (torch.einsum("bk,kio->bio", shares, kernels) for kernels in (self.inward, self.outward))
        return rows + F.gelu(self.norm(rows) @ inward) @ outward


class StyleNetwork(Network):
    """An encoder of style and a decoder that adapts to it."""

    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(MOTION, WIDTH)
        self.compare = Block(WIDTH, HEADS)
        self.weigh = nn.Linear(WIDTH, 1)
        self.code = nn.Linear(WIDTH, STYLE)
        self.hear = ear()
        self.layers = nn.ModuleList(AdaptiveFeed() for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, MOTION)
        self.register_buffer("usual", torch.zeros(STYLE))  # mean code of the train split

    def style(self, clip: Tensor) -> Tensor:
        """Code (B, style) of a style clip (B, L, 61) of any length."""
        frames = clip.shape[1]
        rows = self.compare(self.enter(clip), distance_bias(HEADS, frames, frames, causal=False).to(clip))
        code: Tensor = self.code((self.weigh(rows).softmax(dim=1) * rows).sum(dim=1))
        return code

    def speak(self, voice: Tensor, style: Tensor) -> Tensor:
        """Motion (B, T, 61) of sound (B, T, 52) under codes (B, style)."""
        rows = self.hear(voice)
        for layer in self.layers:
            rows = layer(rows, style)
        motion: Tensor = self.leave(rows)
        return motion

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Each half of a window, spoken in the style of the other half."""
        middle = batch.target.shape[1] // 2
        parts = batch.between(0, middle), batch.between(middle, 2 * middle)
        codes = [self.style(part.target) for part in parts]
        self.usual.lerp_(torch.cat(codes).detach().mean(0), 0.02)
        made = [self.speak(part.avatar_audio, code) for part, code in zip(parts, reversed(codes), strict=True)]
        own, again = codes
        apart = F.triplet_margin_loss(own, again, again.roll(1, dims=0), margin=MARGIN)
        return motion_loss(torch.cat(made), torch.cat([part.target for part in parts])) | {"style": 0.1 * apart}

    def sample(self, batch: Batch, rng: torch.Generator, clip: Tensor | None = None) -> Tensor:
        """There is no chance in it; `clip` (B, L, 61) is whose style is spoken in."""
        voice = batch.avatar_audio
        return self.speak(voice, self.usual.expand(len(voice), -1) if clip is None else self.style(clip))


class StyleTalk(Learned):
    """The method."""

    name = "styletalk"
    capabilities = Capabilities(output="motion", causal=True)
    network = StyleNetwork
    recipe = Recipe(steps=1000, batch=32, window=128, rate=1.5e-3)
    ships = False

"""`react-transvae`: several reactions per clip from one latent (Trans-VAE, the REACT baseline, arXiv 2306.06583) in ``rig61``.

Mechanism: a transformer over the speaker's sound and motion; a recognition network reads the true reaction into one latent per
clip; a decoder makes the reaction from both. At generation the latent is drawn, and every draw is another reaction to the same
speaker.

Ours: the prior of the latent depends on nothing (as in the baseline), and its divergence is weighted so that the latent stays in use.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import gaussian_kl, motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS, LATENT = 80, 4, 2, 32
DIVERGENCE = 0.3  # weight of the divergence
PAST = 125  # frames that attention reaches back


class TransVaeNetwork(DepartingNetwork):
    """Speaker encoder, recognition network and decoder."""

    liveliness = 1.5
    temperature = 0.55

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(MOTION + 2 * AUDIO, WIDTH)
        self.encode = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.recognise = nn.Sequential(CausalConv(MOTION, WIDTH, 9, causal=False), nn.GELU())
        self.parameters_of = nn.Linear(2 * WIDTH, 2 * LATENT)
        self.use = nn.Linear(LATENT, WIDTH)
        self.decode = nn.ModuleList(Block(WIDTH, HEADS, condition=WIDTH) for _ in range(1))
        self.leave = nn.Linear(WIDTH, MOTION)

    def heard(self, batch: Batch) -> Tensor:
        """The speaker as the decoder gets it, (B, T, width)."""
        rows = self.enter(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))
        bias = self._bias(rows)
        for block in self.encode:
            rows = block(rows, bias)
        return rows  # type: ignore[no-any-return]

    def recognised(self, target: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance (B, latent) of the latent of a true reaction, read from its level and its liveliness."""
        rows = self.recognise(target)
        mean, log_variance = self.parameters_of(torch.cat([rows.mean(1), rows.std(1)], dim=-1)).chunk(2, dim=-1)
        return mean, log_variance.clamp(-8, 4)

    def decoded(self, rows: Tensor, latent: Tensor) -> Tensor:
        """Motion (B, T, 61)."""
        bias, condition = self._bias(rows), self.use(latent)[:, None]
        rows = rows + condition
        for block in self.decode:
            rows = block(rows, bias, condition=condition)
        moved: Tensor = self.leave(rows)
        return moved

    def _bias(self, rows: Tensor) -> Tensor:
        return distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True, width=PAST).to(rows.device)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction through the recognised latent, and its divergence from the prior."""
        mean, log_variance = self.recognised(batch.target)
        latent = mean + torch.randn_like(mean) * (0.5 * log_variance).exp()
        made = self.decoded(self.heard(batch), latent)
        return motion_loss(made, batch.target) | {"divergence": DIVERGENCE * gaussian_kl(mean, log_variance)}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """One latent for the whole clip."""
        rows = self.heard(batch)
        return self.decoded(rows, noise((len(rows), LATENT), rng, rows))


class ReactTransVae(Learned):
    """The method."""

    name = "react-transvae"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True)
    network = TransVaeNetwork
    recipe = Recipe(steps=450, batch=12, window=150, rate=2e-3)

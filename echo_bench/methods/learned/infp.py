"""`infp`: dual-audio interactive motion (INFP, arXiv 2412.04037) in ``rig61``.

Mechanism: nothing of the user is seen, both voices are heard. Two memory banks of learned motion vectors, one verbal and one nonverbal, are
read by attention with keys from the two voices; their sum conditions a flow-matching transformer that makes motion latents window by
window, each window given the last frames of the one before.

Ours: latents are the leading principal components of the train split's motion (INFP's come from its own video autoencoder).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, Moment, distance_bias
from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe
from echo_bench.methods.learned.windows import roll

WIDTH, HEADS, LAYERS = 80, 4, 2
LATENTS, BANK = 32, 32  # principal components; vectors per memory bank
WINDOW, BEFORE, STEPS = 75, 15, 8  # frames; frames given from the window before; Euler steps


class InfpNetwork(DepartingNetwork):
    """Guider and flow."""

    liveliness = 1.8
    temperature = 0.17
    streams = ("user_audio", "avatar_audio")
    piece = WINDOW
    basis: Tensor
    spread: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("basis", torch.eye(MOTION)[:, :LATENTS].contiguous())
        self.register_buffer("spread", torch.ones(LATENTS))
        self.hear = nn.ModuleList(CausalConv(AUDIO, WIDTH, 9, causal=False) for _ in range(2))
        self.keys = nn.Parameter(torch.randn(2, BANK, WIDTH) / WIDTH**0.5)
        self.values = nn.Parameter(torch.randn(2, BANK, WIDTH) / WIDTH**0.5)
        self.enter = nn.Linear(2 * LATENTS + 1, WIDTH)
        self.moment = Moment(WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, condition=WIDTH) for _ in range(LAYERS))
        self.leave = nn.Linear(WIDTH, LATENTS)

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Scales, then the components of the standardised motion, each with unit variance."""
        super().fit_scales(examples)
        rows = self.motion(torch.from_numpy(np.concatenate([example.target for example in examples])))
        _, values, vectors = torch.linalg.svd(rows.double(), full_matrices=False)
        self.basis.copy_(vectors[:LATENTS].T)
        self.spread.copy_((values[:LATENTS] / len(rows) ** 0.5).clamp_min(1e-3))

    def guide(self, batch: Batch) -> Tensor:
        """What both voices call for, (B, T, width): verbal motion for the avatar's own, nonverbal for the user's."""
        found = []
        for bank, (hear, voice) in enumerate(zip(self.hear, (batch.avatar_audio, batch.user_audio), strict=True)):
            weights = (hear(voice) @ self.keys[bank].T / WIDTH**0.5).softmax(-1)
            found.append(weights @ self.values[bank])
        return torch.stack(found).sum(0)

    def velocity(self, x: Tensor, times: Tensor, guide: Tensor, before: Tensor, known: Tensor) -> Tensor:
        """Velocity (B, L, latents); `before` holds the frames that are given, `known` (B, L, 1) says which."""
        rows = self.enter(torch.cat([x, before * known, known], dim=-1))
        bias = distance_bias(HEADS, x.shape[1], x.shape[1], causal=False).to(x.device)
        condition = guide + self.moment(times)
        for block in self.blocks:
            rows = block(rows, bias, condition=condition)
        moved: Tensor = self.leave(rows)
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching; half of the windows are the first of a clip, the others are given the frames before."""
        data = batch.target @ self.basis / self.spread
        guide = self.guide(batch)
        known = torch.zeros_like(data[..., :1])
        known[: len(data) // 2, :BEFORE] = 1.0
        return {"flow": flow_loss(lambda x, t: self.velocity(x, t, guide, data, known), data)}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Window by window."""

        def make(fresh: int, end: int, before: Tensor | None) -> Tensor:
            old = 0 if before is None else before.shape[1]
            guide = self.guide(batch.between(fresh - old, end))
            shape = (*guide.shape[:2], LATENTS)
            given, known = guide.new_zeros(shape), guide.new_zeros(*shape[:2], 1)
            if before is not None:
                given[:, :old], known[:, :old] = before, 1.0
            made = integrate(lambda x, t: self.velocity(x, t, guide, given, known), noise(shape, rng, guide), STEPS)
            return made[:, old:]

        latents = roll(batch.user_audio.shape[1], WINDOW, BEFORE, make)
        return (latents * self.spread) @ self.basis.T


class Infp(Learned):
    """The method."""

    name = "infp"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=WINDOW / 25)
    network = InfpNetwork
    recipe = Recipe(steps=450, batch=8, window=3 * WINDOW, rate=2e-3)

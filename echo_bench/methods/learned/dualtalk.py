"""`dualtalk`: two tracks, one face (DualTalk, arXiv 2505.18096) in ``rig61``.

Mechanism: the avatar's own sound and the other's sound and motion are encoded apart; each track then attends to the other; a
transformer over both makes speaking and listening motion in one model, modulated by how present each track is; motion is
regressed.

Ours: causal, so that it can run live.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS = 88, 4
PAST = 125  # frames that attention reaches back


class DualTalkNetwork(Network):
    """Two encoders, mutual attention, one synthesiser."""

    liveliness = 1.5

    def __init__(self) -> None:
        super().__init__()
        self.own = CausalConv(AUDIO, WIDTH, 9)
        self.other = CausalConv(AUDIO + MOTION, WIDTH, 9)
        self.own_to_other = Block(WIDTH, HEADS, source_width=WIDTH)
        self.other_to_own = Block(WIDTH, HEADS, source_width=WIDTH)
        self.balance = nn.Linear(2 * WIDTH, WIDTH)
        self.join = nn.Linear(2 * WIDTH, WIDTH)
        self.synthesise = Block(WIDTH, HEADS, condition=WIDTH)
        self.leave = nn.Sequential(CausalConv(WIDTH, WIDTH, 3), nn.GELU(), nn.Linear(WIDTH, MOTION))

    def forward(self, batch: Batch) -> Tensor:
        """Motion (B, T, 61)."""
        own = self.own(batch.avatar_audio)
        other = self.other(torch.cat([batch.user_audio, batch.user_motion], dim=-1))
        bias = distance_bias(HEADS, own.shape[1], own.shape[1], causal=True, width=PAST).to(own.device)
        speaking, listening = self.own_to_other(own, bias, other, bias), self.other_to_own(other, bias, own, bias)
        both = torch.cat([speaking, listening], dim=-1)
        rows: Tensor = self.leave(self.synthesise(self.join(both), bias, condition=self.balance(both)))
        return rows

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Motion and its differences."""
        return self.regression(self(batch), batch.target)

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """There is no chance in it."""
        return self(batch)  # type: ignore[no-any-return]


class DualTalk(Learned):
    """The method."""

    name = "dualtalk"
    version = "3"  # 1 had a liveliness of 1; 2 was trained without the loss of affect
    capabilities = Capabilities(output="motion", causal=True)
    network = DualTalkNetwork
    recipe = Recipe(steps=450, batch=10, window=150, rate=2e-3)

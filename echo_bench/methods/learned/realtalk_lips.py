"""`realtalk-lips`: lips that are mixed from a bank of a person's own (RealTalk by Tencent, arXiv 2406.18284) in ``rig61``.

Mechanism: the avatar's voice asks, by attention, a bank of lip postures of the person who is to speak; what it gets is a weighted mean
of them, so that nothing is shown that lies outside that person's range.

Ours: the bank is ARKit's jaw and mouth columns and no 3D prior of a face; in training half of the windows ask their own frames and half
the common bank, postures of the train split that lie far apart, which is what a benchmark gets. All other columns stay at their mean.
Ships without weights.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear, far_apart, with_lips
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

POSTURES, QUERY = 32, 32


class PriorLips(Network):
    """Attention of the voice to a bank of lips."""

    bank: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.hear = ear()
        self.ask = nn.Linear(WIDTH, QUERY)
        self.answer = nn.Sequential(nn.Linear(len(LIPS), WIDTH), nn.GELU(), nn.Linear(WIDTH, QUERY))
        self.register_buffer("bank", torch.zeros(POSTURES, len(LIPS)))

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Statistics of the train split, and its bank."""
        super().fit_scales(examples)
        lips = torch.cat([self.motion(torch.from_numpy(example.target)) for example in examples])[:, LIPS]
        self.bank.copy_(lips[far_apart(lips, POSTURES)])

    def weights(self, voice: Tensor, bank: Tensor) -> Tensor:
        """Share of each posture of a bank (B, K, lips) in each frame, (B, T, K)."""
        agreement: Tensor = self.ask(self.hear(voice)) @ self.answer(bank).mT
        return (agreement / math.sqrt(QUERY)).softmax(-1)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Lips from the own frames or from the common bank."""
        lips = batch.target[..., LIPS]
        own = lips[:, torch.randint(lips.shape[1], (POSTURES,))]
        bank = torch.where(torch.rand(len(lips), 1, 1, device=lips.device) < 0.5, own, self.bank)
        return motion_loss(self.weights(batch.avatar_audio, bank) @ bank, lips)

    def sample(self, batch: Batch, rng: torch.Generator, bank: Tensor | None = None) -> Tensor:
        """There is no chance in it; `bank` (B, K, lips) is of the person who is to speak."""
        voice = batch.avatar_audio
        asked = self.bank.expand(len(voice), -1, -1) if bank is None else bank
        return with_lips(self.weights(voice, asked) @ asked)


class RealtalkLips(Learned):
    """The method."""

    name = "realtalk-lips"
    capabilities = Capabilities(output="motion", causal=True)
    network = PriorLips
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    ships = False

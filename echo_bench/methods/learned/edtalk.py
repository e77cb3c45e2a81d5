"""`edtalk`: mouth, pose and expression in three orthogonal banks (EDTalk, arXiv 2404.01647) in ``rig61``.

Mechanism: motion is a weighted sum of the rows of three banks, for mouth, head pose and expression; a QR decomposition makes all rows
orthonormal, within a bank and between banks, whenever they are used. Training exchanges parts between people: the mouth of one, the
pose of another and the expression of a third are to give the motion that is put together from the three. From then on each source can
be replaced alone. Voice drives the weights where there is no other source.

Ours: the banks lie in motion space, where parts are put together column by column and not by pasting pictures, and the weights of a
motion are its projections on them; the voice tells the weights of all three banks, without the normalising flow. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.lips import LIPS, WIDTH, ear
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

SIZES = [20, 6, 10]  # rows of the banks of mouth, pose and expression
POSE = list(range(52, 58))
COLUMNS = (LIPS, POSE, sorted(set(range(MOTION)) - {*LIPS, *POSE}))
"""Columns from which mouth, pose and expression are put together."""


class BanksNetwork(Network):
    """Three banks, and a voice that asks them."""

    def __init__(self) -> None:
        super().__init__()
        self.directions = nn.Parameter(0.1 * torch.randn(MOTION, sum(SIZES)))
        self.hear = ear()
        self.tell = nn.Linear(WIDTH, sum(SIZES))

    def banks(self) -> list[Tensor]:
        """Rows (size, 61) of each bank, orthonormal over all banks."""
        return list(torch.split(torch.linalg.qr(self.directions).Q.T, SIZES))

    def weights(self, voice: Tensor) -> list[Tensor]:
        """Weights (B, T, size) of each bank that a sound (B, T, 52) tells."""
        return list(torch.split(self.tell(self.hear(voice)), SIZES, dim=-1))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The exchange of parts, and the motion and weights that the voice tells."""
        target, banks = batch.target, self.banks()
        sources = [target.roll(step, dims=0) for step in range(len(banks))]
        together, mixed = torch.empty_like(target), torch.zeros_like(target)
        for source, bank, columns in zip(sources, banks, COLUMNS, strict=True):
            together[..., columns] = source[..., columns]
            mixed = mixed + source @ bank.T @ bank
        told = self.weights(batch.avatar_audio)
        right = [(target @ bank.T).detach() for bank in banks]
        made = torch.cat(told, dim=-1) @ torch.cat(banks).detach()
        return motion_loss(made, target) | {
            "exchange": F.mse_loss(mixed, together),
            "weights": F.mse_loss(torch.cat(told, dim=-1), torch.cat(right, dim=-1)),
        }

    def sample(
        self,
        batch: Batch,
        rng: torch.Generator,
        *,
        mouth: Tensor | None = None,
        pose: Tensor | None = None,
        expression: Tensor | None = None,
    ) -> Tensor:
        """There is no chance in it; motions (B, T, 61) are sources of mouth, pose and expression, in place of the voice."""
        voice = batch.avatar_audio
        motion = voice.new_zeros(*voice.shape[:2], MOTION)
        for source, bank, told in zip((mouth, pose, expression), self.banks(), self.weights(voice), strict=True):
            motion = motion + (told if source is None else source @ bank.T) @ bank
        return motion


class Edtalk(Learned):
    """The method."""

    name = "edtalk"
    capabilities = Capabilities(output="motion", causal=True)
    network = BanksNetwork
    recipe = Recipe(steps=1000, batch=32, window=60, rate=3e-3)
    ships = False

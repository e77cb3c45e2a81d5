"""`mcnet`: a copied motion that a memory of faces makes up for (MCNet, ICCV 2023) in ``rig61``.

Mechanism: the driving motion is copied; a global memory, learned from all people, is modulated by an implicit code of identity; each
frame of the copy asks that memory by attention, and what it reads compensates what a copy has wrong or lacks. What is read has to agree
with what asks, so that the memory holds faces and not a correction of the average.

Ours: motion and no warped features of images; who drives is the user, so the copy is a mirror without delay; the code of identity comes
from the look at the start and from the driving motion of the frame; it is now and then hidden in training, since some clips have no
reference image. Ships without weights.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

SLOTS, WIDTH = 64, 80
HIDDEN = 0.2  # share of training windows without a look at the start
AGREEMENT = 0.1  # weight of the agreement of what is read with what asks
FAR = 3.0  # deviations from the mean beyond which a look is not believed


class MemoryNetwork(Network):
    """The memory and those who ask it."""

    def __init__(self) -> None:
        super().__init__()
        self.memory = nn.Parameter(torch.randn(SLOTS, WIDTH) / math.sqrt(WIDTH))
        self.see = nn.Sequential(nn.Linear(MOTION, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.identify = nn.Sequential(nn.Linear(2 * MOTION, WIDTH), nn.GELU(), nn.Linear(WIDTH, 2 * WIDTH))
        self.ask, self.key, self.value = (nn.Linear(WIDTH, WIDTH) for _ in range(3))
        self.compensate = nn.Sequential(nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, MOTION))

    def read(self, driving: Tensor, look: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """What the frames of a driving motion (B, T, 61) read for a look (B, 1, 61), the shares of the slots, and what asked.

        Returns
        -------
        tuple of Tensor (B, T, width), (B, T, slots) and (B, T, width)
        """
        seen = self.see(driving)
        scale, shift = self.identify(torch.cat([look.expand_as(driving), driving], dim=-1)).chunk(2, dim=-1)
        # The memory of a frame is (1 + scale) * memory + shift: keys of all frames at once would need (B, T, slots, width).
        asked = self.ask(seen) @ self.key.weight
        agreement = (asked * (1.0 + scale)) @ self.memory.T  # what shift adds is alike in all slots
        shares = (agreement / math.sqrt(WIDTH)).softmax(-1)
        found: Tensor = self.value((1.0 + scale) * (shares @ self.memory) + shift)
        return found, shares, seen

    def forward(self, driving: Tensor, look: Tensor) -> tuple[Tensor, Tensor]:
        """Compensated motion (B, T, 61), and how little what was read agrees with what asked."""
        found, _, seen = self.read(driving, look.nan_to_num().clamp(-FAR, FAR))
        return driving + self.compensate(found), F.l1_loss(found, seen.detach())

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Motion, and agreement."""
        shown = torch.rand(len(batch.reference), 1, 1, device=batch.reference.device) >= HIDDEN
        made, apart = self(batch.user_motion, batch.reference * shown)
        return motion_loss(made, batch.target) | {"agreement": AGREEMENT * apart}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """There is no chance in it."""
        made: Tensor = self(batch.user_motion, batch.reference)[0]
        return made


class Mcnet(Learned):
    """The method."""

    name = "mcnet"
    capabilities = Capabilities(output="motion", causal=True)
    network = MemoryNetwork
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    looks = True
    ships = False

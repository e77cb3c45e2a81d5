"""`m3c-memory`: what was said and seen long ago is recalled by likeness and weighed (M3C, arXiv 2506.00421) in ``rig61``.

Mechanism: the past of a conversation is a memory of stretches with all that was heard and seen in them; each new stretch recalls the few
that are most like it, by cosine of learned embeddings, and attends to these and no others; what is recalled decides, with the present,
what is felt, and that how one looks. The embedding is trained to find a stretch again from a blurred view of it.

Ours: stretches of one second of one conversation stand for sessions of many, sound and motion for text and images, and the speaker of a
session is not modelled. All that is not recalled ends after half a second. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import CausalConv
from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN, Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

WIDTH = 96
STRETCH, GAP, BEST = 25, 2, 3  # frames of a stretch; stretches until one can be recalled; how many are recalled
SHARPNESS = 10.0  # of the weights of what is recalled, per unit of cosine
BLUR = 0.5  # deviation of the noise of a view that has to find its stretch again
SEEN = MOTION + 2 * AUDIO


def recalled(embedded: Tensor) -> tuple[Tensor, Tensor]:
    """Stretches that each stretch recalls, likest first, and their weights.

    Parameters
    ----------
    embedded : Tensor of shape (B, N, D)
        Of unit length.

    Returns
    -------
    tuple of Tensor (B, N, K), int64 and float
        Weights add up to 1, or to 0 where there is nothing old enough yet; what is not there has weight 0.

    Examples
    --------
    >>> which, weights = recalled(torch.eye(2)[[0, 1, 1, 1]][None])
    >>> which[0, 3, :2].tolist(), weights[0, 1].sum().item()
    ([1, 0], 0.0)
    """
    number = embedded.shape[1]
    order = torch.arange(number, device=embedded.device)
    young = order[None] > order[:, None] - GAP
    likeness, which = (embedded @ embedded.mT).masked_fill(young, -torch.inf).topk(min(BEST, number), dim=-1)
    weights = (SHARPNESS * likeness).softmax(-1).nan_to_num()
    return which, weights


class MemoryNetwork(Network):
    """Memory, feeling and face."""

    def __init__(self) -> None:
        super().__init__()
        self.embed, self.keep = (
            nn.Sequential(nn.Linear(2 * SEEN, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH)) for _ in range(2)
        )
        self.present = nn.Sequential(CausalConv(SEEN, WIDTH, 9), nn.GELU(), CausalConv(WIDTH, WIDTH, 5), nn.GELU())
        self.feel = nn.Linear(2 * WIDTH, len(EMOTIONS))
        self.leave = nn.Sequential(nn.Linear(2 * WIDTH + len(EMOTIONS), WIDTH), nn.GELU(), nn.Linear(WIDTH, MOTION))

    def stretches(self, seen: Tensor) -> Tensor:
        """Level and liveliness (B, N, 2 * SEEN) of the whole stretches of rows (B, T, SEEN)."""
        number = seen.shape[1] // STRETCH
        whole = seen[:, : number * STRETCH].reshape(len(seen), number, STRETCH, SEEN)
        return torch.cat([whole.mean(2), whole.std(2, unbiased=False)], dim=-1)

    def remembered(self, seen: Tensor) -> Tensor:
        """What each frame has from memory (B, T, width): that which the last whole stretch before it recalls."""
        if seen.shape[1] < STRETCH:
            return seen.new_zeros(*seen.shape[:2], WIDTH)
        past = self.stretches(seen)
        which, weights = recalled(F.normalize(self.embed(past), dim=-1))
        kept = self.keep(past)
        found = kept[torch.arange(len(kept), device=kept.device)[:, None, None], which]
        read = F.pad((weights[..., None] * found).sum(2), (0, 0, 1, 0))  # nothing in the first stretch
        return read.repeat_interleave(STRETCH, dim=1)[:, : seen.shape[1]]

    def forward(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Motion (B, T, 61) and logits (B, T, kinds) of what is felt."""
        seen = torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1)
        rows = torch.cat([self.present(seen), self.remembered(seen)], dim=-1)
        felt = self.feel(rows)
        return self.leave(torch.cat([rows, felt.softmax(-1)], dim=-1)), felt

    def found_again(self, seen: Tensor) -> Tensor:
        """Cross-entropy of the stretch that a blurred view of it recalls among all stretches of the batch."""
        past = self.stretches(seen).flatten(0, 1)
        blurred = past + BLUR * torch.randn_like(past)
        likeness = F.normalize(self.embed(blurred), dim=-1) @ F.normalize(self.embed(past), dim=-1).T
        return F.cross_entropy(SHARPNESS * likeness, torch.arange(len(past), device=past.device))

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Motion, feeling, and finding stretches again."""
        motion, felt = self(batch)
        seen = torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1)
        told = F.cross_entropy(felt.flatten(0, 1), batch.emotion.flatten(), ignore_index=UNKNOWN).nan_to_num()
        return motion_loss(motion, batch.target) | {"emotion": 0.05 * told, "recall": 0.05 * self.found_again(seen)}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """There is no chance in it."""
        motion: Tensor = self(batch)[0]
        return motion


class M3cMemory(Learned):
    """The method."""

    name = "m3c-memory"
    capabilities = Capabilities(output="motion", causal=True)
    network = MemoryNetwork
    recipe = Recipe(steps=1000, batch=16, window=250, rate=2e-3)
    ships = False

"""`teller-rvq`: streaming talk by residual codes (Teller, arXiv 2503.18429) in ``rig61``.

Mechanism: motion is coded in chunks of 4 frames by residual vector quantisation; a causal transformer reads the sound of each
chunk and the codes before it, and tells the levels of the next chunk one after the other. Nothing later than the chunk itself is
heard.

Ours: the user is heard and seen as well, so that the method can also listen; the net for small movements (ETM) that follows the codes
in the paper is left out.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.quantise import ResidualCodebooks
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 80, 4, 3
CHUNK, LEVELS, CODES, CODE = 4, 3, 64, 48
FORGOTTEN = 0.5  # share of what was shown that is hidden in training, so that the signals of both are what counts
PAST = 30  # chunks looked back at
SEEN = CHUNK * (MOTION + 2 * AUDIO)


class TellerNetwork(DepartingNetwork):
    """Residual codes of motion, and the transformer that tells them."""

    liveliness = 1.5
    temperature = 0.13

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(CHUNK * MOTION, CODE)
        self.codes = ResidualCodebooks(LEVELS, CODES, CODE)
        self.decode = nn.Sequential(nn.Linear(CODE, WIDTH), nn.GELU(), nn.Linear(WIDTH, CHUNK * MOTION))
        self.see = nn.Linear(SEEN, WIDTH)
        self.read = nn.Linear(CODE, WIDTH)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.tell = nn.ModuleList(nn.Linear(WIDTH + CODE, CODES) for _ in range(LEVELS))

    def seen(self, batch: Batch) -> Tensor:
        """Signals of each chunk, (B, N, width); the last chunk is filled up with zeros."""
        rows = torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1)
        rows = F.pad(rows, (0, 0, 0, -rows.shape[1] % CHUNK))
        read: Tensor = self.see(rows.reshape(len(rows), -1, SEEN))
        return read

    def state(self, before: Tensor, seen: Tensor) -> Tensor:
        """State (B, N, width) at each chunk, from the code vectors before it."""
        rows = self.read(before) + seen
        bias = distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True, width=PAST).to(rows.device)
        for block in self.blocks:
            rows = block(rows, bias)
        return rows  # type: ignore[no-any-return]

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction, commitment, and cross-entropy of every level given those above it."""
        tokens = batch.target.reshape(len(batch.target), -1, CHUNK * MOTION)
        vectors, indices, commitment = self.codes(self.encode(tokens))
        made = self.decode(vectors).reshape(batch.target.shape)
        shown = self.codes.look_up(indices)
        before = F.pad(shown, (0, 0, 1, -1)) * (torch.rand_like(shown[..., :1]) >= FORGOTTEN)
        state = self.state(before, self.seen(batch))
        told = []
        above = torch.zeros_like(shown)
        for level, tell in enumerate(self.tell):
            logits = tell(torch.cat([state, above], dim=-1))
            told.append(F.cross_entropy(logits.flatten(0, 1), indices[..., level].flatten()))
            above = above + self.codes.level(level, indices[..., level])
        return motion_loss(made, batch.target) | {
            "commitment": 0.25 * commitment,
            "codes": 0.1 * torch.stack(told).sum(),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Chunk by chunk, level by level."""
        seen = self.seen(batch)
        shown = seen.new_zeros(len(seen), 1, CODE)
        for k in range(seen.shape[1]):
            first = max(0, k - LAYERS * PAST)
            state = self.state(shown[:, first:], seen[:, first : k + 1])[:, -1]
            above = seen.new_zeros(len(seen), CODE)
            for level, tell in enumerate(self.tell):
                odds = tell(torch.cat([state, above], dim=-1)).float().softmax(-1).cpu()
                drawn = torch.multinomial(odds, 1, generator=rng)[:, 0].to(seen.device)
                above = above + self.codes.level(level, drawn)
            shown = torch.cat([shown, above[:, None]], dim=1)
        motion = self.decode(shown[:, 1:]).reshape(len(seen), -1, MOTION)
        return motion[:, : batch.user_audio.shape[1]]  # type: ignore[no-any-return]


class TellerRvq(Learned):
    """The method."""

    name = "teller-rvq"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=CHUNK / 25)
    network = TellerNetwork
    recipe = Recipe(steps=450, batch=16, window=152, rate=2e-3)

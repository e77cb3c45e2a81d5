"""`l2l-vq`: Learning to Listen (L2L, arXiv 2204.08451) in ``rig61``.

Mechanism: the listener's motion is coded in chunks of 8 frames by a vector-quantised autoencoder; a transformer attends from the codes
shown so far across to the speaker's sound and motion and tells the distribution of the next code, from which it is drawn.

Ours: autoencoder and predictor are trained together (the predictor on codes that it cannot move), and the avatar's own sound is
seen too.
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
from echo_bench.methods.learned.quantise import Codebook
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 80, 4, 2
CHUNK, CODES, CODE = 8, 200, 48  # frames per code; codes (L2L's 200); width of a code
PAST = 20  # codes looked back at
HOTTEST = 20  # only so many of the likeliest codes are drawn from


class L2lNetwork(DepartingNetwork):
    """Autoencoder of motion and predictor of codes."""

    liveliness = 1.5
    temperature = 0.27

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Sequential(
            nn.Conv1d(MOTION, WIDTH, CHUNK, CHUNK), nn.GELU(), nn.Conv1d(WIDTH, CODE, 3, padding=1)
        )
        self.codes = Codebook(CODES, CODE)
        self.decode = nn.Sequential(
            nn.Conv1d(CODE, WIDTH, 3, padding=1), nn.GELU(), nn.ConvTranspose1d(WIDTH, WIDTH, CHUNK, CHUNK), nn.GELU(),
            nn.Conv1d(WIDTH, MOTION, 5, padding=2),
        )  # fmt: skip
        self.first = nn.Parameter(torch.zeros(1, 1, CODE))
        self.read = nn.Linear(CODE, WIDTH)
        self.see = nn.Sequential(nn.Linear(MOTION + 2 * AUDIO, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, source_width=WIDTH) for _ in range(LAYERS))
        self.tell = nn.Linear(WIDTH, CODES)

    def seen(self, batch: Batch) -> Tensor:
        """The speaker's and the own signals per code, (B, N, width)."""
        rows = self.see(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))
        return F.avg_pool1d(rows.transpose(1, 2), CHUNK, ceil_mode=True).transpose(1, 2)

    def logits(self, before: Tensor, seen: Tensor) -> Tensor:
        """Of each code (B, N, codes), given the vectors of those before it and the signals up to its own time."""
        rows, size = self.read(before), before.shape[1]
        bias = distance_bias(HEADS, size, size, causal=True, width=PAST).to(rows.device)
        for block in self.blocks:
            rows = block(rows, bias, seen, bias)
        told: Tensor = self.tell(rows)
        return told

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction, commitment, and cross-entropy of the next code."""
        latents = self.encode(batch.target.transpose(1, 2)).transpose(1, 2)
        vectors, indices, commitment = self.codes(latents)
        made = self.decode(vectors.transpose(1, 2)).transpose(1, 2)
        shown = self.codes.look_up(indices).detach()
        before = torch.cat([self.first.expand(len(shown), -1, -1), shown[:, :-1]], dim=1)
        logits = self.logits(before, self.seen(batch))
        return motion_loss(made, batch.target) | {
            "commitment": 0.25 * commitment,
            "code": 0.2 * F.cross_entropy(logits.flatten(0, 1), indices.flatten()),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Code by code, then all of the motion at once."""
        seen = self.seen(batch)
        shown = self.first.expand(len(seen), -1, -1)
        for k in range(seen.shape[1]):
            first = max(0, k - LAYERS * PAST)
            logits = self.logits(shown[:, first:], seen[:, first : k + 1])[:, -1].cpu()
            likely, which = logits.topk(HOTTEST, dim=-1)
            drawn = which.gather(1, torch.multinomial(likely.float().softmax(-1), 1, generator=rng))
            shown = torch.cat([shown, self.codes.look_up(drawn.to(seen.device))], dim=1)
        motion: Tensor = self.decode(shown[:, 1:].transpose(1, 2)).transpose(1, 2)
        return motion[:, : batch.user_audio.shape[1]]


class L2lVq(Learned):
    """The method."""

    name = "l2l-vq"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    # The decoder's convolutions reach two codes and two frames ahead of the code that is told.
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=2 * CHUNK / 25 + 2 / 25)
    network = L2lNetwork
    recipe = Recipe(steps=450, batch=16, window=152, rate=2e-3)

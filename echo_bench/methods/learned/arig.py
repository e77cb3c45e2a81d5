"""`arig`: autoregressive motion with a head that draws continuous tokens (ARIG, arXiv 2507.00472) in ``rig61``.

Mechanism: a causal transformer reads what was shown so far and both people's signals up to now; its state at each step conditions
a small flow-matching network that draws the next chunk of motion as one continuous token, without any codebook. What is drawn is
read back in. A head on the state tells the conversation's state (who speaks), as the paper's state understanding does.

Ours: the state of the conversation is told from the loudness of both sides, as no labels are given; tokens last 0.2 s (the paper's
are frames); behaviour summarised over a long past is left to attention.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, Moment, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.expectation import DepartingNetwork
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.flow import flow_loss, integrate
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import noise
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 72, 4, 3
CHUNK = 5  # frames per token: 0.2 s
PAST = 25  # tokens that are looked back at
STEPS = 6
FORGOTTEN = 0.5  # share of what was shown that is hidden in training, so that the signals of both are what counts
BLUR = 0.3  # deviation of the noise on the rest of it
SEEN = CHUNK * (MOTION + 2 * AUDIO)


class ArigNetwork(DepartingNetwork):
    """Transformer over tokens, flow head, state head."""

    liveliness = 1.5
    temperature = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.read = nn.Linear(CHUNK * MOTION, WIDTH)
        self.see = nn.Sequential(nn.Linear(SEEN, WIDTH), nn.GELU(), nn.Linear(WIDTH, WIDTH))
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.states = nn.Linear(WIDTH, 2)
        self.moment = Moment(WIDTH)
        self.head = nn.Sequential(
            nn.Linear(CHUNK * MOTION + 2 * WIDTH, 2 * WIDTH), nn.SiLU(), nn.Linear(2 * WIDTH, CHUNK * MOTION)
        )

    def state(self, shown: Tensor, seen: Tensor) -> Tensor:
        """State (B, N, width) at each token, from the tokens before it, `shown` (B, N, chunk * 61), and what is `seen` (B, N, width)."""
        rows = self.read(shown) + seen
        bias = distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True, width=PAST).to(rows.device)
        for block in self.blocks:
            rows = block(rows, bias)
        return rows  # type: ignore[no-any-return]

    def seen(self, batch: Batch) -> Tensor:
        """Signals of both in the frames of each token, (B, N, width); the last token is filled up with zeros."""
        rows = torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1)
        rows = F.pad(rows, (0, 0, 0, -rows.shape[1] % CHUNK))
        read: Tensor = self.see(rows.reshape(len(rows), -1, SEEN))
        return read

    def velocity(self, x: Tensor, times: Tensor, state: Tensor) -> Tensor:
        """Velocity (B, N, chunk * 61) of tokens at times (B, N)."""
        moved: Tensor = self.head(torch.cat([x, state, self.moment(times)], dim=-1))
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow of every token given those before it, which are blurred as drawn ones are; and the state of the conversation."""
        tokens = batch.target.reshape(len(batch.target), -1, CHUNK * MOTION)
        before = F.pad(tokens + BLUR * torch.randn_like(tokens), (0, 0, 1, -1))
        before = before * (torch.rand_like(before[..., :1]) >= FORGOTTEN)
        state = self.state(before, self.seen(batch))
        times = torch.rand(tokens.shape[:2], device=tokens.device)
        loud = torch.stack([batch.user_audio[..., 0], batch.avatar_audio[..., 0]], dim=-1)
        speaking = (F.avg_pool1d(loud.transpose(1, 2), CHUNK).transpose(1, 2) > 0).float()
        return {
            "flow": flow_loss(lambda x, t: self.velocity(x, t, state), tokens, times),
            "state": 0.1 * F.binary_cross_entropy_with_logits(self.states(state), speaking),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Token by token; each is read back in."""
        seen = self.seen(batch)
        shown = seen.new_zeros(len(seen), 1, CHUNK * MOTION)
        for k in range(seen.shape[1]):
            first = max(0, k - LAYERS * PAST)
            state = self.state(shown[:, first:], seen[:, first : k + 1])[:, -1:]
            start = noise((len(seen), 1, CHUNK * MOTION), rng, seen)
            token = integrate(lambda x, t, state=state: self.velocity(x, t, state), start, STEPS)  # type: ignore[misc]
            shown = torch.cat([shown, token], dim=1)
        return shown[:, 1:].reshape(len(seen), -1, MOTION)[:, : batch.user_audio.shape[1]]


class Arig(Learned):
    """The method."""

    name = "arig"
    version = "3"  # 2 drew all of the motion, 3 draws what departs from the expected one
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=CHUNK / 25)
    network = ArigNetwork
    recipe = Recipe(steps=450, batch=16, window=150, rate=2e-3)

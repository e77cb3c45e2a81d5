"""`gpt-talker`: a history of discrete tokens that a language model goes on with (GPT-Talker, arXiv 2407.21491) in ``rig61``.

Mechanism: what was said in a dialogue becomes two discrete tokens per stretch, of its meaning (what happens) and of its style (how lively);
a causal transformer reads the history of them and tells the token of the reply, which is drawn; a decoder makes the reply from the token
and the words that are to be spoken, and from nothing else of the history.

Ours: the reply is motion and no speech; meaning is the mean and style the deviation of both voices and of the user's motion in 0.4 s; the
words that are to be spoken are the own voice. There is no text. Ships without weights.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, CausalConv, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.quantise import Codebook
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 80, 4, 2
STRETCH = 10  # frames of a token
MEANINGS, STYLES, REPLIES = 64, 32, 64
CODE = 24
HOTTEST = 8  # only so many of the likeliest replies are drawn from
SEEN = MOTION + 2 * AUDIO


def stretches(rows: Tensor) -> Tensor:
    """Rows (B, T, D) as (B, N, STRETCH, D); the last stretch is filled up with its last row."""
    missing = -rows.shape[1] % STRETCH
    filled = torch.cat([rows, rows[:, -1:].expand(-1, missing, -1)], dim=1)
    return filled.reshape(len(filled), -1, STRETCH, filled.shape[-1])


class GptNetwork(Network):
    """Tokens, the model that goes on with them, and the decoder."""

    def __init__(self) -> None:
        super().__init__()
        self.mean, self.manner = nn.Linear(SEEN, CODE), nn.Linear(SEEN, CODE)
        self.meanings, self.styles = Codebook(MEANINGS, CODE), Codebook(STYLES, CODE)
        self.enter = nn.ModuleList([nn.Embedding(MEANINGS, WIDTH), nn.Embedding(STYLES, WIDTH)])
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS) for _ in range(LAYERS))
        self.tell = nn.Linear(WIDTH, REPLIES)
        self.encode = nn.Sequential(nn.Linear(STRETCH * MOTION, WIDTH), nn.GELU(), nn.Linear(WIDTH, CODE))
        self.replies = Codebook(REPLIES, CODE)
        self.hear = nn.Sequential(CausalConv(AUDIO, WIDTH, 9), nn.GELU())
        self.decode = nn.Sequential(CausalConv(CODE + WIDTH, WIDTH, STRETCH + 1), nn.GELU(), nn.Linear(WIDTH, MOTION))

    def tokens(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Meaning and style (B, N) of every stretch, and what their codebooks ask for in training."""
        rows = stretches(torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio], dim=-1))
        coded = (
            self.meanings(self.mean(rows.mean(2))),
            self.styles(self.manner(rows.std(2, unbiased=False))),
        )
        indices = torch.stack([found for _, found, _ in coded])
        return indices, torch.stack([commitment for _, _, commitment in coded]).sum()

    def context(self, tokens: Tensor) -> Tensor:
        """State (B, N, width) after each stretch of a history of tokens (2, B, N)."""
        rows: Tensor = torch.stack([embed(each) for embed, each in zip(self.enter, tokens, strict=True)]).sum(0)
        bias = distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True).to(rows.device)
        for block in self.blocks:
            rows = block(rows, bias)
        return rows

    def speak(self, codes: Tensor, voice: Tensor) -> Tensor:
        """Motion (B, T, 61) of replies (B, N, code) with the own voice (B, T, 52)."""
        held = codes.repeat_interleave(STRETCH, dim=1)[:, : voice.shape[1]]
        moved: Tensor = self.decode(torch.cat([held, self.hear(voice)], dim=-1))
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction from the true reply, commitment, and cross-entropy of the reply after its history."""
        tokens, commitment = self.tokens(batch)
        codes, indices, committed = self.replies(self.encode(stretches(batch.target).flatten(2)))
        told = self.tell(self.context(tokens))
        return motion_loss(self.speak(codes, batch.avatar_audio), batch.target) | {
            "commitment": 0.25 * (commitment + committed),
            "token": 0.2 * F.cross_entropy(told.flatten(0, 1), indices.flatten()),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """The token of each stretch is drawn from the likeliest after the history up to its end."""
        told = self.tell(self.context(self.tokens(batch)[0])).float().cpu()
        likely, which = told.topk(HOTTEST, dim=-1)
        drawn = torch.multinomial(likely.softmax(-1).flatten(0, 1), 1, generator=rng).view(*likely.shape[:2], 1)
        replies = which.gather(-1, drawn)[..., 0].to(batch.avatar_audio.device)
        return self.speak(self.replies.look_up(replies), batch.avatar_audio)


class GptTalker(Learned):
    """The method."""

    name = "gpt-talker"
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=STRETCH / 25)
    network = GptNetwork
    recipe = Recipe(steps=1500, batch=16, window=160, rate=2e-3)
    ships = False

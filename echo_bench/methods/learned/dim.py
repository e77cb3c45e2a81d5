"""`dim`: dyadic interaction modelling (DIM, arXiv 2403.09069) in ``rig61``.

Mechanism: one encoder for both roles is pre-trained on masked motion of both people with their sound, each person's motion as
vector-quantised chunks. Each role is first read alone, and the two roles' summaries of one conversation are drawn together against
those of others (contrastive); then the roles see each other, and masked chunks of either are told from the rest. Generation is the
case in which all of the avatar's chunks are masked.

Ours: pre-training and generation share one network and one run, with masks from half to all of a role; chunks are 4 frames long.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Block, distance_bias
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.quantise import Codebook
from echo_bench.methods.learned.trainer import Recipe

WIDTH, HEADS, LAYERS = 88, 4, 3
CHUNK, CODES, CODE = 4, 256, 48
REACH = 40  # chunks that attention reaches either way


class DimNetwork(Network):
    """Quantised autoencoder of either person's motion, and the masked model of both."""

    liveliness = 1.5

    def __init__(self) -> None:
        super().__init__()
        self.encode = nn.Linear(CHUNK * MOTION, CODE)
        self.codes = Codebook(CODES, CODE)
        self.decode = nn.Sequential(nn.Linear(CODE, WIDTH), nn.GELU(), nn.Linear(WIDTH, CHUNK * MOTION))
        self.masked = nn.Parameter(torch.zeros(2, CODE))
        self.enter = nn.ModuleList(nn.Linear(CODE + CHUNK * AUDIO, WIDTH) for _ in range(2))
        self.alone = Block(WIDTH, HEADS)
        self.blocks = nn.ModuleList(Block(WIDTH, HEADS, source_width=WIDTH) for _ in range(LAYERS))
        self.tell = nn.Linear(WIDTH, CODES)
        self.summary = nn.Linear(WIDTH, 32)

    def coded(self, motion: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Decoded motion, code vectors, indices and commitment of motion (B, T, 61), T a multiple of the chunk."""
        vectors, indices, commitment = self.codes(self.encode(motion.reshape(len(motion), -1, CHUNK * MOTION)))
        return self.decode(vectors).reshape(motion.shape), vectors, indices, commitment

    def alone_states(
        self, vectors: tuple[Tensor, Tensor], masks: tuple[Tensor, Tensor], batch: Batch
    ) -> tuple[Tensor, Tensor]:
        """Each role (B, N, width) before it sees the other; code vectors are hidden where the masks (B, N, 1) are 1."""
        rows = []
        for role, sound in enumerate((batch.user_audio, batch.avatar_audio)):
            shown = torch.where(masks[role].bool(), self.masked[role], vectors[role])
            own = torch.cat([shown, sound.reshape(*shown.shape[:2], CHUNK * AUDIO)], dim=-1)
            rows.append(self.alone(self.enter[role](own), self._bias(shown)))
        return rows[0], rows[1]

    def states(self, user: Tensor, avatar: Tensor) -> tuple[Tensor, Tensor]:
        """States (B, N, width) of user and avatar once they have seen each other."""
        bias = self._bias(user)
        for block in self.blocks:
            user, avatar = block(user, bias, avatar, bias), block(avatar, bias, user, bias)
        return user, avatar

    def expected(self, state: Tensor) -> Tensor:
        """Chunks (B, N, 4 * 61) of motion at the expected code of each state (B, N, width)."""
        chunks: Tensor = self.decode(self.tell(state).softmax(-1) @ self.codes.vectors)
        return chunks

    def _bias(self, rows: Tensor) -> Tensor:
        return distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=False, width=REACH).to(rows.device)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Reconstruction, commitment, masked codes of both roles, and the contrast of conversations."""
        coded = [self.coded(motion) for motion in (batch.user_motion, batch.target)]
        size, chunks = coded[0][2].shape
        shares = torch.stack([torch.rand(size, 1, 1), 0.5 + torch.rand(size, 1, 1)]).to(batch.target)
        masks = (torch.rand(2, size, chunks, 1, device=shares.device) < shares).float()
        alone = self.alone_states((coded[0][1].detach(), coded[1][1].detach()), (masks[0], masks[1]), batch)
        terms = [
            motion_loss(made, motion)
            for (made, *_), motion in zip(coded, (batch.user_motion, batch.target), strict=True)
        ]
        states = self.states(*alone)
        told = [
            (F.cross_entropy(self.tell(s).flatten(0, 1), c[2].flatten(), reduction="none") * m.flatten()).mean()
            for s, c, m in zip(states, coded, masks, strict=True)
        ]
        one, other = (F.normalize(self.summary(s.mean(1)), dim=-1) for s in alone)
        alike = one @ other.T / 0.1
        same = torch.arange(size, device=alike.device)
        expected = self.regression(self.expected(states[1]).reshape(batch.target.shape), batch.target)
        return {f"expected-{name}": value for name, value in expected.items()} | {
            "motion": (terms[0]["motion"] + terms[1]["motion"]) / 2,
            "velocity": (terms[0]["velocity"] + terms[1]["velocity"]) / 2,
            "commitment": 0.125 * (coded[0][3] + coded[1][3]),
            "masked": 0.2 * (told[0] + told[1]),
            "contrast": 0.02 * (F.cross_entropy(alike, same) + F.cross_entropy(alike.T, same)),
        }

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """All of the avatar masked; the expected code, so there is no chance in it."""
        frames = batch.user_motion.shape[1]
        spare = -frames % CHUNK
        padded = replace(
            batch,
            user_motion=F.pad(batch.user_motion, (0, 0, 0, spare)),
            user_audio=F.pad(batch.user_audio, (0, 0, 0, spare)),
            avatar_audio=F.pad(batch.avatar_audio, (0, 0, 0, spare)),
        )
        user = self.coded(padded.user_motion)[1]
        hidden = torch.ones_like(user[..., :1])
        alone = self.alone_states((user, torch.zeros_like(user)), (torch.zeros_like(hidden), hidden), padded)
        return self.expected(self.states(*alone)[1]).reshape(len(user), -1, MOTION)[:, :frames]


class Dim(Learned):
    """The method."""

    name = "dim"
    version = "3"  # 1 had a liveliness of 1; 2 was trained on codes alone
    capabilities = Capabilities(output="motion")
    network = DimNetwork
    recipe = Recipe(steps=450, batch=12, window=160, rate=2e-3)

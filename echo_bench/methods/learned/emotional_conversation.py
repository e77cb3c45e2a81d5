"""`emotional-conversation`: expression, gaze and pose under one emotion (arXiv 2406.07895) in ``rig61``.

Mechanism: from speech and emotion a recurrent network makes expression (regressed), gaze (a class on a grid of angles, drawn) and
head pose (changes, regressed) frame by frame, each reading what was shown before; one classifier that sees the three cues
together tells the emotion, and its loss pulls them towards one and the same feeling.

Ours: the emotion is read from the avatar's own voice by a head trained on the labels of the train split's turns, since no label
is given when generating; between turns it goes on reading. What is drawn besides gaze is which emotions an ambiguous voice is taken for.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN, Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network, noise
from echo_bench.methods.learned.trainer import Recipe

WIDTH = 128
GRID, SPAN = 7, 2.5  # cells per gaze axis; deviations that the grid covers either way
POSE = range(52, 58)
YAW, PITCH = 58, 59
KINDS = len(EMOTIONS)
OWN = 0.5  # share of training windows that are fed with what is made, as a clip to be generated is
MOOD = 0.7  # deviation of what a draw adds to the logits of the emotions


def cells(gaze: Tensor) -> Tensor:
    """Index of the grid cell of standardised yaw and pitch (..., 2).

    Examples
    --------
    >>> cells(torch.tensor([[0.0, 0.0], [-9.0, -9.0], [9.0, 9.0]])).tolist()
    [24, 0, 48]
    """
    at = ((gaze / SPAN + 1) / 2 * GRID).floor().clamp(0, GRID - 1).long()
    return at[..., 0] * GRID + at[..., 1]


def centres(cell: Tensor) -> Tensor:
    """Standardised yaw and pitch (..., 2) of the middle of grid cells."""
    at = torch.stack([cell // GRID, cell % GRID], dim=-1)
    return ((at + 0.5) / GRID * 2 - 1) * SPAN


class ConversationNetwork(Network):
    """Emotion from the voice, a recurrent core, three heads and the collaborative classifier."""

    liveliness = 1.5

    def __init__(self) -> None:
        super().__init__()
        self.listen = nn.GRU(AUDIO, 64, batch_first=True)
        self.feel = nn.Linear(64, KINDS)
        self.core = nn.GRUCell(2 * AUDIO + MOTION + KINDS + MOTION, WIDTH)
        self.expression = nn.Linear(WIDTH, MOTION)
        self.gaze = nn.Linear(WIDTH, GRID * GRID)
        self.pose = nn.Linear(WIDTH, len(POSE))
        self.judge = nn.Sequential(nn.Linear(2 * MOTION, 64), nn.GELU(), nn.Linear(64, KINDS))

    def emotion(self, voice: Tensor) -> Tensor:
        """Logits (B, T, kinds) of what the voice says up to each frame."""
        logits: Tensor = self.feel(self.listen(voice)[0])
        return logits

    def judged(self, motion: Tensor) -> Tensor:
        """Logits (B, kinds) of the emotion of a stretch of motion, from level and spread of all cues."""
        logits: Tensor = self.judge(torch.cat([motion.mean(1), motion.std(1)], dim=-1))
        return logits

    def unroll(
        self, batch: Batch, felt: Tensor, shown: Tensor | None, rng: torch.Generator | None
    ) -> tuple[Tensor, Tensor]:
        """Motion (B, T, 61) and gaze logits (B, T, cells); fed with `shown`, the truth, or else with what it makes."""
        seen = torch.cat([batch.avatar_audio, batch.user_audio, batch.user_motion, felt], dim=-1)
        state, last = seen.new_zeros(len(seen), WIDTH), seen.new_zeros(len(seen), MOTION)
        own = torch.rand(len(seen), 1, device=seen.device) < OWN
        motion, logits = [], []
        for t in range(seen.shape[1]):
            state = self.core(torch.cat([seen[:, t], last], dim=-1), state)
            row, told = self.expression(state), self.gaze(state)
            row = torch.cat([row[:, :52], last[:, 52:58] + self.pose(state), row[:, 58:]], dim=-1)
            if rng is not None:
                drawn = torch.multinomial(told.float().softmax(-1).cpu(), 1, generator=rng)[:, 0].to(row.device)
                # Eyes stay in their cell or leap to the new one, and reach it within two frames.
                goal = centres(drawn)
                row = torch.cat([row[:, :58], torch.lerp(last[:, YAW : PITCH + 1], goal, 0.6), row[:, 60:]], dim=-1)
            motion.append(row)
            logits.append(told)
            last = row if shown is None else torch.where(own, row.detach(), shown[:, t] + 0.1 * torch.randn_like(row))
        return torch.stack(motion, 1), torch.stack(logits, 1)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Cues against the truth, emotion of the voice, and the emotion that the cues show together."""
        logits = self.emotion(batch.avatar_audio)
        labels = batch.emotion
        felt = torch.where((labels == UNKNOWN)[..., None], logits.softmax(-1), F.one_hot(labels.clamp_min(0), KINDS))
        motion, gaze = self.unroll(batch, felt.detach(), batch.target, None)
        most = labels.mode(dim=1).values
        told = F.cross_entropy(gaze.flatten(0, 1), cells(batch.target[..., YAW : PITCH + 1]).flatten())
        voice = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), ignore_index=UNKNOWN)
        shown = [F.cross_entropy(self.judged(x), most, ignore_index=UNKNOWN) for x in (batch.target, motion)]
        together = 0.05 * torch.stack([voice, *shown]).nan_to_num().sum()
        return self.regression(motion, batch.target) | {"gaze": 0.05 * told, "emotion": together}

    def sample(self, batch: Batch, rng: torch.Generator) -> Tensor:
        """Frame by frame; gaze is drawn, and once per clip which emotions the voice is rather taken for."""
        taken_for = MOOD * noise((len(batch.avatar_audio), 1, KINDS), rng, batch.avatar_audio)
        felt = (self.emotion(batch.avatar_audio) + taken_for).softmax(-1)
        return self.unroll(batch, felt, None, rng)[0]


class EmotionalConversation(Learned):
    """The method."""

    name = "emotional-conversation"
    version = "2"  # 1 was always fed with the truth in training, without the loss of affect
    capabilities = Capabilities(output="motion", stochastic=True, causal=True)
    network = ConversationNetwork
    recipe = Recipe(steps=400, batch=24, window=75, rate=2e-3)

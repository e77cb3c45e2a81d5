"""`peld-transition`: a response whose emotion is moved by the dialogue as the responder's personality lets it (PELD, Findings of ACL
2021) in ``rig61``.

Mechanism: an emotion is a point of valence, arousal and dominance. Where the responder stands is read from what they said last; a change is
read from the dialogue; personality, as five traits, turns into a weight of each axis; position plus change times weight is the emotion of
the response (the rule and its tables: echo_metrics.vad). The face that is made knows the emotion by this point alone.

Ours: heard and seen, not written: the own voice tells where the responder stands, the user's voice and motion what is asked for. PELD names
the nearest of seven words; here the point itself conditions a recurrent net that makes the motion. Turns whose word is none of the seven
teach no emotion. Nobody tells traits when a benchmark generates, so they are the mean of PELD's six characters. Ships without weights.
"""

from __future__ import annotations

import torch
from echo_metrics.vad import OCEAN_TO_VAD, PELD_VAD
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import EMOTIONS, UNKNOWN, Batch
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

WIDTH = 96
WORDS = tuple(PELD_VAD)
SHARPNESS = 8.0  # how fast a word becomes unlikely with its distance from the point
EMOTIONAL = 0.2  # weight of the losses of emotion
CHARACTERS = {
    "Chandler": (0.648, 0.375, 0.386, 0.580, 0.477),
    "Joey": (0.574, 0.614, 0.297, 0.545, 0.455),
    "Monica": (0.713, 0.457, 0.457, 0.660, 0.511),
    "Phoebe": (0.600, 0.480, 0.310, 0.460, 0.560),
    "Rachel": (0.635, 0.354, 0.521, 0.552, 0.469),
    "Ross": (0.722, 0.489, 0.600, 0.533, 0.356),
}
"""Openness, conscientiousness, extraversion, agreeableness and neuroticism of PELD's characters (preke/PELD)."""


def transition(preceding: Tensor, change: Tensor, traits: Tensor) -> Tensor:
    """Point (..., 3) of a response: :func:`echo_metrics.vad.peld_response`, through which gradients pass.

    Examples
    --------
    >>> transition(torch.zeros(1, 3), torch.zeros(1, 3), torch.rand(5)).tolist()
    [[0.0, 0.0, 0.0]]
    """
    return (preceding + change * (traits @ torch.from_numpy(OCEAN_TO_VAD).to(traits))).clamp(-1.0, 1.0)


def labels_of(emotion: Tensor) -> Tensor:
    """Index in WORDS of labels that index EMOTIONS; UNKNOWN where PELD has no such word."""
    index = [WORDS.index(word) if word in WORDS else UNKNOWN for word in EMOTIONS] + [
        UNKNOWN
    ]  # UNKNOWN is -1, the last
    return torch.tensor(index, device=emotion.device)[emotion]


class TransitionNetwork(Network):
    """Where the responder stands, what is asked for, and a face for where that leads."""

    places: Tensor
    usual: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.stand = nn.GRU(AUDIO, WIDTH, batch_first=True)
        self.word = nn.Linear(WIDTH, len(WORDS))
        self.attend = nn.GRU(AUDIO + MOTION, WIDTH, batch_first=True)
        self.change = nn.Linear(WIDTH, 3)
        self.core = nn.GRU(2 * AUDIO + MOTION + 3, WIDTH, batch_first=True)
        self.leave = nn.Linear(WIDTH, MOTION)
        self.register_buffer("places", torch.tensor([PELD_VAD[word] for word in WORDS]))
        self.register_buffer("usual", torch.tensor(list(CHARACTERS.values())).mean(0))

    def words(self, batch: Batch) -> Tensor:
        """Logits (B, T, 7) of what the own voice has told up to each frame."""
        told: Tensor = self.word(self.stand(batch.avatar_audio)[0])
        return told

    def asked(self, batch: Batch) -> Tensor:
        """Change (B, T, 3) that the user asks for; the greatest leads from one end of an axis to the other where the weight is 1."""
        heard = self.attend(torch.cat([batch.user_audio, batch.user_motion], dim=-1))[0]
        return 2.0 * torch.tanh(self.change(heard))

    def express(self, batch: Batch, point: Tensor) -> Tensor:
        """Motion (B, T, 61) of somebody who feels as the points (B, T, 3) say."""
        rows = torch.cat([batch.user_motion, batch.user_audio, batch.avatar_audio, point], dim=-1)
        moved: Tensor = self.leave(self.core(rows)[0])
        return moved

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Motion, the word of the own voice, and the word nearest to the response."""
        words, labels = self.words(batch), labels_of(batch.emotion)
        point = transition(words.softmax(-1) @ self.places, self.asked(batch), self.usual)
        near = -SHARPNESS * (point[..., None, :] - self.places).square().sum(-1)
        both = [F.cross_entropy(x.flatten(0, 1), labels.flatten(), ignore_index=UNKNOWN) for x in (words, near)]
        emotion = EMOTIONAL * torch.stack(both).nan_to_num().sum()
        return motion_loss(self.express(batch, point), batch.target) | {"emotion": emotion}

    def sample(self, batch: Batch, rng: torch.Generator, traits: Tensor | None = None) -> Tensor:
        """There is no chance in it; `traits` (5,) are the avatar's personality, in [0, 1]."""
        preceding = self.words(batch).softmax(-1) @ self.places
        point = transition(preceding, self.asked(batch), self.usual if traits is None else traits)
        return self.express(batch, point)


class PeldTransition(Learned):
    """The method."""

    name = "peld-transition"
    capabilities = Capabilities(output="motion", causal=True)
    network = TransitionNetwork
    recipe = Recipe(steps=1000, batch=32, window=120, rate=2e-3)
    ships = False

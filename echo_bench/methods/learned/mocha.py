"""`mocha`: motion that hears a window of speech, and tags that say whose turn it is (MoCha, arXiv 2503.23307) in ``rig61``.

Mechanism: speech is one track in which several characters take turns, and tags tell which of it is whose; a frame of motion attends to
speech within a window around it and to nothing outside, since lips are bound to the sound of the moment.

Ours: flow matching in motion space instead of video; the characters are the avatar and the user, the tags three: the avatar's turn, the
user's, nobody's. When generating, a turn is whoever is the louder, where anybody is loud. Ships without weights.
"""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.corpus import Batch
from echo_bench.methods.learned.diffusion_trunk import WIDTH, Design, DiffusionNetwork, Level
from echo_bench.methods.learned.features import AUDIO, STEPS
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.talkers import ALL
from echo_bench.methods.learned.trainer import Recipe

WINDOW = 4  # frames of speech to either side
TAGS = ("avatar", "user", "nobody")
LOUD = 0.0  # standardised loudness above which somebody speaks
STEADY = 13  # frames up to the present over which loudness is taken


def loudness(voice: Tensor) -> Tensor:
    """Standardised loudness (B, T) of sound (B, T, 52) up to each frame: the mean of its first cepstral coefficient."""
    level = voice[..., :: AUDIO // STEPS].mean(-1)
    return F.avg_pool1d(F.pad(level, (STEADY - 1, 0), mode="replicate")[:, None], STEADY, 1)[:, 0]


def turns(avatar: Tensor, user: Tensor) -> Tensor:
    """Whose turn it is, (B, T) of indices in :data:`TAGS`, from two voices (B, T, 52).

    Examples
    --------
    >>> loud, soft = torch.ones(1, 2, 52), -torch.ones(1, 2, 52)
    >>> [TAGS[int(turns(*voices)[0, 1])] for voices in ((loud, soft), (soft, loud), (soft, soft))]
    ['avatar', 'user', 'nobody']
    """
    levels = torch.stack([loudness(avatar), loudness(user), torch.full_like(avatar[..., 0], LOUD)])
    return levels.argmax(0)


class MochaNetwork(DiffusionNetwork):
    """The flow of a design that hears one track of speech with tags, which travel beside it as further columns."""

    design = Design((Level(ALL),), diagonal=WINDOW, withheld=0.1)

    def __init__(self) -> None:
        super().__init__()
        self.tags = nn.Linear(len(TAGS), WIDTH, bias=False)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching."""
        return super().loss(tagged(batch, turns(batch.avatar_audio, batch.user_audio)))

    def _velocity(self, number: int, x: Tensor, times: Tensor, told: Tensor, voice: Tensor, given: Tensor) -> Tensor:
        speech, tags = voice[..., :AUDIO], voice[..., AUDIO:]
        moved: Tensor = self.levels[number](x, times, speech, given, timed=False, style=self.tags(tags))
        return moved

    def generate_turns(self, batch: Batch, rng: torch.Generator, whose: Tensor) -> Tensor:
        """Motion (B, T, 61) when the turns are those of `whose` (B, T)."""
        return super().sample(tagged(batch, whose), rng)

    def sample(self, batch: Batch, rng: torch.Generator, **options: object) -> Tensor:
        """Turns are found in the two voices."""
        return self.generate_turns(batch, rng, turns(batch.avatar_audio, batch.user_audio))


def tagged(batch: Batch, whose: Tensor) -> Batch:
    """The batch with one track of speech, that of whose turn it is, and tags beside it."""
    speech = torch.where((whose == TAGS.index("user"))[..., None], batch.user_audio, batch.avatar_audio)
    tags = F.one_hot(whose, len(TAGS)).to(speech)
    return replace(batch, avatar_audio=torch.cat([speech, tags], dim=-1))


class Mocha(Learned):
    """The method."""

    name = "mocha"
    capabilities = Capabilities(output="motion", stochastic=True, causal=True, lookahead=MochaNetwork.design.chunk / 25)
    network = MochaNetwork
    recipe = Recipe(steps=1000, batch=16, window=MochaNetwork.design.chunk, rate=2e-3)
    ships = False

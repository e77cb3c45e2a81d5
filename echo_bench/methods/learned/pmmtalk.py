"""`pmmtalk`: sound, and two more streams that are made from it, aligned (PMMTalk, arXiv 2312.02781) in ``rig61``.

Mechanism: nobody gives pictures or text with a voice, so both are made from it by models that are trained before and then frozen: what a
talking head would show, and what a recogniser would write. The three streams are drawn together frame by frame (contrastive), and the
rows of the sound attend to those of either of the others, to make the coefficients of the face.

Ours: the frozen talking head is a ridge regression from the last 9 frames of sound to the lips, the frozen recogniser writes one of 64
units of sound (k-means), as self-supervised speech units are; both are fitted in closed form to the train split. A frame of sound hears
nothing but itself, so that what lies around it comes through the two streams. Head and eyes stay at their mean. Ships without weights.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from scipy.cluster.vq import kmeans2
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.method import Capabilities
from echo_bench.methods.learned.blocks import Attention, distance_bias
from echo_bench.methods.learned.corpus import Batch, Example
from echo_bench.methods.learned.features import AUDIO, MOTION, STEPS
from echo_bench.methods.learned.lips import LIPS, WIDTH, contrast
from echo_bench.methods.learned.losses import motion_loss
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from echo_bench.methods.learned.trainer import Recipe

FACE, HEADS = 52, 4
PAST = 9  # frames of sound that the talking head hears
REACH = 4  # frames back that the sound attends to in the other streams
UNITS, ROWS = 64, 20000  # units of sound, and rows of the train split that they are fitted to
RIDGE = 1e-2
MISSING = 0.15  # share of training windows in which one of the two made streams is missing
ALIGN = 0.02
STREAMS = ("visual", "text")


def context(voice: Tensor) -> Tensor:
    """Mean spectra of the last frames and a one, (B, T, 13 * PAST + 1), of sound (B, T, 52)."""
    frames = voice.reshape(*voice.shape[:-1], STEPS, AUDIO // STEPS).mean(-2)
    late = [F.pad(frames, (0, 0, lag, 0))[:, : frames.shape[1]] for lag in range(PAST)]
    return torch.cat([*late, torch.ones_like(frames[..., :1])], dim=-1)


class PmmtalkNetwork(Network):
    """The two frozen models, the alignment and the decoder."""

    sight: Tensor
    units: Tensor

    def __init__(self) -> None:
        super().__init__()
        spectrum = AUDIO // STEPS
        self.register_buffer("sight", torch.zeros(spectrum * PAST + 1, len(LIPS)))
        self.register_buffer("units", torch.zeros(UNITS, spectrum))
        self.enter = nn.Linear(AUDIO, WIDTH)
        self.see = nn.Linear(len(LIPS), WIDTH)
        self.read = nn.Embedding(UNITS, WIDTH)
        self.look = nn.ModuleDict({name: Attention(WIDTH, HEADS) for name in STREAMS})
        self.leave = nn.Sequential(nn.LayerNorm(WIDTH), nn.Linear(WIDTH, WIDTH), nn.GELU(), nn.Linear(WIDTH, FACE))

    def fit_scales(self, examples: Sequence[Example]) -> None:
        """Statistics of the train split, and both frozen models."""
        super().fit_scales(examples)
        heard = [context(self.audio(torch.from_numpy(example.inputs.avatar_audio))[None])[0] for example in examples]
        rows = torch.cat(heard).double()
        lips = torch.cat([self.motion(torch.from_numpy(example.target))[:, LIPS] for example in examples]).double()
        penalty = RIDGE * len(rows) * torch.eye(rows.shape[1], dtype=torch.float64)
        self.sight.copy_(torch.linalg.solve(rows.mT @ rows + penalty, rows.mT @ lips))
        spectra = rows[:: -(-len(rows) // ROWS), : self.units.shape[1]].numpy()
        self.units.copy_(torch.from_numpy(kmeans2(spectra, UNITS, minit="++", rng=0)[0]))

    def streams(self, voice: Tensor) -> dict[str, Tensor]:
        """Rows (B, T, width) of the two streams that are made from a voice."""
        heard = context(voice)
        written = torch.cdist(heard[..., : self.units.shape[1]], self.units).argmin(-1)
        return {"visual": self.see(heard @ self.sight), "text": self.read(written)}

    def face(self, voice: Tensor, streams: dict[str, Tensor], kept: dict[str, Tensor]) -> Tensor:
        """Coefficients (B, T, 52), each stream times whether it is `kept` (B, 1, 1)."""
        rows = self.enter(voice)
        bias = distance_bias(HEADS, rows.shape[1], rows.shape[1], causal=True, width=REACH).to(rows.device)
        told: Tensor = self.leave(
            rows + sum(kept[name] * self.look[name](rows, streams[name], bias) for name in STREAMS)
        )
        return told

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """The face, with streams missing at random, and the alignment of each stream with the sound."""
        voice = batch.avatar_audio
        streams, chance = self.streams(voice), torch.rand(len(voice), 1, 1, device=voice.device)
        kept = {"visual": (chance >= MISSING).to(voice), "text": (chance < 1.0 - MISSING).to(voice)}
        aligned = torch.stack([contrast(self.enter(voice), streams[name]) for name in STREAMS]).sum()
        terms = motion_loss(self.face(voice, streams, kept), batch.target[..., :FACE])
        return terms | {"align": ALIGN * aligned}

    def sample(self, batch: Batch, rng: torch.Generator, *, without: Sequence[str] = ()) -> Tensor:
        """There is no chance in it; streams that are named in `without` are missing."""
        voice = batch.avatar_audio
        kept = {name: voice.new_full((1, 1, 1), float(name not in without)) for name in STREAMS}
        face = self.face(voice, self.streams(voice), kept)
        return F.pad(face, (0, MOTION - FACE))


class Pmmtalk(Learned):
    """The method."""

    name = "pmmtalk"
    capabilities = Capabilities(output="motion", causal=True)
    network = PmmtalkNetwork
    recipe = Recipe(steps=1000, batch=32, window=60, rate=2e-3)
    ships = False

"""Talking heads that are told in words what to do: the diffusion trunk with text beside sound.

Each level (:mod:`~echo_bench.methods.learned.diffusion_trunk`) reads some concepts of the vocabulary
(:mod:`~echo_bench.methods.learned.captions`), or none, by cross-attention of its own: what the rows of a block get from the words is
added to what they hear, times how strongly the words are meant. The sum of the words is also added to what scales and shifts the
norms, with the time of diffusion. Without words nothing is added.

In training a window is told what it shows. When a benchmark generates, rules say what the avatar's voice calls for, and its own words
are read (:mod:`~echo_bench.methods.learned.instructor`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.clip import MethodView
from echo_bench.method import Artefact
from echo_bench.methods.base import sample_of
from echo_bench.methods.learned.blocks import Attention
from echo_bench.methods.learned.captions import CONCEPTS, described
from echo_bench.methods.learned.corpus import Batch, batch_of
from echo_bench.methods.learned.diffusion_trunk import HEADS, LAYERS, WIDTH, Beside, DiffusionNetwork
from echo_bench.methods.learned.features import AUDIO, read_inputs
from echo_bench.methods.learned.instructor import script
from echo_bench.methods.learned.method import Learned

UNTOLD = 0.2  # share of training windows that are told nothing
UNSAID = -1e4  # what is added to the attention to a concept that is not asked for


class Words(nn.Module):
    """What the blocks of one level read.

    Parameters
    ----------
    reads : sequence of str
        Concepts that reach the level; the others are not seen.
    """

    concepts: Tensor

    def __init__(self, reads: Sequence[str]) -> None:
        super().__init__()
        self.register_buffer(
            "concepts", torch.tensor([CONCEPTS.index(name) for name in reads], dtype=torch.long), persistent=False
        )
        self.tokens = nn.Parameter(torch.randn(len(reads), WIDTH))
        self.read = nn.ModuleList(Attention(WIDTH, HEADS) for _ in range(LAYERS))

    def forward(self, asked: Tensor) -> tuple[Tensor, list[Beside]]:
        """What is `asked` (B, T, concepts: 0, or how strongly) as a sum (B, T, width), and what each block adds to its rows."""
        seen = asked[..., self.concepts]
        if not len(self.concepts):
            return seen @ self.tokens, [torch.zeros_like] * LAYERS
        strength, bias = seen.amax(-1, keepdim=True), torch.where(seen > 0, 0.0, UNSAID)[:, None]
        return seen @ self.tokens, [partial(self._add, read, strength, bias) for read in self.read]

    def _add(self, read: nn.Module, strength: Tensor, bias: Tensor, rows: Tensor) -> Tensor:
        added: Tensor = strength * read(rows, self.tokens.expand(len(rows), -1, -1), bias)
        return added


class TextNetwork(DiffusionNetwork):
    """A design whose levels read words. The words travel beside the sound, as further columns of it."""

    reads: ClassVar[tuple[tuple[str, ...], ...]]
    """Concepts that each level reads."""

    def __init__(self) -> None:
        super().__init__()
        self.words = nn.ModuleList(Words(reads) for reads in self.reads)

    def loss(self, batch: Batch) -> dict[str, Tensor]:
        """Flow matching of windows that are told what they show, or nothing."""
        return self.flows(batch, batch.target)

    def flows(self, batch: Batch, made: Tensor) -> dict[str, Tensor]:
        """Flow matching of `made` (B, L, 61), which stands for the target, told what the target shows."""
        shown = described(batch.target, batch.emotion)
        shown = shown * (torch.rand(len(shown), 1, device=shown.device) >= UNTOLD)
        return super().loss(_told(replace(batch, target=made), shown[:, None].expand(-1, made.shape[1], -1)))

    def _velocity(self, number: int, x: Tensor, times: Tensor, told: Tensor, voice: Tensor, given: Tensor) -> Tensor:
        sound, asked = voice[..., :AUDIO], F.pad(voice[..., AUDIO:], (0, 0, given.shape[1], 0))
        style, beside = self.words[number](asked)
        moved: Tensor = self.levels[number](
            torch.cat([x, told], -1), times, sound, given,
            timed=self.design.before > 0, style=style, beside=beside,
        )  # fmt: skip
        return moved

    def sample(
        self,
        batch: Batch,
        rng: torch.Generator,
        *,
        seeds: Sequence[int] | None = None,
        reference: Tensor | None = None,
        guidance: float = 1.0,
        asked: Tensor | None = None,
    ) -> Tensor:
        """As :meth:`DiffusionNetwork.sample`, with what is `asked` of each frame, (B, T, concepts); nothing when absent."""
        voice = batch.avatar_audio
        said = voice.new_zeros(*voice.shape[:2], len(CONCEPTS)) if asked is None else asked
        return super().sample(_told(batch, said), rng, seeds=seeds, reference=reference, guidance=guidance)

    @torch.inference_mode()
    def generate(self, batch: Batch, seed: int, asked: Tensor | None = None) -> Tensor:
        """Motion (B, T, 61) in ``rig61`` for raw inputs and what is `asked` of each frame."""
        rng = torch.Generator().manual_seed(seed)
        return self.motion.undo(self.sample(self.standardised(batch), rng, asked=asked))


def _told(batch: Batch, asked: Tensor) -> Batch:
    return replace(batch, avatar_audio=torch.cat([batch.avatar_audio, asked], dim=-1))


class Worded(Learned):
    """Base of the methods that are told in words."""

    network: ClassVar[type[TextNetwork]]
    model: TextNetwork

    def generate(self, view: MethodView, *, seed: int, samples: int) -> list[Artefact]:
        """One motion per sample, told what the avatar's voice and words call for; sample ``k`` has the seed ``seed + k``.

        Raises
        ------
        NotApplicable
            When the user's motion is neither given nor measurable.
        """
        batch = batch_of(read_inputs(view, self.context)).to(self.context.device)
        asked = torch.from_numpy(script(view, self.network.design.chunk))[None].to(self.context.device)
        drawn = [(k, self.model.generate(batch, seed + k, asked)[0].float().cpu().numpy()) for k in range(samples)]
        return [sample_of(self, view, motion, seed=seed + k, sample=k) for k, motion in drawn]

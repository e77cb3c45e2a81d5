"""LAU at small scale: dialogue history, to a text about feeling, to c_emo."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_model.config import EchoConfig

MOODS = (
    "neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust",
    "amusement", "affection", "concern", "embarrassment", "relief",
)  # fmt: skip
AFFECT = 3  # valence, arousal, dominance
LEVELS = 10  # each way, in which a text says how strong these are
DROPPED = 0.5  # share of words, and of what is known of them, that training leaves out: a few hundred dialogues are easily learnt by heart


class AffectiveUnderstanding(nn.Module):
    """A small language model and a small text encoder.

    The language model reads hashed words with a recurrent net. Its text names two feelings, and says in numbers how strong what is felt
    is. The text encoder embeds the names and the numbers. Gradients do not pass through the text: the reader is trained on labels.
    """

    def __init__(self, config: EchoConfig) -> None:
        super().__init__()
        lcu = config.lcu
        self.words = nn.Embedding(lcu.words, lcu.width)
        self.sides = nn.Embedding(2, lcu.width)
        self.read = nn.GRU(lcu.width, lcu.width, batch_first=True)
        self.choose = nn.Linear(lcu.width, len(MOODS))
        self.rate = nn.Linear(lcu.width, AFFECT)
        self.encode = nn.Embedding(len(MOODS), lcu.width)
        self.encode_levels = nn.Linear(AFFECT, lcu.width, bias=False)
        self.order = nn.Parameter(0.02 * torch.randn(2, lcu.width))
        nn.init.normal_(self.words.weight, std=0.1)
        nn.init.normal_(
            self.encode.weight, std=0.02
        )  # small beside numbers that tell reactions, which stage 1 has learnt
        nn.init.normal_(self.encode_levels.weight, std=0.02)

    def told(self, words: Tensor, sides: Tensor, lengths: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (K, moods) and affect (K, 3) after the first `lengths` words of dialogues, which may be none.

        Words and sides are (B, N), N > 0; lengths (B,), or (B, L) for L times in each dialogue, one dialogue after the other in K.
        """
        rows = self.words(words)
        if self.training:
            kept = torch.rand(*words.shape, 1, device=words.device) >= DROPPED
            rows = F.dropout(rows * kept / (1 - DROPPED), DROPPED)
        rows, _ = self.read(rows + self.sides(sides))
        rows = torch.cat([torch.zeros_like(rows[:, :1]), rows], dim=1)
        whose = torch.arange(lengths.numel(), device=rows.device) // (lengths.numel() // len(rows))
        last = F.dropout(rows[whose, lengths.flatten()], DROPPED, self.training)
        return self.choose(last), self.rate(last)

    def tokens(self, text: str) -> list[int]:
        """The rows of the words of a text in the word table."""
        return [hashed(word, self.words.num_embeddings) for word in text.split()]

    def texts(self, words: Tensor, sides: Tensor, lengths: Tensor) -> list[str]:
        """y_emo: what the language model says after the first `lengths` words of dialogues, as :meth:`told` has them."""
        return written(*self.told(words, sides, lengths))

    def forward(self, texts: Sequence[str]) -> Tensor:
        """c_emo (B, 2, width) of texts."""
        names = [[MOODS.index(word) for word in re.findall("[a-z]+", text) if word in MOODS] for text in texts]
        levels = [[int(number) / LEVELS for number in re.findall(r"[+-]\d+", text)] for text in texts]
        moods, strength = (torch.tensor(found, device=self.order.device) for found in (names, levels))
        encoded: Tensor = self.encode(moods) + self.encode_levels(strength)[:, None] + self.order
        return encoded


def written(moods: Tensor, affect: Tensor) -> list[str]:
    """Texts of logits (B, moods) and of affect (B, 3).

    Examples
    --------
    >>> written(torch.tensor([[0.0, 2.0, 1.0] + [-1.0] * 9]), torch.tensor([[0.52, 0.1, -0.2]]))
    ['The listener feels joy, with some sadness: valence +5, arousal +1, dominance -2 of 10.']
    """
    pairs = moods.topk(2, dim=-1).indices.tolist()
    levels = (LEVELS * affect.float().clamp(-1, 1)).round().int().tolist()
    return [
        f"The listener feels {MOODS[a]}, with some {MOODS[b]}: valence {v:+d}, arousal {r:+d}, dominance {d:+d} of {LEVELS}."
        for (a, b), (v, r, d) in zip(pairs, levels, strict=True)
    ]


def hashed(word: str, rows: int) -> int:
    """Row of a word in the word table; equal on every machine.

    Examples
    --------
    >>> hashed("Hello", 2048) == hashed("hello", 2048)
    True
    """
    return zlib.crc32(word.lower().encode()) % rows

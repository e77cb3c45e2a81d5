"""HBCU and LAU by pretrained language models."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from echo_model.pretrained import Frozen, Language
from echo_model.sdcm import CrossAttention

THINK = "Understand what the user does and feels from video and voice: nods, smiles, looks, speech, attention."
ASK = "\nIn one sentence: how does the listener feel?"
SAID = ("\nUser: ", "\nAvatar: ")
LONGEST = 24  # tokens of a sentence about feeling
HISTORY = 512  # tokens of dialogue that are read, the latest
REMEMBERED = 4096  # sentences that are kept, so that a dialogue that did not go on is not read again


class LanguageUnderstanding(nn.Module):
    """The understanding model of HBCU: the body of a frozen language model reads the think prompt, then our tokens.

    What is learned are the ways in and out. Gradients go through the language model to the way in.

    Parameters
    ----------
    width : int
        Of our tokens.
    language : Language
    """

    def __init__(self, width: int, language: Language) -> None:
        super().__init__()
        self.frozen = Frozen(language.net)
        table = self.frozen.net.get_input_embeddings().weight
        self.enter = nn.Sequential(nn.LayerNorm(width), nn.Linear(width, table.shape[1]))
        self.leave = nn.Sequential(nn.LayerNorm(table.shape[1]), nn.Linear(table.shape[1], width))
        self.register_buffer("think", torch.tensor([language.tokeniser(THINK).input_ids]), persistent=False)
        self.register_buffer("size", table.float().std(), persistent=False)
        self.recompute = False

    think: Tensor
    size: Tensor
    recompute: bool
    """Gradient checkpointing: the language model is run again in the backward pass."""

    def forward(self, rows: Tensor) -> Tensor:
        """States (B, N, width) of tokens (B, N, width), each after those before it; tokens enter as large as those of words."""
        prompt = self.frozen.net.get_input_embeddings()(self.think).expand(len(rows), -1, -1)
        read = torch.cat([prompt, (self.size * self.enter(rows)).to(prompt.dtype)], dim=1)
        if self.recompute and self.training:
            states = checkpoint(self._states, read, use_reentrant=False)
        else:
            states = self._states(read)
        left: Tensor = self.leave(states[:, prompt.shape[1] :].to(rows.dtype))
        return left

    def _states(self, read: Tensor) -> Tensor:
        states: Tensor = self.frozen.net(inputs_embeds=read, use_cache=False).last_hidden_state
        return states


class LanguageFeeling(nn.Module):
    """LAU: a causal language model writes a sentence about feeling, a text encoder reads it; both are frozen.

    Words of the dialogue are tokens of the language model here (:meth:`tokens`).

    Parameters
    ----------
    width, heads : int
        Of c_emo, and of the attention that reads it from the encoder's states.
    language, text : Language
    """

    def __init__(self, width: int, heads: int, language: Language, text: Language) -> None:
        super().__init__()
        self.writer, self.write_tokens = Frozen(language.net), language.tokeniser
        self.reader, self.read_tokens = Frozen(text.net), text.tokeniser
        self.queries = nn.Parameter(0.02 * torch.randn(1, 2, width))
        self.read = CrossAttention(width, heads, self.reader.net.get_input_embeddings().weight.shape[1])
        self._remembered = lru_cache(REMEMBERED)(self._written)

    def tokens(self, text: str) -> list[int]:
        """The tokens of words."""
        found: list[int] = self.write_tokens(text, add_special_tokens=False).input_ids
        return found

    def texts(self, words: Tensor, sides: Tensor, lengths: Tensor) -> list[str]:
        """y_emo: what the language model writes about the first `lengths` tokens of each dialogue (B, N), greedily."""
        rows = zip(words.tolist(), sides.tolist(), lengths.tolist(), strict=True)
        return [self._remembered(tuple(w[:n][-HISTORY:]), tuple(s[:n][-HISTORY:])) for w, s, n in rows]

    def forward(self, texts: Sequence[str]) -> Tensor:
        """c_emo (B, 2, width) of texts."""
        return torch.cat([self.queries + self.read(self.queries, self._states(text)) for text in texts])

    def _written(self, words: tuple[int, ...], sides: tuple[int, ...]) -> str:
        prompt: list[int] = []
        for k, (word, side) in enumerate(zip(words, sides, strict=True)):
            prompt += self.tokens(SAID[side]) if k == 0 or side != sides[k - 1] else []
            prompt.append(word)
        ids = torch.tensor([prompt + self.tokens(ASK)], device=self.queries.device)
        with torch.no_grad():
            made = self.writer.net.generate(
                ids, attention_mask=torch.ones_like(ids), max_new_tokens=LONGEST, do_sample=False
            )
        text: str = self.write_tokens.decode(made[0, ids.shape[1] :], skip_special_tokens=True)
        return text

    def _states(self, text: str) -> Tensor:
        given: dict[str, Any] = self.read_tokens(text or ".", return_tensors="pt", truncation=True, max_length=77)
        ids = given["input_ids"].to(self.queries.device)
        with torch.no_grad():
            states: Tensor = self.reader.net(input_ids=ids).last_hidden_state
        return states.to(self.queries.dtype)

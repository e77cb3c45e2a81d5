"""What is talked of in conversations, drawn by seed from a corpus: the user, the words, and how the avatar reacts, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from echo_model.config import TIME, EchoConfig
from echo_model.corpus import Entry
from echo_model.lcu import SIZES
from echo_model.locate import face_mask
from echo_model.masks import regions_from

PER = 4  # windows that are made from one pass through a conversation


@dataclass(frozen=True, slots=True)
class Talk:
    """K windows that follow each other, of each of N conversations.

    Attributes
    ----------
    latents : Tensor of shape (N, K, current, C, h, w)
        Of the user's video.
    voice : Tensor of shape (N, K, 4 * current, audio)
        The user's.
    acts : Tensor of shape (N, K, acts)
        1 where the user does that in the window; NaN where nobody knows.
    affect : Tensor of shape (N, K, 3)
        The user's mean affect; NaN where nobody knows.
    mask : Tensor of shape (N, h, w)
        1 where the user's face is.
    words, sides : Tensor of shape (N, W), int64
        The dialogue.
    lengths : Tensor of shape (N, K), int64
        Words up to each window.
    mood : Tensor of shape (N, K), int64
        What the avatar feels at each window's start.
    reaction : Tensor of shape (N, K, acts + 3)
        What the avatar does in each window, as shares of it, and its mean affect; NaN where nobody knows.
    """

    latents: Tensor
    voice: Tensor
    acts: Tensor
    affect: Tensor
    mask: Tensor
    words: Tensor
    sides: Tensor
    lengths: Tensor
    mood: Tensor
    reaction: Tensor

    def to(self, device: torch.device) -> Talk:
        """The same on another device."""
        return Talk(*(getattr(self, field.name).to(device) for field in fields(self)))


@dataclass(frozen=True, slots=True)
class Stretch:
    """A conversation from latent frame `offset` on.

    Attributes
    ----------
    entry, partner : Entry
        Avatar and user.
    offset : int
    room : int
        Latent frames from there to its end.
    count : int
        Windows that all conversations of a batch have room for.
    """

    entry: Entry
    partner: Entry
    offset: int
    room: int
    count: int


def draw_stretches(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig) -> list[Stretch]:
    """Conversations from near their beginning; they are drawn in proportion to their length."""
    partners = {entry.stem: entry for entry in entries}
    lengths = np.array([min(entry.length, partners[entry.partner].length) for entry in entries])
    numbers = rng.choice(len(entries), batch, p=lengths / lengths.sum())
    offsets = rng.integers(config.current, size=batch)
    rooms = lengths[numbers] - offsets
    count = int(rooms.min()) // config.current
    return [
        Stretch(entries[k], partners[entries[k].partner], int(offset), int(room), count)
        for k, offset, room in zip(numbers, offsets, rooms, strict=True)
    ]


def draw_talk(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig) -> Talk:
    """What is talked of in `batch` conversations."""
    return talk_of(draw_stretches(entries, batch, rng, config), config)


def talk_of(stretches: Sequence[Stretch], config: EchoConfig) -> Talk:
    """What is talked of in stretches; dialogues that are shorter than others end in words that do not count."""
    parts = [_user(stretch, config) | _avatar(stretch, config) for stretch in stretches]
    width = max(len(part["words"]) for part in parts)
    for part in parts:
        for name in ("words", "sides"):
            part[name] = np.pad(part[name], (0, width - len(part[name])))
    return Talk(**stacked(parts))


def stacked(parts: Sequence[dict[str, NDArray[Any]]]) -> dict[str, Tensor]:
    """Arrays of several parts as tensors, by name."""
    rows = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return {name: torch.from_numpy(x.astype(np.float32) if x.dtype == np.float16 else x) for name, x in rows.items()}


def reaction_in(entry: Entry, start: int, config: EchoConfig) -> NDArray[np.float32]:
    """Shares of acts, and mean affect (acts + 3,), in the window from latent frame `start` on."""
    span, person = slice(TIME * start, TIME * (start + config.current)), entry.person
    return np.concatenate([rows[span].mean(0) for rows in (person.acts, person.affect)])


def _avatar(stretch: Stretch, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """What was said before each window, and how the avatar feels and reacts."""
    person, starts = stretch.entry.person, stretch.offset + config.current * np.arange(stretch.count)
    reactions = [reaction_in(stretch.entry, int(k), config) for k in starts]
    return {
        "words": np.append(person.words, 0),
        "sides": np.append(person.sides, 0),
        "lengths": np.searchsorted(person.ends, TIME * starts, side="right").astype(np.int64),
        "mood": person.mood[TIME * starts].astype(np.int64),
        "reaction": np.array(reactions, np.float32).reshape(stretch.count, len(SIZES)),
    }


def _user(stretch: Stretch, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """The user in each window."""
    person, count, latents = stretch.partner.person, stretch.count, stretch.partner.latents()
    start, end = stretch.offset, stretch.offset + count * config.current
    mask = face_mask(regions_from(torch.from_numpy(person.regions[:1])), config.vae.grid)

    def windowed(rows: NDArray[Any]) -> NDArray[Any]:
        return rows[TIME * start : TIME * end].reshape(count, TIME * config.current, rows.shape[-1])

    return {
        "latents": latents[start:end].reshape(count, config.current, *latents.shape[1:]),
        "voice": windowed(person.voice),
        "acts": windowed(person.acts).max(axis=1),
        "affect": windowed(person.affect).mean(axis=1),
        "mask": mask[0].numpy(),
    }

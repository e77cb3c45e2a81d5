"""What is talked of in conversations, drawn by seed from a corpus: the user, the words, and how the avatar reacts, window by window."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from echo_model.config import TIME, EchoConfig
from echo_model.corpus import Entry
from echo_model.frames import LARGEST, shrunk, to_frames, to_video
from echo_model.lcu import SIZES
from echo_model.locate import face_mask
from echo_model.masks import regions_from

PER = 4  # windows that are made from one pass through a conversation
MOMENTS = 32  # up to which a dialogue is read, where that is all that is read


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialogues:
    """What was said up to K moments of each of N conversations, and how the avatar feels and reacts in the window that ends there.

    Attributes
    ----------
    words, sides : Tensor of shape (N, W), int64
        The dialogue.
    lengths : Tensor of shape (N, K), int64
        Words up to each moment.
    mood : Tensor of shape (N, K), int64
        What the avatar feels then.
    reaction : Tensor of shape (N, K, acts + 3)
        What the avatar does in each window, as shares of it, and its mean affect; NaN where nobody knows.
    """

    words: Tensor
    sides: Tensor
    lengths: Tensor
    mood: Tensor
    reaction: Tensor

    def to(self, device: torch.device) -> Self:
        """The same on another device."""
        return replace(self, **{field.name: getattr(self, field.name).to(device) for field in fields(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk(Dialogues):
    """Dialogues up to K windows that follow each other, and the user in these windows.

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
    pictures : Tensor of shape (N, K, current, P, P, 3), uint8
        Of the user, the last of the four in each latent frame.
    first : Tensor of shape (N, P, P, 3), uint8
        The user's reference image.
    """

    latents: Tensor
    voice: Tensor
    acts: Tensor
    affect: Tensor
    mask: Tensor
    pictures: Tensor
    first: Tensor


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


def draw_dialogues(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig) -> Dialogues:
    """`batch` dialogues up to moments anywhere in them; they are drawn in proportion to their length."""
    lengths = np.array([entry.length for entry in entries])
    numbers = rng.choice(len(entries), batch, p=lengths / lengths.sum())
    ends = [rng.integers(lengths[k] - config.current + 1, size=MOMENTS) for k in numbers]
    parts = [_said(entries[k], starts, config) for k, starts in zip(numbers, ends, strict=True)]
    return Dialogues(**stacked(as_long(parts)))


def draw_talk(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig) -> Talk:
    """What is talked of in `batch` conversations."""
    return talk_of(draw_stretches(entries, batch, rng, config), config)


def talk_of(stretches: Sequence[Stretch], config: EchoConfig) -> Talk:
    """What is talked of in stretches."""
    starts = [stretch.offset + config.current * np.arange(stretch.count) for stretch in stretches]
    said = [_said(stretch.entry, each, config) for stretch, each in zip(stretches, starts, strict=True)]
    users = [_user(stretch, config) for stretch in stretches]
    return Talk(**stacked(as_long(said)), **stacked(users))


def as_long(parts: Sequence[dict[str, NDArray[Any]]]) -> list[dict[str, NDArray[Any]]]:
    """Dialogues that are shorter than others, ended in words that do not count."""
    width = max(len(part["words"]) for part in parts)
    return [
        part | {name: np.pad(part[name], (0, width - len(part[name]))) for name in ("words", "sides")} for part in parts
    ]


def stacked(parts: Sequence[dict[str, NDArray[Any]]]) -> dict[str, Tensor]:
    """Arrays of several parts as tensors, by name."""
    rows = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return {name: torch.from_numpy(x.astype(np.float32) if x.dtype == np.float16 else x) for name, x in rows.items()}


def reaction_in(entry: Entry, start: int, config: EchoConfig) -> NDArray[np.float32]:
    """Shares of acts, and mean affect (acts + 3,), in the window from latent frame `start` on."""
    span, person = slice(TIME * start, TIME * (start + config.current)), entry.person
    return np.concatenate([rows[span].mean(0) for rows in (person.acts, person.affect)])


def _said(entry: Entry, starts: NDArray[np.int64], config: EchoConfig) -> dict[str, NDArray[Any]]:
    """What was said up to the ends of windows that begin at latent frames `starts`, and how the avatar feels and reacts in them."""
    person, ends = entry.person, TIME * (starts + config.current)
    return {
        "words": np.append(person.words, 0),
        "sides": np.append(person.sides, 0),
        "lengths": np.searchsorted(person.ends, ends, side="right").astype(np.int64),
        "mood": person.mood[ends - 1].astype(np.int64),
        "reaction": np.array([reaction_in(entry, int(k), config) for k in starts], np.float32).reshape(-1, len(SIZES)),
    }


def _user(stretch: Stretch, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """The user in each window."""
    person, count, latents = stretch.partner.person, stretch.count, stretch.partner.latents()
    start, end = stretch.offset, stretch.offset + count * config.current
    mask = face_mask(regions_from(torch.from_numpy(person.regions[:1])), config.vae.grid)
    seen = _shrunk(stretch.partner.frames()[TIME * start + TIME - 1 : TIME * end : TIME])

    def windowed(rows: NDArray[Any]) -> NDArray[Any]:
        return rows[TIME * start : TIME * end].reshape(count, TIME * config.current, rows.shape[-1])

    return {
        "latents": latents[start:end].reshape(count, config.current, *latents.shape[1:]),
        "voice": windowed(person.voice),
        "acts": windowed(person.acts).max(axis=1),
        "affect": windowed(person.affect).mean(axis=1),
        "mask": mask[0].numpy(),
        "pictures": seen.reshape(count, config.current, *seen.shape[1:]),
        "first": _shrunk(stretch.partner.reference()),
    }


def _shrunk(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Pictures (..., H, W, 3), at most as large as eyes are shown them."""
    return frames if frames.shape[-2] <= LARGEST else to_frames(shrunk(to_video(frames)))

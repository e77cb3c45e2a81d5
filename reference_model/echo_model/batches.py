"""Batches of training windows, drawn by seed from a corpus."""

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
from echo_model.frames import to_video
from echo_model.lcu import SIZES
from echo_model.locate import face_mask
from echo_model.masks import regions_from

PER = 4  # windows that are made from one pass through a conversation
BLANK = 0.1  # share of windows that are made without those before
LOOKS = 8  # pictures of anybody per window, from which reading expressions is learnt
FREE = 0.4  # the same where there is a user: previous frames show a reaction that has begun, and hide what it is to


@dataclass(frozen=True, slots=True)
class Sample:
    """N windows to be made, PER of each conversation; K windows of each of the N / PER users.

    Attributes
    ----------
    latents : Tensor of shape (N, current, C, h, w)
        What is to be made.
    moved : Tensor of shape (N, current, C, h, w)
        The reference image with its head moved at random, where the flow starts.
    previous : Tensor of shape (N, previous, C, h, w)
    given : Tensor of shape (N,)
    image : Tensor of shape (N, 3, H, W)
        The reference image, in [-1, 1].
    still : Tensor of shape (N, 1, C, h, w)
        Its latent.
    regions : Tensor of shape (N, 8)
        Face and mouth in it.
    seen : Tensor of shape (N, 3, H, W)
        Some still of the person, to learn where face and mouth are.
    places : Tensor of shape (N, 8)
        Face and mouth in that.
    voice : Tensor of shape (N, 4 * (previous + current), audio)
    sounding : Tensor of shape (N, 4 * (previous + current))
        0 where there is no sound, for it lies before the conversation.
    other : Tensor of shape (N, acts + 3)
        Reaction, as below, of any window of anybody.
    looks : Tensor of shape (N, LOOKS, 3, H, W)
        Pictures of anybody, in [-1, 1]; none without a user.
    of : Tensor of shape (N, LOOKS, 3, H, W)
        Their reference images.
    within : Tensor of shape (N, LOOKS, 8)
        Face and mouth in these.
    doing : Tensor of shape (N, LOOKS, acts + 3)
        Acts and affect in the pictures.
    window : Tensor of shape (N,), int64
        Which of the user's windows is the same.
    user_latents : Tensor of shape (N / PER, K, current, C, h, w)
    user_voice : Tensor of shape (N / PER, K, 4 * current, audio)
    acts : Tensor of shape (N / PER, K, acts)
    affect : Tensor of shape (N / PER, K, 3)
    face : Tensor of shape (N / PER, h, w)
    words, sides : Tensor of shape (N / PER, W), int64
        The dialogue.
    lengths : Tensor of shape (N / PER, K), int64
        Words up to each window.
    mood : Tensor of shape (N / PER, K), int64
        What the avatar feels at each window's start.
    reaction : Tensor of shape (N / PER, K, acts + 3)
        What the avatar does in each window, as shares of it, and its mean affect; NaN where nobody knows.
    """

    latents: Tensor
    moved: Tensor
    previous: Tensor
    given: Tensor
    image: Tensor
    still: Tensor
    regions: Tensor
    seen: Tensor
    places: Tensor
    voice: Tensor
    sounding: Tensor
    other: Tensor
    looks: Tensor
    of: Tensor
    within: Tensor
    doing: Tensor
    window: Tensor
    user_latents: Tensor
    user_voice: Tensor
    acts: Tensor
    affect: Tensor
    face: Tensor
    words: Tensor
    sides: Tensor
    lengths: Tensor
    mood: Tensor
    reaction: Tensor

    def to(self, device: torch.device) -> Sample:
        """The same on another device."""
        return Sample(*(getattr(self, field.name).to(device) for field in fields(self)))


def draw(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig, *, whole: bool) -> Sample:
    """Windows of `batch` conversations; conversations are drawn in proportion to their length.

    Parameters
    ----------
    entries : sequence of Entry
    batch : int
    rng : numpy.random.Generator
    config : EchoConfig
    whole : bool
        With the user's windows, from near the beginning of the conversation; without them there are none (K = 0).
    """
    partners = {entry.stem: entry for entry in entries}
    lengths = np.array([min(entry.length, partners[entry.partner].length) for entry in entries], float)
    chosen = [entries[k] for k in rng.choice(len(entries), batch, p=lengths / lengths.sum())]
    offsets = rng.integers(config.current, size=batch)
    rooms = [min(e.length, partners[e.partner].length) - int(o) for e, o in zip(chosen, offsets, strict=True)]
    count = min(rooms) // config.current
    targets, users = [], []
    for entry, offset, room in zip(chosen, offsets, rooms, strict=True):
        for _ in range(PER):
            k = int(rng.integers(count))
            start = int(offset) + (k * config.current if whole else int(rng.integers(room - config.current + 1)))
            target = _target(entry, start, rng, config, FREE if whole else BLANK)
            target |= _looks(entries, LOOKS if whole else 0, rng)
            targets.append(target | {"window": np.array(k, np.int64), "other": _any_reaction(entries, rng, config)})
        known = count if whole else 0
        users.append(
            _user(partners[entry.partner], int(offset), known, config) | _led(entry, int(offset), known, config)
        )
    width = max(len(user["words"]) for user in users)
    for user in users:
        for name in ("words", "sides"):
            user[name] = np.pad(user[name], (0, width - len(user[name])))
    return Sample(**_stacked(targets), **_stacked(users))


def _stacked(parts: Sequence[dict[str, NDArray[Any]]]) -> dict[str, Tensor]:
    rows = {name: np.stack([part[name] for part in parts]) for name in parts[0]}
    return {name: torch.from_numpy(x.astype(np.float32) if x.dtype == np.float16 else x) for name, x in rows.items()}


def _target(
    entry: Entry, start: int, rng: np.random.Generator, config: EchoConfig, blank: float
) -> dict[str, NDArray[Any]]:
    """A window to be made, and what came before it, if that is not left out."""
    person, latents = entry.person, entry.latents()
    old, first = config.previous, TIME * start
    given = start >= old and rng.random() >= blank
    previous = latents[start - old : start] if given else np.zeros_like(latents[:old])
    before = person.voice[first - TIME * old : first] if given else np.zeros_like(person.voice[: TIME * old])
    walks, look = entry.moved(), int(rng.integers(len(person.stills)))
    return {
        "moved": walks[int(rng.integers(len(walks))), start : start + config.current],
        "latents": latents[start : start + config.current],
        "previous": previous,
        "given": np.array(given, np.float32),
        "image": to_video(entry.reference()).numpy(),
        "still": entry.still(),
        "regions": person.regions[0],
        "seen": to_video(entry.frames()[person.stills[look]]).numpy(),
        "places": person.regions[look],
        "voice": np.concatenate([before, person.voice[first : first + TIME * config.current]]),
        "sounding": np.repeat(np.array([given, 1], np.float32), [TIME * old, TIME * config.current]),
    }


def _looks(entries: Sequence[Entry], count: int, rng: np.random.Generator) -> dict[str, NDArray[Any]]:
    """Pictures of anybody at any time, and what they show."""
    whose = [entries[k] for k in rng.integers(len(entries), size=count)]
    at = [int(rng.integers(TIME * entry.length)) for entry in whose]
    size = entries[0].reference().shape[0]

    def rows(found: Sequence[NDArray[Any]], *shape: int) -> NDArray[Any]:
        return np.stack(found) if found else np.zeros((0, *shape), np.float32)

    people = [entry.person for entry in whose]
    return {
        "looks": rows([to_video(e.frames()[k]).numpy() for e, k in zip(whose, at, strict=True)], 3, size, size),
        "of": rows([to_video(e.reference()).numpy() for e in whose], 3, size, size),
        "within": rows([person.regions[0] for person in people], 8),
        "doing": rows([np.concatenate([p.acts[k], p.affect[k]]) for p, k in zip(people, at, strict=True)], len(SIZES)),
    }


def _any_reaction(entries: Sequence[Entry], rng: np.random.Generator, config: EchoConfig) -> NDArray[np.float32]:
    entry = entries[int(rng.integers(len(entries)))]
    return _reaction(entry, int(rng.integers(entry.length - config.current + 1)), config)


def _reaction(entry: Entry, start: int, config: EchoConfig) -> NDArray[np.float32]:
    """Shares of acts, and mean affect, in the window from latent frame `start` on."""
    span, person = slice(TIME * start, TIME * (start + config.current)), entry.person
    return np.concatenate([rows[span].mean(0) for rows in (person.acts, person.affect)])


def _led(entry: Entry, start: int, count: int, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """What was said before each of `count` windows from latent frame `start` on, and how the avatar feels and reacts."""
    person, starts = entry.person, start + config.current * np.arange(count)
    return {
        "words": np.append(person.words, 0),
        "sides": np.append(person.sides, 0),
        "lengths": np.searchsorted(person.ends, TIME * starts, side="right").astype(np.int64),
        "mood": person.mood[TIME * starts].astype(np.int64),
        "reaction": np.array([_reaction(entry, int(k), config) for k in starts], np.float32).reshape(count, len(SIZES)),
    }


def _user(entry: Entry, start: int, count: int, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """`count` windows of a user, from latent frame `start` on."""
    person, latents, frames = entry.person, entry.latents(), TIME * config.current
    end = start + count * config.current
    spans = slice(TIME * start, TIME * end)
    face = face_mask(regions_from(torch.from_numpy(person.regions[:1])), config.vae.grid)

    def windowed(rows: NDArray[Any]) -> NDArray[Any]:
        return rows[spans].reshape(count, frames, rows.shape[-1])

    return {
        "user_latents": latents[start:end].reshape(count, config.current, *latents.shape[1:]),
        "user_voice": windowed(person.voice),
        "acts": windowed(person.acts).max(axis=1) if count else person.acts[:0],
        "affect": windowed(person.affect).mean(axis=1) if count else person.affect[:0],
        "face": face[0].numpy(),
    }

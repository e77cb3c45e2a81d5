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
from echo_model.talks import PER, Talk, draw_stretches, reaction_in, stacked, talk_of

BLANK = 0.3  # share of windows that are made without those before: they show a feeling that has begun, and hide what it is to


@dataclass(frozen=True, slots=True)
class Sample:
    """N windows to be made, PER of each conversation.

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
    opening : Tensor of shape (N, 4 * current)
        How far the lips are apart in each frame; NaN where nobody knows.
    reaction : Tensor of shape (N, acts + 3)
        What the avatar does in the window, as shares of it, and its mean affect; NaN where nobody knows.
    window : Tensor of shape (N,), int64
        Which of the windows of its talk it is.
    talk : Talk or None
        What is talked of in the conversations; nothing where the avatar is alone.
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
    opening: Tensor
    reaction: Tensor
    window: Tensor
    talk: Talk | None

    def to(self, device: torch.device) -> Sample:
        """The same on another device."""
        parts: dict[str, Any] = {}
        for field in fields(self):
            part = getattr(self, field.name)
            parts[field.name] = None if part is None else part.to(device)
        return Sample(**parts)


def draw(entries: Sequence[Entry], batch: int, rng: np.random.Generator, config: EchoConfig, *, whole: bool) -> Sample:
    """Windows of `batch` conversations; conversations are drawn in proportion to their length.

    Parameters
    ----------
    entries : sequence of Entry
    batch : int
    rng : numpy.random.Generator
    config : EchoConfig
    whole : bool
        With what is talked of, from near the beginning of the conversations.
    """
    stretches, targets = draw_stretches(entries, batch, rng, config), []
    for stretch in stretches:
        for _ in range(PER):
            k = int(rng.integers(stretch.count))
            anywhere = int(rng.integers(stretch.room - config.current + 1))
            start = stretch.offset + (k * config.current if whole else anywhere)
            targets.append(_target(stretch.entry, start, rng, config) | {"window": np.array(k, np.int64)})
    return Sample(**stacked(targets), talk=talk_of(stretches, config) if whole else None)


def _target(entry: Entry, start: int, rng: np.random.Generator, config: EchoConfig) -> dict[str, NDArray[Any]]:
    """A window to be made, and what came before it, if that is not left out."""
    person, latents = entry.person, entry.latents()
    old, first = config.previous, TIME * start
    given = start >= old and rng.random() >= BLANK
    previous = latents[start - old : start] if given else np.zeros_like(latents[:old])
    before = person.voice[first - TIME * old : first] if given else np.zeros_like(person.voice[: TIME * old])
    walks, look = entry.moved(), int(rng.integers(len(person.stills)))
    return {
        "moved": walks[int(rng.integers(len(walks))), start : start + config.current],
        "latents": latents[start : start + config.current],
        "opening": person.opening[first : first + TIME * config.current],
        "reaction": reaction_in(entry, start, config),
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

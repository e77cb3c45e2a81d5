"""A conversation made frame by frame from plain arrays: pictures and sound of the user, sound of the avatar, words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from echo_model.config import TIME
from echo_model.frames import shrunk, to_frames, to_video
from echo_model.lcu import UserWindow
from echo_model.locate import face_mask
from echo_model.model import Dialogue, Echo, Turn

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Scene:
    """What the avatar is made from, T frames at 25 fps.

    Attributes
    ----------
    image : ndarray of shape (H, W, 3), uint8
        The avatar.
    pictures : iterable of ndarray of shape (H, W, 3), uint8
        The user; read as the windows are made. The last one is held where they end early.
    user_voice, voice : ndarray of shape (T, audio), float32
        Sound of the user and of the avatar.
    words, sides, ends : ndarray of shape (N,), int64
        The dialogue in order of time: rows of the word table, 0 for the user and 1 for the avatar, the frame in which each ends.
    """

    image: NDArray[np.uint8]
    pictures: Iterable[NDArray[np.uint8]]
    user_voice: Floats
    voice: Floats
    words: NDArray[np.int64]
    sides: NDArray[np.int64]
    ends: NDArray[np.int64]


@torch.inference_mode()
def sample(model: Echo, scene: Scene, seed: int) -> Iterator[NDArray[np.uint8]]:
    """The avatar, frame by frame, as many as there is sound.

    A window is made as soon as the user's part of it is there: frame ``t`` depends on the user up to the end of its window. Equal
    seeds give equal frames on one machine.

    Parameters
    ----------
    model : Echo
    scene : Scene
    seed : int

    Yields
    ------
    ndarray of shape (H, W, 3), uint8
    """
    device = model.voice_shift.device
    image = to_video(scene.image)[None].to(device)
    rng = torch.Generator().manual_seed(seed)
    left = len(scene.voice)
    for video in model.stream(turns(model, scene), image, rng):
        yield from to_frames(video[0])[:left]
        left -= video.shape[1]


def turns(model: Echo, scene: Scene) -> Iterator[Turn]:
    """What each window is made from; pictures are read window by window.

    Parameters
    ----------
    model : Echo
    scene : Scene
        Its pictures may be fewer than its frames: the last one is held.

    Yields
    ------
    Turn

    Raises
    ------
    ValueError
        When the user has no picture at all.
    """
    frames, device = TIME * model.config.current, model.voice_shift.device
    pictures = iter(scene.pictures)
    before: Tensor | None = None
    looks: Tensor | None = None
    for start in range(0, len(scene.voice), frames):
        shown = list(islice(pictures, frames))
        if not shown and before is None:
            raise ValueError("the user has no pictures: a conversation needs at least one")
        video = to_video(np.stack(shown))[None].to(device) if shown else before[:, -1:]  # type: ignore[index]
        video = torch.cat([video, video[:, -1:].expand(-1, frames - video.shape[1], -1, -1, -1)], dim=1)
        # A latent frame depends on those before it, so frames before the window go along.
        known = video if before is None else torch.cat([before, video], dim=1)
        if looks is None:  # the first picture is what the user's departures are from
            looks = video[:, 0]
            mask = face_mask(model.locator.regions(looks), model.config.vae.grid)
        latents = model.vae.encode(known, looks)[:, -model.config.current :]
        before = known[:, -TIME * model.vae.context :]
        voice = cut(scene.user_voice, start, frames).to(device)
        user = UserWindow(latents, voice, mask, shrunk(video[:, TIME - 1 :: TIME]), shrunk(looks))
        yield Turn(user, cut(scene.voice, start, frames).to(device), said(scene, start + frames).to(device))


def cut(voice: Floats, start: int, frames: int) -> Tensor:
    """Sound (1, frames, audio) from frame `start` on; the last row is held where it ends early."""
    rows = np.minimum(np.arange(start, start + frames), len(voice) - 1)
    return torch.from_numpy(np.ascontiguousarray(voice[rows]))[None]


def said(scene: Scene, end: int) -> Dialogue:
    """The dialogue up to frame `end`; where nothing was said yet, one blank word that does not count."""
    count = int(np.searchsorted(scene.ends, end, side="right"))
    words, sides = (
        torch.from_numpy(np.append(rows[:count], 0)[: max(1, count)])[None] for rows in (scene.words, scene.sides)
    )
    return Dialogue(words, sides, torch.tensor([count]))

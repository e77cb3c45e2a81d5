"""Training data: clips as arrays in memory, and batches of windows drawn from them by seed.

Every clip is two examples, for either person can be the avatar.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from echo_bench.clip import DyadicClip, Side, view_of
from echo_bench.errors import DatasetError
from echo_bench.method import MethodContext
from echo_bench.methods.learned.features import MOTION, Inputs, Rows, read_inputs, read_motion

EMOTIONS = (
    "neutral", "joy", "sadness", "anger", "fear", "surprise", "disgust",
    "amusement", "affection", "concern", "embarrassment", "relief",
)  # fmt: skip
UNKNOWN = -1
SIDES: tuple[Side, Side] = ("user", "avatar")
Motions = Mapping[Side, Rows]
"""Motion (T, 61) of both people."""


@dataclass(frozen=True, slots=True)
class Example:
    """A clip with its truth.

    Attributes
    ----------
    inputs : Inputs
    target : ndarray of shape (T, 61), float32
        The avatar's motion.
    emotion : ndarray of shape (T,), int64
        Index in :data:`EMOTIONS` of what the avatar feels while it speaks; UNKNOWN elsewhere.
    """

    inputs: Inputs
    target: Rows
    emotion: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Batch:
    """Windows of one length L.

    Attributes
    ----------
    user_motion, target : Tensor of shape (B, L, 61)
        `target` is the avatar's motion; when generating it is absent (no frame: (B, 0, 61)).
    emotion : Tensor of shape (B, L), int64
        Absent like `target` when generating.
    user_audio, avatar_audio : Tensor of shape (B, L, 52)
    reference : Tensor of shape (B, 1, 61)
        NaN where the method does not look.
    """

    user_motion: Tensor
    user_audio: Tensor
    avatar_audio: Tensor
    reference: Tensor
    target: Tensor
    emotion: Tensor

    def to(self, device: str) -> Batch:
        """The same on another device."""
        return Batch(*(getattr(self, name).to(device) for name in self.__slots__))

    def between(self, start: int, end: int) -> Batch:
        """Frames `start` to `end` of every stream; the reference stays."""
        part = slice(start, end)
        return Batch(
            self.user_motion[:, part],
            self.user_audio[:, part],
            self.avatar_audio[:, part],
            self.reference,
            self.target[:, part],
            self.emotion[:, part],
        )


def swapped(clip: DyadicClip) -> DyadicClip:
    """The same conversation with user and avatar exchanged."""
    spans = tuple(replace(span, who="avatar" if span.who == "user" else "user") for span in clip.spans)
    return replace(clip, user=clip.avatar, avatar=clip.user, spans=spans)


def recorded_once(_clip: str) -> tuple[Motions, ...]:
    """No further performance: the clip is what was recorded of it."""
    return ()


def read_corpus(
    clips: Iterable[DyadicClip], context: MethodContext, again: Callable[[str], Iterable[Motions]] = recorded_once
) -> list[Example]:
    """Both examples of every clip, and of every further performance of it.

    Parameters
    ----------
    clips : iterable of DyadicClip
    context : MethodContext
    again : callable
        The motion of both sides in further performances of the clip of an id (:meth:`echo_bench.datasets.base.Rehearses.rehearsals`);
        their sound is that of the clip.

    Raises
    ------
    DatasetError
        When there is none.
    NotApplicable
        When a clip has no motion.
    """
    found = []
    for clip in clips:
        seen = read_inputs(view_of(clip), context)
        recorded: Motions = {"user": seen.user_motion, "avatar": read_motion(clip.avatar, context, len(seen))}
        labels = {who: emotions(clip, who, len(seen)) for who in SIDES}
        for motion in (recorded, *again(clip.id)):
            user, avatar = motion["user"], motion["avatar"]
            mine = Inputs(user, seen.user_audio, seen.avatar_audio, avatar[0])
            other = Inputs(avatar, seen.avatar_audio, seen.user_audio, user[0])
            found += [Example(mine, avatar, labels["avatar"]), Example(other, user, labels["user"])]
    if not found:
        raise DatasetError("no clip to learn from", fix="give a split that has clips")
    return found


def emotions(clip: DyadicClip, who: Side, frames: int) -> NDArray[np.int64]:
    """Labels (frames,) of the own turns of one person."""
    labels = np.full(frames, UNKNOWN, np.int64)
    for span in clip.spans:
        if span.who == who and span.emotion in EMOTIONS:
            labels[round(span.start * clip.fps) : round(span.end * clip.fps)] = EMOTIONS.index(span.emotion)
    return labels


def draw(examples: Sequence[Example], size: int, frames: int, rng: np.random.Generator) -> Batch:
    """`size` windows of `frames` frames; clips are drawn in proportion to their length.

    Raises
    ------
    DatasetError
        When no clip is that long.
    """
    room = np.array([max(0, len(example.target) - frames + 1) for example in examples], float)
    if not room.any():
        raise DatasetError(f"no clip has {frames} frames", fix="train with a shorter window")
    chosen = rng.choice(len(examples), size, p=room / room.sum())
    starts = [int(rng.integers(int(room[i]))) for i in chosen]
    return collate([window(examples[i], start, frames) for i, start in zip(chosen, starts, strict=True)])


def window(example: Example, start: int, frames: int) -> Example:
    """A stretch of an example."""
    part = slice(start, start + frames)
    seen = example.inputs
    return Example(
        Inputs(seen.user_motion[part], seen.user_audio[part], seen.avatar_audio[part], example.target[start]),
        example.target[part],
        example.emotion[part],
    )


def collate(examples: Sequence[Example]) -> Batch:
    """Examples of one length as a batch."""

    def stack(rows: Iterable[Rows]) -> Tensor:
        return torch.from_numpy(np.stack(list(rows)))

    return Batch(
        stack(e.inputs.user_motion for e in examples),
        stack(e.inputs.user_audio for e in examples),
        stack(e.inputs.avatar_audio for e in examples),
        stack(e.inputs.reference[None] for e in examples),
        stack(e.target for e in examples),
        torch.from_numpy(np.stack([e.emotion for e in examples])),
    )


def batch_of(inputs: Inputs) -> Batch:
    """One clip to be generated, as a batch of one without a target."""
    return collate([Example(inputs, np.empty((0, MOTION), np.float32), np.empty(0, np.int64))])

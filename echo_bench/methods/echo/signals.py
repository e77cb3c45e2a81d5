"""What the reference model sees, hears and reads of a clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

import numpy as np
import torch
from echo_model.feeling import hashed
from numpy.typing import NDArray
from torch.nn import functional as F

from echo_bench.clip import Side, VideoRef, Word
from echo_bench.media.decode import frames

Integers = NDArray[np.int64]
Tokens = Callable[[str], Sequence[int]]


def pictures(ref: VideoRef, size: int, fps: float = 25.0) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video as squares (size, size, 3)."""
    for frame in frames(ref, fps=fps):
        yield squared(frame, size)


def squared(frame: NDArray[np.uint8], size: int) -> NDArray[np.uint8]:
    """The middle square of a picture at another size, antialiased.

    Examples
    --------
    >>> squared(np.tile(np.uint8([[[0], [200]]]), (4, 2, 3)), 2)[0, :, 0].tolist()
    [100, 100]
    """
    height, width = frame.shape[:2]
    side = min(height, width)
    top, left = (height - side) // 2, (width - side) // 2
    square = frame[top : top + side, left : left + side]
    if side == size:
        return square
    planes = torch.from_numpy(np.array(square)).permute(2, 0, 1)[None].float()
    scaled = F.interpolate(planes, size=(size, size), mode="area")[0].permute(1, 2, 0)
    return scaled.round().to(torch.uint8).numpy()


def said(dialogue: Iterable[tuple[Side, Word]], tokens: Tokens, fps: float) -> tuple[Integers, Integers, Integers]:
    """Words as the model's tokens, sides (1 is the avatar), and the first frame after each, in order of their ends.

    A text of several words or tokens counts as several.
    """
    ordered = sorted(dialogue, key=lambda each: each[1].end)
    parts = [(token, side == "avatar", word.end) for side, word in ordered for token in tokens(word.text)]
    words, sides, ends = ([each[k] for each in parts] for k in range(3))
    after = np.ceil(np.array(ends, float) * fps).astype(np.int64)
    return np.array(words, np.int64), np.array(sides, np.int64), after


def rows_of(text: str, rows: int) -> list[int]:
    """Words as rows of a word table of so many: the tokens of the small models."""
    return [hashed(word, rows) for word in text.split()]


def ellipses(face: NDArray[np.floating], mouth: NDArray[np.floating], size: float) -> NDArray[np.float32]:
    """Regions (8,) of the outlines of face and mouth in pixels: middle and radii of each, in picture widths."""
    found: list[float] = []
    for points in (face, mouth):
        low, high = points[:, :2].min(0), points[:, :2].max(0)
        found += [*((low + high) / 2), *((high - low) / 2)]
    return np.array(found, np.float32) / size

"""Long clips in windows: where they lie, and how what overlaps is joined."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor


def windows(frames: int, length: int, overlap: int) -> Iterator[tuple[int, int, int]]:
    """Windows that cover `frames`: (start, known, end), where frames `start` to `known` were covered before.

    Examples
    --------
    >>> list(windows(25, 10, 4))
    [(0, 0, 10), (6, 10, 16), (12, 16, 22), (18, 22, 25)]
    """
    known = 0
    while known < frames:
        start = max(0, known - overlap)
        end = min(frames, start + length)
        yield start, known, end
        known = end


def roll(frames: int, length: int, overlap: int, make: Callable[[int, int, Tensor | None], Tensor]) -> Tensor:
    """Make a clip window by window, each given the end of what is there.

    Parameters
    ----------
    frames, length, overlap : int
    make : callable
        ``make(known, end, before)`` returns frames `known` to `end`, (B, end - known, D); `before` are the frames right before them,
        at most `overlap`, and None in the first window.

    Returns
    -------
    Tensor of shape (B, frames, D)
    """
    made: list[Tensor] = []
    for start, known, end in windows(frames, length, overlap):
        before = torch.cat(made, dim=1)[:, start:known] if known else None
        made.append(make(known, end, before))
    return torch.cat(made, dim=1)

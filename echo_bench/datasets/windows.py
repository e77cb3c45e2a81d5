"""Stacks of windows of motion, as Learning2Listen stores them: read one window at a time, because a stack can be gigabytes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.errors import FormatError

FRAMES, WIDTH = 64, 184


def stack(path: Path) -> NDArray[np.float32]:
    """A stack (N, 64, 184) of numbers, left on the disk.

    Raises
    ------
    FormatError
        When it is no npy of that shape, or holds objects.
    """
    try:
        windows: NDArray[np.float32] = np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError, EOFError) as error:
        raise FormatError(f"is no npy of numbers: {error}", where=path) from error
    if windows.ndim != 3 or windows.shape[1:] != (FRAMES, WIDTH) or windows.dtype.kind != "f":
        raise FormatError(f"is {windows.dtype} {windows.shape} instead of (N, {FRAMES}, {WIDTH})", where=path)
    return windows


def rows(path: Path, begin: int, end: int) -> NDArray[np.float32]:
    """Frames of a stack, its windows laid end to end, in the columns of ``flame56``: expression 50, jaw 3, rotation 3."""
    flat = np.asarray(stack(path).reshape(-1, WIDTH)[begin:end], np.float32)
    joined: NDArray[np.float32] = np.hstack([flat[:, :50], flat[:, 53:56], flat[:, 50:53]])
    return joined

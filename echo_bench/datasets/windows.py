"""Stacks of windows of motion, as Learning2Listen stores them: read one window at a time, because a stack can be gigabytes.

Read and not mapped: a map of a file that somebody cuts short meanwhile ends the process without a word.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import MAX_HEADER, Head, npy_head
from echo_bench.importers.errors import FormatError

FRAMES, WIDTH = 64, 184


def count(path: Path) -> int:
    """Windows in a stack (N, 64, 184) of numbers; reads its head alone.

    Raises
    ------
    FormatError
        When it is no npy of that shape, or holds objects.
    """
    return _head(path).shape[0]


def rows(path: Path, begin: int, end: int) -> NDArray[np.float32]:
    """Frames of a stack, its windows laid end to end, in the columns of ``flame56``: expression 50, jaw 3, rotation 3.

    Raises
    ------
    FormatError
        When it is no such stack, or ends before the frames do.
    """
    head = _head(path)
    if not 0 <= begin < end <= head.shape[0] * FRAMES:
        raise FormatError(f"has {head.shape[0] * FRAMES} frames, and {begin} to {end} are asked for", where=path)
    wanted, place = (end - begin) * WIDTH, head.offset + begin * WIDTH * head.dtype.itemsize
    read = np.fromfile(path, head.dtype, wanted, offset=place)
    if len(read) < wanted:
        raise FormatError("was cut short while it was read", where=path)
    flat = read.reshape(-1, WIDTH).astype(np.float32)
    joined: NDArray[np.float32] = np.hstack([flat[:, :50], flat[:, 53:56], flat[:, 50:53]])
    return joined


def _head(path: Path) -> Head:
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            head = npy_head(file.read(MAX_HEADER + 16), size, path)
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=path) from error
    if len(head.shape) != 3 or head.shape[1:] != (FRAMES, WIDTH) or head.dtype.kind != "f" or head.fortran:
        order = " with its last axis outermost" if head.fortran else ""
        raise FormatError(f"is {head.dtype} {head.shape}{order} instead of (N, {FRAMES}, {WIDTH})", where=path)
    return head

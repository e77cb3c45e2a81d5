"""NPHM expression codes, as FaceTalk writes them: a folder per clip, one npz per frame."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import numbers, read_npz
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.errors import FormatError

FRAME = re.compile(r"frame_(\d+)\.npz")
WIDTH = 200


def read_nphm(path: Path) -> Recording:
    """``frame_<n>.npz`` in order of n, each with one array of 200 numbers, whatever it is called.

    Raises
    ------
    FormatError
        When numbers are missing, or a frame holds something else.
    """
    if not path.is_dir():
        raise FormatError("is no folder of frame_<n>.npz", where=path)
    found = {int(match[1]): file for file in path.iterdir() if (match := FRAME.fullmatch(file.name))}
    if not found:
        raise FormatError("holds no frame_<n>.npz", where=path)
    first, last = min(found), max(found)
    if len(found) != last - first + 1:
        missing = next(n for n in range(first, last) if n not in found)
        raise FormatError(f"lacks frame_{missing}.npz", where=path)
    return Recording(np.stack([_code(found[n]) for n in sorted(found)]).astype(np.float32))


def _code(file: Path) -> NDArray[np.float64]:
    arrays = {name: array for name, array in read_npz(file).items() if array.size == WIDTH}
    if len(arrays) != 1:
        raise FormatError(f"holds {len(arrays)} arrays of {WIDTH} numbers instead of one", where=file)
    ((name, array),) = arrays.items()
    return numbers(array.reshape(-1), name, (WIDTH,), file)


NPHM = Format(
    name="nphm",
    title="NPHM expression codes (FaceTalk)",
    source="shivangi-aneja/FaceTalk README (the key inside the files is not documented)",
    layouts={
        "frames": Layout("nphm200", "folder of `frame_<n>.npz`, one array of 200 each", "latent", "", read_nphm, 24.0)
    },
)

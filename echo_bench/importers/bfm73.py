"""73 columns of the Basel face model, in the two orders in which they are published.

StyleTalk writes expression 64 | angles 3 | translation 3 | crop 3; ViCo's features are angles 3 | expression 64 | translation 3 |
crop 3. Nothing in such a file tells the two apart, so the layout has to be named. The crop says where the face was cut from its
picture; it is dropped.
"""

from __future__ import annotations

import pickle
import struct
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.arrays import MAX_BYTES, member, numbers, read_npy
from echo_bench.importers.base import Format, Layout, Recording
from echo_bench.importers.deep3d import LIMITS
from echo_bench.importers.errors import FormatError, UnsafePickleError


def read_styletalk(path: Path) -> Recording:
    """An npy (T, 73) as StyleTalk writes it.

    Raises
    ------
    FormatError
    """
    return Recording(numbers(read_npy(path), "the array", (None, 73), path)[:, :70].astype(np.float32))


def read_vico(path: Path) -> Recording:
    """An npy (T, 73) in ViCo's order.

    Raises
    ------
    FormatError
    """
    return Recording(_from_vico(numbers(read_npy(path), "the array", (None, 73), path)))


def read_vico_bin(path: Path) -> Recording:
    """``angle.exp.trans`` (T, 73) or (T, 70) of ViCo's feature files, which torch wrote.

    Raises
    ------
    FormatError, UnsafePickleError
    """
    import torch

    try:
        if path.stat().st_size > MAX_BYTES:
            raise FormatError(f"is larger than {MAX_BYTES >> 20} MiB", where=path)
        data = torch.load(path, map_location="cpu", weights_only=True)
        if not isinstance(data, dict):
            raise FormatError(f"holds {type(data).__name__} instead of a dictionary", where=path)
        arrays = {name: value.numpy() for name, value in data.items() if isinstance(value, torch.Tensor)}
    except pickle.UnpicklingError as error:
        fix = "nothing of it was run; save tensors only"
        raise UnsafePickleError("holds more than tensors, or is no torch file", where=path, fix=fix) from error
    except (
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
        struct.error,
        tarfile.TarError,
        zipfile.BadZipFile,
    ) as error:  # what torch 2.13 raises for damaged files
        raise FormatError(f"is no torch file: {str(error)[:100]}", where=path) from error
    found = arrays.get("angle.exp.trans")
    width = 70 if found is not None and found.shape[-1:] == (70,) else 73
    return Recording(_from_vico(member(arrays, "angle.exp.trans", (None, width), path)))


def _from_vico(rows: NDArray[np.float64]) -> NDArray[np.float32]:
    return np.hstack([rows[:, 3:67], rows[:, :3], rows[:, 67:70]]).astype(np.float32)


def _layout(columns: str, suffix: str, read: Callable[[Path], Recording]) -> Layout:
    units = "angles rad, translation model units"
    return Layout("bfm70", columns, units, suffix, read, limits=LIMITS)


BFM73 = Format(
    name="bfm73",
    title="73 columns of the Basel face model (StyleTalk, ViCo)",
    source="FuxiVirtualHuman/styletalk README; dc3ea9f/vico_challenge_baseline data.py",
    layouts={
        "styletalk": _layout("npy (T, 73): expression 64, angles 3, translation 3, crop 3", ".npy", read_styletalk),
        "vico": _layout("npy (T, 73): angles 3, expression 64, translation 3, crop 3", ".npy", read_vico),
        "vico-bin": _layout("torch file, `angle.exp.trans` (T, 73 or 70) in ViCo's order", ".bin", read_vico_bin),
    },
)

"""Parameters out of a model that CTranslate2 saved.

Little-endian: a version, the name and revision of the model's kind, the number of variables; then of each its name, its shape, the number
of its data type, its length in bytes, and its bytes. A string is a length with its closing zero, two bytes, and its characters.

Source: OpenNMT/CTranslate2, python/ctranslate2/specs/model_spec.py (format of version 6).
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import WeightsHashError

VERSIONS = (5, 6)
TYPES: dict[int, str] = {0: "<f4", 1: "<i1", 2: "<i2", 3: "<i4", 4: "<f2"}


def variables(path: Path, prefix: str) -> dict[str, NDArray[np.float32]]:
    """The floating-point variables whose names begin with `prefix`, without it.

    Parameters
    ----------
    path : Path
        A ``model.bin``, not quantised.
    prefix : str

    Returns
    -------
    dict of str to ndarray of float32

    Raises
    ------
    WeightsHashError
        When the file is no such model.
    """
    data = path.read_bytes()
    try:
        found = _read(data)
    except (struct.error, KeyError, ValueError, IndexError) as error:
        raise WeightsHashError(f"is not a model that CTranslate2 saved: {error}", where=path) from error
    floats = {name: value for name, value in found.items() if name.startswith(prefix) and value.dtype.kind == "f"}
    return {name.removeprefix(prefix): value.astype(np.float32) for name, value in floats.items()}


def _read(data: bytes) -> dict[str, NDArray[np.generic]]:
    version, at = _number("<I", data, 0)
    if version not in VERSIONS:
        raise ValueError(f"version {version}")
    _, at = _string(data, at)
    _, at = _number("<I", data, at)
    count, at = _number("<I", data, at)
    found: dict[str, NDArray[np.generic]] = {}
    for _ in range(count):
        name, at = _string(data, at)
        rank, at = _number("<B", data, at)
        shape = struct.unpack_from(f"<{rank}I", data, at)
        kind, at = _number("<B", data, at + 4 * rank)
        length, at = _number("<I", data, at)
        found[name] = np.frombuffer(data[at : at + length], TYPES[kind]).reshape(shape)
        at += length
    return found


def _number(kind: str, data: bytes, at: int) -> tuple[int, int]:
    return int(struct.unpack_from(kind, data, at)[0]), at + struct.calcsize(kind)


def _string(data: bytes, at: int) -> tuple[str, int]:
    length, at = _number("<H", data, at)
    return data[at : at + length - 1].decode(), at + length

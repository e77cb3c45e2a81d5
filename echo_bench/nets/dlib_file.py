"""Parameters out of a net that dlib serialised.

dlib writes a network from its first layer to its last. A layer that has parameters begins with its name (``con_4``, ``affine_``, ``fc_2``)
and, after it or after its widths, holds a tensor: a version, four sizes, and little-endian float32. Integers are a byte of length, whose
highest bit is the sign, and that many bytes. Between those lie the settings of layers without parameters, which the architecture knows.

Source: dlib, dnn/layers.h (serialize of con_, affine_, fc_), cuda/tensor.h, serialize.h.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import WeightsHashError

TENSOR_VERSION = 2
SHORTEST = 64
"""Fewest floats of a layer's tensor in the nets read here: what separates one from integers that look like its head."""


def layers(path: Path) -> list[tuple[str, NDArray[np.float32]]]:
    """The layers that have parameters, in the order of the data's way through the net.

    Parameters
    ----------
    path : Path
        A ``.dat`` of dlib, decompressed.

    Returns
    -------
    list of (str, ndarray of float32)
        ``con``, ``affine`` or ``fc``, and its tensor, flat: filters then biases; gains then offsets; (inputs, outputs).

    Raises
    ------
    WeightsHashError
        When the file holds none.
    """
    data = path.read_bytes()
    found, at = [], 0
    while (start := _next_name(data, at)) is not None:
        name, at = start
        values, at = _tensor(data, at, path)
        found.append((name.rstrip("_0123456789"), values))
    if not found:
        raise WeightsHashError("is not a net that dlib saved", where=path)
    return found


def _next_name(data: bytes, at: int) -> tuple[str, int] | None:
    """The next layer's name and where it ends: strings are a length and their characters."""
    marks = {name: b"\x01" + bytes([len(name)]) + name.encode() for name in ("con_4", "affine_", "fc_2")}
    places = {name: data.find(mark, at) for name, mark in marks.items()}
    known = {name: place for name, place in places.items() if place >= 0}
    if not known:
        return None
    name = min(known, key=lambda each: known[each])
    return name, known[name] + len(marks[name])


def _tensor(data: bytes, at: int, path: Path) -> tuple[NDArray[np.float32], int]:
    """The tensor that begins at `at`, or after the few integers there (a fully connected layer writes its widths first)."""
    for _ in range(4):
        version, after = _integer(data, at)
        sizes, end = [], after
        for _ in range(4):
            size, end = _integer(data, end)
            sizes.append(size)
        count = int(np.prod(sizes))
        if version == TENSOR_VERSION and count >= SHORTEST and end + 4 * count <= len(data):
            return np.frombuffer(data, "<f4", count, end).astype(np.float32), end + 4 * count
        at = after
    raise WeightsHashError("holds a layer without a tensor", where=path)


def _integer(data: bytes, at: int) -> tuple[int, int]:
    length = data[at] & 0x0F
    value = int.from_bytes(data[at + 1 : at + 1 + length], "little")
    return (-value if data[at] & 0x80 else value), at + 1 + length

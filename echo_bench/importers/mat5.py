"""MATLAB 5 files, as far as arrays of real numbers go.

A reader of our own, because scipy's follows what a damaged file says into memory that is not its own (a segmentation fault on one in
some thousand files with a few changed bytes). This one slices bytes, so that nothing can be read that is not there.

Source: MATLAB MAT-File Format (The MathWorks), level 5: a header of 128 bytes, then elements of a tag and data, padded to 8 bytes.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

HEADER = 128
MATRIX, COMPRESSED = 14, 15
NUMBERS = {1: "i1", 2: "u1", 3: "i2", 4: "u2", 5: "i4", 6: "u4", 7: "f4", 9: "f8", 12: "i8", 13: "u8"}
CLASSES = range(6, 16)  # mxDOUBLE_CLASS to mxUINT64_CLASS: the full arrays of numbers
COMPLEX = 0x800


def matrices(data: bytes, most: int) -> Iterator[tuple[str, NDArray[np.generic] | None]]:
    """Names and arrays of the variables of a file; None in place of what is no array of real numbers.

    Parameters
    ----------
    data : bytes
        The whole file.
    most : int
        Bytes to which a compressed variable may grow.

    Raises
    ------
    ValueError
        When it is no such file, or ends early.
    """
    if len(data) < HEADER or data[126:128] not in (b"IM", b"MI"):
        raise ValueError("it has no header of a MATLAB 5 file")
    order = "<" if data[126:128] == b"IM" else ">"
    for kind, body in _elements(data[HEADER:], order):
        variables = _elements(_inflated(body, most), order) if kind == COMPRESSED else iter([(kind, body)])
        yield from (_matrix(inner, order) for type_, inner in variables if type_ == MATRIX)


def _matrix(body: bytes, order: str) -> tuple[str, NDArray[np.generic] | None]:
    parts = _elements(body, order)
    try:
        (_, flags), (_, sizes), (_, name), *rest = parts
    except ValueError as error:
        raise ValueError("a variable has no flags, size or name") from error
    if len(flags) != 8 or len(sizes) % 4:
        raise ValueError("a variable has malformed flags or size")
    word = struct.unpack(f"{order}I", flags[:4])[0]
    title = name.decode("latin1")
    if word & 0xFF not in CLASSES or word & COMPLEX or len(rest) != 1 or rest[0][0] not in NUMBERS:
        return title, None
    shape = struct.unpack(f"{order}{len(sizes) // 4}i", sizes)
    values = np.frombuffer(rest[0][1], np.dtype(order + NUMBERS[rest[0][0]]))
    if len(shape) < 2 or min(shape) < 0 or math.prod(shape) != len(values):
        raise ValueError(f"{title[:50]!r} announces {shape[:8]} and holds {len(values)} numbers")
    return title, values.reshape(shape, order="F").astype(values.dtype.newbyteorder("="))


def _elements(data: bytes, order: str) -> Iterator[tuple[int, bytes]]:
    """Type and bytes of each element; one of up to four bytes may stand in its own tag."""
    place = 0
    while place + 8 <= len(data):
        kind, size = struct.unpack_from(f"{order}II", data, place)
        if kind >> 16:
            kind, size, start, step = kind & 0xFFFF, kind >> 16, place + 4, 8
            if size > 4:
                raise ValueError("a small element is larger than its tag")
        else:
            start, step = place + 8, 8 + (size if kind == COMPRESSED else -(-size // 8) * 8)
        if start + size > len(data):
            raise ValueError("it ends early")
        yield kind, data[start : start + size]
        place += step


def _inflated(body: bytes, most: int) -> bytes:
    stream = zlib.decompressobj()
    try:
        inflated = stream.decompress(body, most)
    except zlib.error as error:
        raise ValueError(str(error)) from error
    if not stream.eof:
        raise ValueError("a compressed variable is cut short, or larger than it may be")
    return inflated

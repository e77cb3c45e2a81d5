"""Arrays of numbers out of npy, npz and mat files: without pickle, without a byte more than the file really holds.

numpy makes room for whatever a header announces. Here the announced size is compared with the file first, so that a small
file cannot ask for all the memory there is.
"""

from __future__ import annotations

import io
import lzma
import math
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.errors import FormatError
from echo_bench.importers.mat5 import matrices

MAX_BYTES = 512 * 2**20
MAX_MEMBERS = 10_000
MAX_HEADER = 4096
MAX_DIMENSIONS, MAX_LENGTH = 8, 2**40
UNREADABLE_HEADER = (
    ValueError, SyntaxError, TypeError, LookupError, AttributeError, OverflowError, RecursionError, MemoryError,
    struct.error, tokenize.TokenError,
)  # fmt: skip
"""What numpy's parser of headers raises for bytes that are none: it reads them as Python, and as the name of a type."""
MAT_MAGIC = b"MATLAB 5.0 MAT-file"
Array = NDArray[Any]


def read_bytes(path: Path) -> bytes:
    """The bytes of a file of no more than 512 MiB.

    Raises
    ------
    FormatError
        When it is missing, unreadable, empty or larger.
    """
    try:
        size = path.stat().st_size
        if not path.is_file() or not 0 < size <= MAX_BYTES:
            raise FormatError(f"is no file of 1 byte to {MAX_BYTES >> 20} MiB", where=path)
        return path.read_bytes()
    except OSError as error:
        raise FormatError(f"cannot be read: {error.strerror}", where=path) from error


def read_npy(path: Path) -> Array:
    """The array of numbers of an npy file.

    Raises
    ------
    FormatError
        When it is no such file, or holds objects, which only a pickle could restore.
    """
    return npy_of(read_bytes(path), path)


def read_npz(path: Path) -> dict[str, Array]:
    """The arrays of numbers of an npz file; members that are not numbers are left out.

    Raises
    ------
    FormatError
        When it is no zip of npy members, or would unpack to more than 512 MiB.
    """
    raw = {name.removesuffix(".npy"): data for name, data in zip_members(path, ".npy", "npz").items()}
    return {name: npy_of(data, path) for name, data in raw.items() if _is_of_numbers(_header(data, path).dtype)}


def zip_members(path: Path, suffix: str, kind: str) -> dict[str, bytes]:
    """Name -> bytes of the members of a zip whose names end in `suffix`; `kind` is what the file is called in errors.

    Raises
    ------
    FormatError
        When it is no zip, is damaged, or would unpack to more than 512 MiB.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            members = archive.infolist()
            if len(members) > MAX_MEMBERS or sum(member.file_size for member in members) > MAX_BYTES:
                raise FormatError(f"would unpack to more than {MAX_BYTES >> 20} MiB", where=path)
            return {m.filename: _unpacked(archive, m) for m in members if m.filename.endswith(suffix)}
    except (
        zipfile.BadZipFile,
        zlib.error,
        lzma.LZMAError,
        NotImplementedError,
        RuntimeError,
        EOFError,
        OSError,
        ValueError,
        OverflowError,
        struct.error,
    ) as error:
        raise FormatError(f"is no {kind}: {error}", where=path) from error


def _unpacked(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bytes:
    with archive.open(member) as file:
        return file.read(member.file_size)  # without the number, all that is packed is unpacked first


def npy_of(data: bytes, where: Path) -> Array:
    """The array of numbers in the bytes of an npy file.

    Raises
    ------
    FormatError
    """
    head = npy_head(data, len(data), where)
    flat = np.frombuffer(data, head.dtype, offset=head.offset)
    return flat.reshape(head.shape, order="F" if head.fortran else "C").astype(head.dtype.newbyteorder("="))


class Head(NamedTuple):
    """What an npy announces: its numbers begin at `offset` bytes."""

    shape: tuple[int, ...]
    fortran: bool
    dtype: np.dtype[Any]
    offset: int


def npy_head(data: bytes, size: int, where: Path) -> Head:
    """The head of an npy of numbers whose file is as long as it announces.

    Parameters
    ----------
    data : bytes
        Of the beginning of the file, at least `MAX_HEADER` + 16 of them where it has as many.
    size : int
        Bytes of the whole file.
    where : Path

    Raises
    ------
    FormatError
        When it is no npy, holds objects, which only a pickle could restore, or is longer or shorter than announced.
    """
    head = _header(data, where)
    if not _is_of_numbers(head.dtype):
        raise FormatError(
            f"holds {'objects' if head.dtype.hasobject else head.dtype.name} instead of numbers",
            where=where,
            fix="save plain arrays: objects would need a pickle, which can run code",
        )
    if math.prod(head.shape) * head.dtype.itemsize != size - head.offset:
        raise FormatError(f"announces {head.shape} {head.dtype.name} and holds {size - head.offset} bytes", where=where)
    return head


def read_mat(path: Path, name: str) -> Array:
    """One array of numbers of a MATLAB 5 file.

    Raises
    ------
    FormatError
        When it is no such file, lacks the array, or announces more than it can hold.
    """
    data = read_bytes(path)
    if not data.startswith(MAT_MAGIC):
        raise FormatError("is no MATLAB 5 file", where=path, fix="save it with scipy.io.savemat, or as -v7 in MATLAB")
    try:
        found = dict(matrices(data, MAX_BYTES))
    except ValueError as error:
        raise FormatError(f"is no readable MATLAB 5 file: {error}", where=path) from error
    if name not in found:
        raise FormatError(f"has no array {name!r}; it has {', '.join(sorted(found)) or 'none'}"[:200], where=path)
    array = found[name]
    if array is None:
        raise FormatError(f"{name} is something else instead of an array of numbers", where=path)
    return array


def numbers(array: Any, name: str, shape: tuple[int | None, ...], where: Path) -> NDArray[np.float64]:
    """An array as float64, its shape checked.

    Parameters
    ----------
    array : object
    name : str
        What it is called in the file, for the message.
    shape : tuple of int or None
        None is any length from 1 on.
    where : Path

    Raises
    ------
    FormatError
    """
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "biuf":
        raise FormatError(f"{name} is {type(array).__name__} instead of an array of numbers", where=where)
    fits = array.ndim == len(shape) and all(
        n >= 1 if want is None else n == want for n, want in zip(array.shape, shape, strict=True)
    )
    if not fits:
        wanted = ", ".join("T" if n is None else str(n) for n in shape)
        raise FormatError(f"{name} is {array.shape} instead of ({wanted})", where=where, fix="is it another layout?")
    return array.astype(np.float64)


def member(arrays: Mapping[str, Any], name: str, shape: tuple[int | None, ...], where: Path) -> NDArray[np.float64]:
    """A named array of a file that holds several; see :func:`numbers`.

    Raises
    ------
    FormatError
        When there is none of this name, or its shape is another.
    """
    if name not in arrays:
        raise FormatError(f"has no {name!r}; it has {', '.join(map(str, arrays)) or 'nothing'}"[:200], where=where)
    return numbers(arrays[name], name, shape, where)


def _header(data: bytes, where: Path) -> Head:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
    except UNREADABLE_HEADER as error:
        raise FormatError(f"is no npy: {str(error)[:120]}", where=where) from error
    if len(shape) > MAX_DIMENSIONS or not all(0 <= n <= MAX_LENGTH for n in shape):
        raise FormatError(f"announces the impossible shape {shape}"[:200], where=where)
    return Head(shape, fortran, dtype, stream.tell())


def _is_of_numbers(dtype: np.dtype[Any]) -> bool:
    return not dtype.hasobject and dtype.kind in "biuf"

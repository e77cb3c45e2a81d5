"""Arrays of numbers out of npy, npz and mat files: without pickle, without a byte more than the file really holds.

numpy makes room for whatever a header announces. Here the announced size is compared with the file first, so that a small
file cannot ask for all the memory there is.
"""

from __future__ import annotations

import io
import lzma
import math
import tokenize
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.importers.errors import FormatError
from echo_bench.importers.mat5 import matrices

MAX_BYTES = 512 * 2**20
MAX_MEMBERS = 10_000
MAX_HEADER = 4096
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
    return {name: npy_of(data, path) for name, data in raw.items() if not _is_text_or_objects(data, path)}


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
    shape, fortran, dtype, offset = _header(data, where)
    if dtype.hasobject or dtype.kind not in "biuf":
        raise FormatError(
            f"holds {'objects' if dtype.hasobject else dtype.name} instead of numbers",
            where=where,
            fix="save plain arrays: objects would need a pickle, which can run code",
        )
    if math.prod(shape) * dtype.itemsize != len(data) - offset:
        raise FormatError(f"announces {shape} {dtype.name} and holds {len(data) - offset} bytes", where=where)
    flat = np.frombuffer(data, dtype, offset=offset)
    return flat.reshape(shape, order="F" if fortran else "C").astype(dtype.newbyteorder("="))


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


def _header(data: bytes, where: Path) -> tuple[tuple[int, ...], bool, np.dtype[Any], int]:
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version not in ((1, 0), (2, 0)):
            raise ValueError(f"version {version}")
        read = np.lib.format.read_array_header_1_0 if version == (1, 0) else np.lib.format.read_array_header_2_0
        shape, fortran, dtype = read(stream, max_header_size=MAX_HEADER)
    except (ValueError, SyntaxError, TypeError, RecursionError, MemoryError, tokenize.TokenError) as error:
        raise FormatError(f"is no npy: {str(error)[:120]}", where=where) from error
    if any(n < 0 for n in shape):
        raise FormatError(f"announces the impossible shape {shape}", where=where)
    return shape, fortran, dtype, stream.tell()


def _is_text_or_objects(data: bytes, where: Path) -> bool:
    dtype = _header(data, where)[2]
    return dtype.hasobject or dtype.kind not in "biuf"

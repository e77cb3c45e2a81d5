"""Content hashes of files: what a cache key, a manifest and a reference are made of."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from echo_bench.errors import MediaError, UnreadableError


class FileStamp(NamedTuple):
    """What changes when a file is replaced or rewritten: the key of everything remembered about a file in one process."""

    path: str
    size: int
    mtime_ns: int
    inode: int


def file_stamp(path: str | Path) -> FileStamp:
    """The stamp of the file at `path`, as it is now.

    Raises
    ------
    MediaError
        It is a folder.
    UnreadableError
        There is no such file, or it cannot be reached.
    """
    path, fix = Path(path).absolute(), "check the path in the manifest or on the command line"
    try:
        if path.is_dir():
            raise MediaError("is a folder, not a file", where=path, fix=fix)
        if not path.is_file():
            raise UnreadableError("no such file", where=path, fix=fix)
        facts = path.stat()
    except OSError as error:
        raise unreadable(error.strerror, path) from error
    return FileStamp(str(path), facts.st_size, facts.st_mtime_ns, facts.st_ino)


def unreadable(why: str | None, path: str | Path) -> UnreadableError:
    """What the system says of a file, as the named error."""
    return UnreadableError(f"cannot be read now: {why}", where=path, fix="see to it and run again")


def file_sha256(path: str | Path) -> str:
    """The sha256 of a file's bytes as 64 hexadecimal digits.

    The file is read in pieces. Within one process it is read once, until its size, time of change (ns) or inode changes.

    Raises
    ------
    MediaError
        It is a folder.
    UnreadableError
        There is no such file, or it cannot be read.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_sha256(file.name)[:16]
    'e3b0c44298fc1c14'
    """
    return _sha256(file_stamp(path))


def still_whole(path: str | Path, sha256: str) -> bool:
    """Whether every byte of a file can be read now and is as it was when it was hashed; it is read anew, whatever is remembered."""
    try:
        return _digest(file_stamp(path)) == sha256
    except MediaError:
        return False


@lru_cache(maxsize=65536)
def _sha256(stamp: FileStamp) -> str:
    return _digest(stamp)


def _digest(stamp: FileStamp) -> str:
    try:
        with open(stamp.path, "rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(error.strerror, stamp.path) from error

"""Content hashes of files: what a cache key, a manifest and a reference are made of."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from echo_bench.errors import MediaError


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
        There is no such file, or it is a folder.
    """
    path = Path(path).absolute()
    if not path.is_file():
        what = "is a folder, not a file" if path.is_dir() else "no such file"
        raise MediaError(what, where=path, fix="check the path in the manifest or on the command line")
    facts = path.stat()
    return FileStamp(str(path), facts.st_size, facts.st_mtime_ns, facts.st_ino)


def file_sha256(path: str | Path) -> str:
    """The sha256 of a file's bytes as 64 hexadecimal digits.

    The file is read in pieces. Within one process it is read once, until its size, time of change (ns) or inode changes.

    Raises
    ------
    MediaError
        There is no such file, or it is a folder.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     file_sha256(file.name)[:16]
    'e3b0c44298fc1c14'
    """
    return _sha256(file_stamp(path))


@lru_cache(maxsize=65536)
def _sha256(stamp: FileStamp) -> str:
    with open(stamp.path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()

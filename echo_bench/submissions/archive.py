"""The container of a submission: a zip file of stored members whose last 64 bytes are the sha256 of all bytes before them.

The seal is the zip's comment, so any tool can list and unpack the file. It is checked before anything is parsed: a file that was
damaged or edited anywhere is refused as a whole. Nothing in it is compressed, so nothing can unfold, and members are named by
what they hold, so no name can lead anywhere. A seal protects from accidents and from edits by others; whoever makes a bundle can
seal anything, which is what the other checks are for.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import stat
import struct
import zipfile
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from echo_bench.errors import ResultError

DOCUMENTS = ("submission.json", "result.json", "rows.json")
ARTEFACT = re.compile(
    r"artefacts/(?P<sha256>[0-9a-f]{64})\.(?:mp4|m4v|mov|mkv|webm|avi|mpg|mpeg|wav|flac|opus|ogg|npz)"
)
MOST_MEMBERS = 50_000
_SEAL = 64
_END = struct.Struct("<4s4H2LH")  # the end of a zip's central directory (APPNOTE.TXT 4.3.16)
_LOCATOR = 20  # of a zip64 directory, which lies before that end and would replace what it says
_LONGEST_ENTRY = 256  # bytes of the directory for one member
_EPOCH = (1980, 1, 1, 0, 0, 0)
_PLAIN = (stat.S_IFREG | 0o644) << 16
# What the zip reader raises on what is no zip file (OSError: a place before the file's beginning).
_MALFORMED = (zipfile.BadZipFile, OSError, ValueError, EOFError, RuntimeError, struct.error, OverflowError)


class SubmissionError(ResultError):
    """A submission is damaged, was edited, is not of this format, or cannot be made of a run."""


class Archive:
    """An opened submission whose seal holds and whose members have lawful names and sizes.

    Parameters
    ----------
    path : Path
    content : ZipFile
    seal : str
        The sha256 of all bytes before it: the submission's id.
    """

    def __init__(self, path: Path, content: zipfile.ZipFile, seal: str) -> None:
        self.path, self.seal, self._content = path, seal, content

    def names(self) -> tuple[str, ...]:
        """The members."""
        return tuple(self._content.namelist())

    def read(self, name: str) -> bytes:
        """The bytes of a document.

        Raises
        ------
        SubmissionError
            When there is none of this name, or the zip contradicts itself.
        """
        try:
            return self._content.read(name)
        except (KeyError, *_MALFORMED) as error:
            raise SubmissionError(f"member {name}: {error}", where=self.path) from error

    def unpack(self, name: str, folder: Path) -> Path:
        """Write an artefact into a folder under its own hash.

        Raises
        ------
        SubmissionError
            When there is none of this name, or its bytes do not have the hash that names it.
        """
        match = ARTEFACT.fullmatch(name)
        if match is None or name not in self._content.namelist():
            raise SubmissionError(f"holds no artefact {name}", where=self.path)
        to = folder / Path(name).name
        try:
            with self._content.open(name) as source, open(to, "wb") as target:
                shutil.copyfileobj(source, target, 2**20)
        except _MALFORMED as error:
            raise SubmissionError(f"member {name}: {error}", where=self.path) from error
        if _sha256_of(to) != match["sha256"]:
            raise SubmissionError(f"member {name} does not have the hash that names it", where=self.path)
        return to


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a submission.

    Raises
    ------
    SubmissionError
        When it is no submission, its seal does not hold, or a member is compressed, encrypted, a link, or has a name or a size that
        no submission has.
    """
    if not path.is_file():
        raise SubmissionError("no such submission", where=path, fix="make one with `echo-bench submit pack`")
    seal = _checked_seal(path)
    try:
        content = zipfile.ZipFile(path)
    except _MALFORMED as error:
        raise SubmissionError(f"is not a zip file: {error}", where=path) from error
    with content:
        _check_members(content, path)
        yield Archive(path, content, seal)


def write_archive(path: Path, members: Mapping[str, bytes | Path]) -> str:
    """Write a submission whole or not at all.

    Parameters
    ----------
    path : Path
    members : mapping of name to bytes or Path
        Contents, or the files that hold them.

    Returns
    -------
    str
        Its seal.

    Raises
    ------
    SubmissionError
        When it cannot be written, or would exceed what a plain zip holds (4 GiB, 50,000 members).
    """
    if len(members) > MOST_MEMBERS:
        raise SubmissionError(f"{len(members)} files, and a submission holds {MOST_MEMBERS}", where=path)
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with zipfile.ZipFile(temporary, "w", zipfile.ZIP_STORED, allowZip64=False) as archive:
            for name, content in sorted(members.items()):
                _add(archive, name, content)
            archive.comment = b"0" * _SEAL
        sealed = seal(temporary)
        os.replace(temporary, path)
    except OSError as error:
        raise SubmissionError(f"cannot be written: {error.strerror}", where=path, fix="free some disk") from error
    except zipfile.LargeZipFile as error:
        raise SubmissionError("would be larger than 4 GiB", where=path, fix="encode the videos smaller") from error
    finally:
        with suppress(OSError):
            temporary.unlink()
    return sealed


def seal(path: Path) -> str:
    """Set the seal of a file that ends in room for it, and return it."""
    with open(path, "r+b") as file:
        digest = _digest(path)
        file.seek(-_SEAL, os.SEEK_END)
        file.write(digest.encode())
        file.flush()
        os.fsync(file.fileno())
    return digest


def _add(archive: zipfile.ZipFile, name: str, content: bytes | Path) -> None:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.external_attr = _PLAIN
    if isinstance(content, bytes):
        archive.writestr(entry, content)
        return
    entry.file_size = content.stat().st_size
    with archive.open(entry, "w") as target, open(content, "rb") as source:
        shutil.copyfileobj(source, target, 2**20)


def _digest(path: Path) -> str:
    """The sha256 of all bytes but the last 64."""
    total, left = hashlib.sha256(), path.stat().st_size - _SEAL
    with open(path, "rb") as file:
        while left > 0 and (piece := file.read(min(left, 2**20))):
            total.update(piece)
            left -= len(piece)
    return total.hexdigest()


def _sha256_of(path: Path) -> str:
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _checked_seal(path: Path) -> str:
    size = path.stat().st_size
    with open(path, "rb") as file:
        file.seek(max(0, size - _SEAL - _END.size - _LOCATOR))
        before, end, stated = file.read(_LOCATOR), file.read(_END.size), file.read(_SEAL)
    if size < _SEAL + _END.size + _LOCATOR or not end.startswith(b"PK\5\6") or before.startswith(b"PK\6\7"):
        raise SubmissionError("is no submission", where=path, fix="make one with `echo-bench submit pack`")
    if stated != _digest(path).encode():
        raise SubmissionError(
            "its seal is broken: it was damaged or edited after it was made", where=path, fix="ask for it again"
        )
    # Before the directory is read: a list of millions of members would fill the memory.
    if (directory := _END.unpack(end)[5]) > MOST_MEMBERS * _LONGEST_ENTRY:
        raise SubmissionError(f"lists its members in {directory} bytes: more than any submission has", where=path)
    return stated.decode()


def _check_members(content: zipfile.ZipFile, path: Path) -> None:
    entries = content.infolist()
    names = [entry.orig_filename for entry in entries]
    name, times = Counter(names).most_common(1)[0] if names else ("", 0)
    if times > 1:
        raise SubmissionError(f"member {name[:100]!r} is there {times} times", where=path)
    if missing := [name for name in DOCUMENTS if name not in names]:
        raise SubmissionError(f"lacks {', '.join(missing)}", where=path)
    for entry in entries:
        if defect := _member_defect(entry):
            raise SubmissionError(f"member {entry.orig_filename[:100]!r} {defect}", where=path)
    if sum(entry.file_size for entry in entries) > path.stat().st_size:
        raise SubmissionError("its members overlap", where=path)


def _member_defect(entry: zipfile.ZipInfo) -> str | None:
    if entry.orig_filename not in DOCUMENTS and not ARTEFACT.fullmatch(entry.orig_filename):
        return "has a name that no submission has"
    if entry.external_attr != _PLAIN:
        return "is a link or another special file"
    if entry.compress_type != zipfile.ZIP_STORED or entry.compress_size != entry.file_size:
        return "is compressed"
    return "is encrypted" if entry.flag_bits & 1 else None

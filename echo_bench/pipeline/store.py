"""The feature store: arrays kept by content, so that nothing is computed twice and nothing stale is ever read.

A key is the sha256 of what makes a feature: the bytes of the file(s), the part of them, the decoder, and the extractor with its
weights. Never a path or a name. A feature is there whole or not at all, whenever a process is killed and wherever the store is
(:mod:`echo_bench.pipeline.files`); it is checked against its digest when read, and a damaged one is computed again.
A failure is kept too, with its reason, and tried again only on request.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from echo_bench.cache import cache_root
from echo_bench.errors import StoreError
from echo_bench.extractor import Arrays
from echo_bench.pipeline.files import Entry, files_at
from echo_bench.pipeline.files import write_atomic as write_atomic

FORMAT = 1
FEATURE, FAILURE = ".safetensors", ".failed.json"


@dataclass(frozen=True, slots=True)
class Failure:
    """A feature that could not be had, and why."""

    error: str
    message: str


@dataclass(frozen=True, slots=True)
class StoreInfo:
    """What a store holds."""

    place: str | Path
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
    """Features by key in a folder or an object store.

    Parameters
    ----------
    place : Path or str, optional
        A folder, or an address such as ``s3://bucket/features``. Default: ``features`` in the cache folder.
    """

    def __init__(self, place: Path | str | None = None) -> None:
        self.place = place or cache_root() / "features"
        self._files = files_at(self.place)

    def path(self, key: str) -> Path | str:
        """Where the feature of a key lies, if it does."""
        return self._files.place(_name(key))

    def has(self, key: str) -> bool:
        """Whether the feature is there (its bytes are checked when it is read)."""
        return self._files.has(_name(key))

    def size(self, key: str) -> int:
        """Bytes of a feature; 0 where it is not there."""
        return self._files.size(_name(key))

    def failure(self, key: str) -> Failure | None:
        """The kept failure of a key, if there is one and no feature."""
        if self.has(key):
            return None
        try:
            return Failure(**json.loads(self._files.read(_failure_name(key))))
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
        return self._checked(key, self._read(key))

    def _read(self, key: str) -> bytes:
        try:
            return self._files.read(_name(key))
        except FileNotFoundError as error:
            raise StoreError("no such feature", where=self.path(key), fix="run `echo-bench extract`") from error

    def _checked(self, key: str, data: bytes) -> Arrays:
        try:
            arrays: Arrays = load(data)
            digest = _metadata(data)["digest"]
        except (SafetensorError, ValueError, KeyError) as error:
            self._files.remove(_name(key))
            raise StoreError(
                f"damaged feature removed: {error}", where=self.path(key), fix="run the command again"
            ) from error
        if digest != _digest(arrays):
            self._files.remove(_name(key))
            raise StoreError("damaged feature removed: wrong digest", where=self.path(key), fix="run the command again")
        return arrays

    def put(self, key: str, arrays: Arrays, fields: Mapping[str, Any]) -> None:
        """Keep a feature. `fields` are repeated in its header for whoever reads the file."""
        contiguous = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
        # One metadata entry: several would be written in an order that differs between processes.
        header = json.dumps({"digest": _digest(contiguous), "fields": fields}, sort_keys=True)
        self._files.write(_name(key), save(contiguous, metadata={"echo-bench": header}))
        self._files.remove(_failure_name(key))

    def take(self, other: FeatureStore) -> int:
        """Copy what another store has and this one lacks, features and failures; returns how many.

        Raises
        ------
        StoreError
            When a feature of the other is damaged.
        """
        if str(other.place) == str(self.place):
            return 0
        here = {entry.name for entry in self._files.entries()}
        copied = 0
        for entry in other._files.entries():
            key = entry.name.partition("/")[2].partition(".")[0]
            if entry.name in here or _name(key) in here:
                continue
            data = other._files.read(entry.name)
            if entry.name == _name(key):
                other._checked(key, data)
            self._files.write(entry.name, data)
            copied += 1
        return copied

    def put_failure(self, key: str, failure: Failure) -> None:
        """Keep the reason why a feature cannot be had."""
        text = json.dumps({"error": failure.error, "message": failure.message}, sort_keys=True)
        self._files.write(_failure_name(key), text.encode())

    def keys(self) -> Iterator[str]:
        """Keys of all features, sorted."""
        for entry in self._features():
            yield entry.name.partition("/")[2].removesuffix(FEATURE)

    def info(self) -> StoreInfo:
        """Counts and size in bytes."""
        features = list(self._features())
        failures = [entry for entry in self._files.entries() if entry.name.endswith(FAILURE)]
        size = sum(entry.size for entry in (*features, *failures))
        return StoreInfo(self.place, len(features), len(failures), size)

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
        entries = sorted(self._features(), key=lambda entry: (entry.written, entry.name))
        size = sum(entry.size for entry in entries)
        removed = 0
        for entry in entries:
            if size <= limit:
                break
            self._files.remove(entry.name)
            size -= entry.size
            removed += 1
        return removed

    def _features(self) -> Iterator[Entry]:
        return (entry for entry in self._files.entries() if entry.name.endswith(FEATURE))


def _name(key: str) -> str:
    return f"{key[:2]}/{key}{FEATURE}"


def _failure_name(key: str) -> str:
    return f"{key[:2]}/{key}{FAILURE}"


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

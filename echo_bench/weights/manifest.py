"""What may be fetched: the entries of manifest.toml, typed."""

from __future__ import annotations

import difflib
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from echo_bench.errors import UnknownNameError
from echo_bench.weights.sources import Source, UrlSource, WheelSource, ZipSource

DIGITS = 64
MANIFEST = Path(__file__).with_name("manifest.toml")
KINDS: dict[str, type[UrlSource | WheelSource | ZipSource]] = {"url": UrlSource, "wheel": WheelSource, "zip": ZipSource}


@dataclass(frozen=True, slots=True)
class Weight:
    """One pretrained file.

    Attributes
    ----------
    name : str
        The name on the command line.
    file : str
        File name in the local folder and in the cache.
    size : int
        Bytes; 0 where its makers do not say, and then there is no source.
    sha256 : str
        Lower-case hexadecimal digest of the file, or as much of it as is published: the eight digits that torch hub writes into a file
        name. Empty where its makers publish none; such a file is never fetched, only taken from the folder that the user names, and the
        digest of what lies there goes into every result.
    licence, origin, training : str
        Terms, whose model it is, and what it was trained on.
    sources : tuple of Source
        Where to fetch it, in the order tried.
    note : str
        What else to know; for a file that is never fetched, where to get it.
    """

    name: str
    file: str
    size: int
    sha256: str
    licence: str
    origin: str
    training: str
    sources: tuple[Source, ...]
    note: str = ""

    @property
    def pinned(self) -> Literal["sha256", "sha256 prefix", "not pinned"]:
        """How much of the file's digest is known before it is here."""
        if not self.sha256:
            return "not pinned"
        return "sha256" if len(self.sha256) == DIGITS else "sha256 prefix"


@lru_cache
def weights() -> dict[str, Weight]:
    """All entries by name, in the order of the manifest."""
    rows = tomllib.loads(MANIFEST.read_text(encoding="utf-8"))["weight"]
    return {row["name"]: _entry(row) for row in rows}


def weight(name: str) -> Weight:
    """The entry called `name`.

    Raises
    ------
    UnknownNameError
        With the nearest names.

    Examples
    --------
    >>> weight("tracker").file
    'face_landmarker.task'
    """
    known = weights()
    if name in known:
        return known[name]
    near = difflib.get_close_matches(name, known, n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(map(repr, near))}? " if near else ""
    raise UnknownNameError(f"unknown weights {name!r}", fix=f"{hint}available: {', '.join(known)}")


def _entry(row: dict[str, Any]) -> Weight:
    fields = {key: value for key, value in row.items() if key != "source"}
    return Weight(**fields, sources=tuple(_source(item) for item in row.get("source", ())))


def _source(item: dict[str, Any]) -> Source:
    fields = {key: value for key, value in item.items() if key != "kind"}
    return KINDS[item["kind"]](**fields)

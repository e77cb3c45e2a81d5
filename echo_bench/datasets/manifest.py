"""Split manifests: which clips a split holds and the sha256 of every file, locked by a hash over all of it.

A locked manifest (`echo-bench split make`) is JSON. A list written by hand may be JSON or CSV and carries no hashes;
CSV columns: ``id`` and any of ``user, avatar, user_audio, avatar_audio, video, sound, cluster, user_identity, avatar_identity,
emotion``. Paths are relative to the dataset's root; absolute paths and ``..`` are refused.
"""

from __future__ import annotations

import csv
import hashlib
import json
import unicodedata
from pathlib import Path, PurePosixPath
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from echo_bench.errors import ManifestError
from echo_bench.strict_json import LARGEST, parse_json

COLUMNS = {
    "id", "user", "avatar", "user_audio", "avatar_audio", "video", "sound", "cluster",
    "user_identity", "avatar_identity", "emotion",
}  # fmt: skip

LONGEST_ID = 200
"""Bytes of an id in UTF-8: file systems take names of 255, and outputs of a method add to it."""


class SpanEntry(BaseModel):
    """Who speaks when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    who: Literal["user", "avatar"]
    start: float
    end: float
    emotion: str | None = None


class SideEntry(BaseModel):
    """Where one person's files are; paths are relative to the root. `start` and `duration` in seconds: a stretch of all of them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    video: str | None = None
    panel: tuple[int, int] | None = None
    audio: str | None = None
    motion: str | None = None
    transcript: str | None = None
    start: float | None = Field(default=None, ge=0)
    duration: float | None = Field(default=None, gt=0)

    @model_serializer(mode="wrap")
    def _as_before(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Later fields appear where they say something, so that locks made without them hold."""
        said: dict[str, Any] = handler(self)
        return {name: value for name, value in said.items() if value is not None or name in {"video", "panel", "audio"}}

    def files(self) -> tuple[str, ...]:
        """The files it names, in the order of the fields."""
        return tuple(name for name in (self.video, self.audio, self.motion, self.transcript) if name)


class ClipEntry(BaseModel):
    """One clip of a manifest."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    user: SideEntry = SideEntry()
    avatar: SideEntry = SideEntry()
    supplied: dict[str, SideEntry] = {}
    cluster: str = ""
    identities: dict[str, str] = {}
    strata: dict[str, str] = {}
    spans: tuple[SpanEntry, ...] = ()

    def files(self) -> tuple[str, ...]:
        """Every file the clip names, once, sorted."""
        return tuple(sorted({path for side in self.sides() for path in side.files()}))

    def sides(self) -> tuple[SideEntry, ...]:
        """Everybody the clip shows: both people, and what methods supplied."""
        return (self.user, self.avatar, *self.supplied.values())


class Manifest(BaseModel):
    """A split: its clips, its files' hashes and the hash that locks both."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["echo-bench-split/1"] = "echo-bench-split/1"
    dataset: str
    version: str
    split: str
    clips: tuple[ClipEntry, ...]
    sha256: dict[str, str] = {}
    lock: str = ""

    def digest(self) -> str:
        """sha256 over the canonical content, the lock itself left out."""
        content = self.model_dump(mode="json", exclude={"lock"})
        return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()

    def locked(self) -> Manifest:
        """The same manifest with its lock set."""
        return self.model_copy(update={"lock": self.digest()})

    def write(self, path: Path) -> None:
        """Write the locked manifest as JSON."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.locked().model_dump(mode="json"), indent=1, sort_keys=True) + "\n", "utf-8")


def read_manifest(path: Path, dataset: str) -> Manifest:
    """Read a locked manifest, or a list of clips written by hand.

    Raises
    ------
    ManifestError
        When the file is missing, malformed, repeats an id, names a path outside the root, or its lock does not match.
    """
    if not path.is_file():
        raise ManifestError("no such manifest", where=path, fix="give the path of a .json or .csv manifest")
    try:
        data = path.read_bytes()
        manifest = _from_csv(data, path, dataset) if path.suffix == ".csv" else _from_json(data, path, dataset)
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise ManifestError(f"does not have the form of a manifest: {lines}", where=path) from error
    except (OSError, ValueError, csv.Error) as error:
        raise ManifestError(f"not readable as {path.suffix[1:] or 'json'}: {error}", where=path) from error
    check_entries(manifest.clips, path)
    if manifest.lock and manifest.lock != manifest.digest():
        raise ManifestError(
            "the content does not match its lock: it was edited after it was made",
            where=path,
            fix="restore it, or make a new one with `echo-bench split make`",
        )
    return manifest


def check_entries(clips: tuple[ClipEntry, ...], where: str | Path) -> None:
    """Refuse repeated ids and paths that leave the root.

    Raises
    ------
    ManifestError
        Listing every such defect.
    """
    defects = []
    seen: set[str] = set()
    for clip in clips:
        if clip.id in seen:
            defects.append(f"id {clip.id!r} appears twice")
        seen.add(clip.id)
        if not _is_file_name(clip.id):
            defects.append(f"id {clip.id[:100]!r} cannot be a file name")
        if wrong := [side.panel for side in clip.sides() if side.panel and not 0 <= side.panel[0] < side.panel[1]]:
            defects.append(f"clip {clip.id!r}: there is no panel {wrong[0][0]} of {wrong[0][1]}, counted from 0")
        for name in clip.files():
            if PurePosixPath(name).is_absolute() or ".." in PurePosixPath(name).parts or "\\" in name or "\0" in name:
                defects.append(f"clip {clip.id!r}: path {name[:200]!r} leaves the root")
    if not clips:
        defects.append("it holds no clip")
    if defects:
        raise ManifestError("; ".join(defects), where=where)


def _is_file_name(name: str) -> bool:
    """Whether a clip's files can be called so: in one folder, on any file system, with room for suffixes."""
    # Control characters, and the halves of characters that stand for a name that is no Unicode.
    plain = not any(unicodedata.category(c) in {"Cc", "Cs"} or c in "/\\" for c in name)
    return plain and name not in {"", ".", ".."} and len(name.encode()) <= LONGEST_ID


def _from_json(content: bytes, path: Path, dataset: str) -> Manifest:
    data: Any = parse_json(content)
    if isinstance(data, list):
        data = {"dataset": dataset, "version": "unlocked", "split": path.stem, "clips": data}
    return Manifest.model_validate(data)


def _from_csv(content: bytes, path: Path, dataset: str) -> Manifest:
    if len(content) > LARGEST:
        raise ManifestError(f"{len(content)} bytes, and at most {LARGEST} are read", where=path)
    reader = csv.DictReader(content.decode("utf-8").splitlines())
    columns = {name.strip() for name in reader.fieldnames or ()}
    if "id" not in columns or columns - COLUMNS:
        unknown = ", ".join(sorted(columns - COLUMNS)) or "none"
        raise ManifestError(
            f"needs a column 'id' and only known columns; unknown: {unknown}",
            where=path,
            fix=f"known columns: {', '.join(sorted(COLUMNS))}",
        )
    clips = tuple(_row(row) for row in reader)
    return Manifest(dataset=dataset, version="unlocked", split=path.stem, clips=clips)


def _row(row: dict[str, str | None]) -> ClipEntry:
    cell = {key.strip(): (value or "").strip() for key, value in row.items() if key}
    video, sound = cell.get("video") or None, cell.get("sound", "")
    side_by_side = {"user": (0, 2), "avatar": (1, 2)}

    def side(who: Literal["user", "avatar"]) -> SideEntry:
        own = cell.get(who) or None
        audio = cell.get(f"{who}_audio") or (video if sound == who else None)
        return SideEntry(video=own or video, panel=None if own or not video else side_by_side[who], audio=audio)

    people = {who: cell[f"{who}_identity"] for who in ("user", "avatar") if cell.get(f"{who}_identity")}
    strata = {"emotion": cell["emotion"]} if cell.get("emotion") else {}
    return ClipEntry(
        id=cell["id"], user=side("user"), avatar=side("avatar"),
        cluster=cell.get("cluster", ""), identities=people, strata=strata,
    )  # fmt: skip

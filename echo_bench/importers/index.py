"""What lies in a folder of imported outputs: `imported.json`, written by `echo-bench import`, read by whatever scores them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from echo_bench.clip import MotionRef
from echo_bench.importers.errors import FormatError
from echo_bench.media.hashing import file_sha256

FILE = "imported.json"


class ImportedClip(BaseModel):
    """One clip: its files in this folder, and what they were made from."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: tuple[str, ...]
    sha256: tuple[str, ...]
    frames: int | None = None
    source: str
    source_sha256: str | None = None


class ImportIndex(BaseModel):
    """A folder of imported outputs: all of one format, layout, space and frame rate."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    schema_: Literal["echo-bench-import/1"] = "echo-bench-import/1"
    format: str
    layout: str
    space: str | None = None
    fps: float | None = None
    clips: dict[str, ImportedClip] = {}

    def write(self, folder: Path) -> None:
        """Write `imported.json`, whole or not at all."""
        draft = folder / f".{FILE}.part"
        draft.write_text(json.dumps(self.model_dump(mode="json"), indent=1, sort_keys=True) + "\n", "utf-8")
        draft.replace(folder / FILE)

    def merged(self, other: ImportIndex, folder: Path) -> ImportIndex:
        """This index with the clips of another import into the same folder.

        Raises
        ------
        FormatError
            When they differ in space or frame rate: one folder is one row.
        """
        if (self.space, self.fps) != (other.space, other.fps):
            kinds = [f"{index.space or 'videos'} at {index.fps or 'their own'} fps" for index in (self, other)]
            raise FormatError(f"holds {kinds[0]}, not {kinds[1]}", where=folder, fix="import into another folder")
        return other.model_copy(update={"clips": dict(sorted((self.clips | other.clips).items()))})


def holds_motion(folder: Path) -> bool:
    """Whether a folder was filled by `echo-bench import` with motion."""
    return (folder / FILE).is_file() and read_index(folder).space is not None


def read_index(folder: Path) -> ImportIndex:
    """The index of a folder.

    Raises
    ------
    FormatError
        When there is none, or it is malformed.
    """
    path = folder / FILE
    try:
        return ImportIndex.model_validate_json(path.read_bytes())
    except OSError as error:
        raise FormatError("was not made by `echo-bench import`", where=folder, fix=f"it has no {FILE}") from error
    except ValidationError as error:
        first = error.errors()[0]
        raise FormatError(f"is malformed: {'.'.join(map(str, first['loc']))}: {first['msg']}", where=path) from error


def motion_of(folder: Path, index: ImportIndex, clip: str) -> MotionRef:
    """The motion of a clip.

    Raises
    ------
    FormatError
        When the file is gone, or is not the one that was imported.
    """
    entry = index.clips[clip]
    name, expected = entry.files[0], entry.sha256[0]
    path = folder / name
    if Path(name).name != name or not path.is_file() or file_sha256(path) != expected:
        raise FormatError("is not the file that was imported", where=path, fix="import it again")
    if index.space is None or index.fps is None:
        raise FormatError("holds videos instead of motion", where=folder)
    return MotionRef(path, expected, index.space, "native", index.fps)

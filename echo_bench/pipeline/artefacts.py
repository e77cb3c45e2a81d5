"""What a method made for a clip, as a small JSON beside it, so that generation resumes and scoring needs no method.

``artefacts/METHOD/CLIP.json`` holds the outcome: the K artefacts, or why there is none. Paths inside the run's folder are relative
to it. `stamp` is a hash of everything that went in; a sidecar with another stamp is made again.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

from echo_bench.clip import AudioRef, MotionRef, Panel, VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact
from echo_bench.pipeline.store import write_atomic
from echo_bench.strict_json import parse_json


@dataclass(frozen=True, slots=True)
class Outcome:
    """How generation ended for one clip of one method.

    Attributes
    ----------
    method, clip_id : str
    status : {"ok", "failed", "skipped"}
    artefacts : tuple of Artefact
        All K of them, or none.
    error, reason : str
        The class and message of what went wrong, or the rule that skipped it.
    """

    method: str
    clip_id: str
    status: Literal["ok", "failed", "skipped"]
    artefacts: tuple[Artefact, ...] = ()
    error: str = ""
    reason: str = ""


def sidecar(out: Path, method: str, clip_id: str) -> Path:
    """Where the outcome of a method for a clip is kept."""
    return out / "artefacts" / method / f"{clip_id}.json"


def write_outcome(out: Path, outcome: Outcome, stamp: str) -> None:
    """Keep an outcome."""
    data = {"stamp": stamp, **asdict(outcome)}
    text = json.dumps(data, default=lambda path: _relative(path, out), indent=1, sort_keys=True)
    write_atomic(sidecar(out, outcome.method, outcome.clip_id), text.encode())


def read_outcome(out: Path, method: str, clip_id: str, stamp: str) -> Outcome | None:
    """The kept outcome, or None when there is none, it was made from something else, or its record is torn: it is made again."""
    try:
        data = parse_json(sidecar(out, method, clip_id).read_bytes())
        if data["stamp"] != stamp:
            return None
        del data["stamp"]
        artefacts = tuple(_artefact(item, out) for item in data.pop("artefacts"))
        return Outcome(**data, artefacts=artefacts)
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def files_intact(outcome: Outcome) -> bool:
    """Whether every file the artefacts point at is still the one that was made, to the byte."""
    refs = [ref for a in outcome.artefacts for ref in (a.video, a.audio, a.motion) if ref is not None]
    try:
        return all(file_sha256(ref.path) == ref.sha256 for ref in refs)
    except MediaError:
        return False  # one is not there


def _relative(path: Any, out: Path) -> str:
    if not isinstance(path, Path):
        raise TypeError(f"cannot keep {type(path).__name__}")
    return str(path.relative_to(out)) if path.is_relative_to(out) else str(path.resolve())


def _artefact(data: dict[str, Any], out: Path) -> Artefact:
    video, audio, motion = (data.pop(name) for name in ("video", "audio", "motion"))
    if video:
        panel = Panel(**video.pop("panel")) if video["panel"] else video.pop("panel")
        video = VideoRef(**{**video, "path": out / video["path"], "panel": panel})
    if audio:
        audio = AudioRef(**{**audio, "path": out / audio["path"]})
    if motion:
        motion = MotionRef(**{**motion, "path": out / motion["path"]})
    return Artefact(**data, video=video, audio=audio, motion=motion)

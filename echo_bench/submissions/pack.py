"""From a finished run to a submission of one of its methods."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from echo_bench.clip import AudioRef, DyadicClip, MotionRef, VideoRef
from echo_bench.datasets.base import Progress, silent
from echo_bench.errors import UnknownNameError
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact
from echo_bench.methods import ALWAYS
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.config import read_config
from echo_bench.pipeline.run import open_run, outcomes_of
from echo_bench.results.schema import read_result
from echo_bench.submissions.archive import SubmissionError, opened, write_archive
from echo_bench.submissions.bundle import CLIPS_OWN_SOUND, RowPart, documents, read_bundle
from echo_bench.submissions.consistency import inconsistencies

Ref = TypeVar("Ref", VideoRef, AudioRef, MotionRef)


@dataclass(frozen=True, slots=True)
class Packed:
    """What was written.

    Attributes
    ----------
    path : Path
    seal : str
        The submission's id.
    clips, files, size : int
        Clips, artefact files, and bytes in all.
    """

    path: Path
    seal: str
    clips: int
    files: int
    size: int


def pack(out: Path, method: str, to: Path, progress: Progress = silent) -> Packed:
    """Put the result, the rows and the artefacts of a method into one sealed file.

    Parameters
    ----------
    out : Path
        The folder of a finished run.
    method : str
        One of its methods, but no always-on row: those everybody's run makes anew.
    to : Path
    progress : callable
        As of a dataset that prepares itself.

    Raises
    ------
    UnknownNameError
        When the run has no such method.
    SubmissionError
        When the run is not finished, contradicts itself, or an artefact changed after it was scored.
    """
    if method in ALWAYS:
        raise SubmissionError(f"{method} is an always-on row", where="METHOD", fix="submit a method of your own")
    session = open_run(read_config(out), progress)
    if method not in (names := [each.name for each in session.methods]):
        raise UnknownNameError(f"the run has no method {method!r}", where=out, fix=f"it has {', '.join(names)}")
    files: dict[str, Path] = {}
    found = outcomes_of(session)
    outcomes = [_portable(found, method, clip, files) for clip in session.clips]
    texts = documents(read_result(out / "results" / f"{method}.json"), _rows(out, method), outcomes)
    seal = write_archive(to, {**texts, **{f"artefacts/{name}": path for name, path in files.items()}})
    _check(to)
    return Packed(to, seal, len(outcomes), len(files), to.stat().st_size)


def _check(path: Path) -> None:
    """Refuse, and remove, a submission that its receiver would refuse."""
    with opened(path) as archive:
        defects = inconsistencies(read_bundle(archive))
    if defects:
        path.unlink()
        raise SubmissionError("; ".join(defects[:5]), where="--out", fix="run `echo-bench run --out DIR` to its end")


def _portable(
    found: Mapping[tuple[str, str], Outcome], method: str, clip: DyadicClip, files: dict[str, Path]
) -> Outcome:
    """The outcome with references by content; the files behind them are added to `files`."""
    outcome = found.get((method, clip.id))
    if outcome is None and clip.defect is None:
        raise SubmissionError(f"nothing was generated for clip {clip.id}", where="--out", fix="run it to its end")
    if outcome is None:
        return Outcome(method, clip.id, "failed", error="DatasetError", reason=clip.defect or "")
    return replace(outcome, artefacts=tuple(_renamed(artefact, clip, files) for artefact in outcome.artefacts))


def _renamed(artefact: Artefact, clip: DyadicClip, files: dict[str, Path]) -> Artefact:
    audio, own = artefact.audio, clip.avatar.audio
    if audio is not None and audio == own:
        audio = replace(audio, path=Path(CLIPS_OWN_SOUND))
    elif audio is not None:
        audio = _kept(audio, files)
    return replace(
        artefact,
        video=_kept(artefact.video, files) if artefact.video else None,
        audio=audio,
        motion=_kept(artefact.motion, files) if artefact.motion else None,
    )


def _kept(ref: Ref, files: dict[str, Path]) -> Ref:
    if file_sha256(ref.path) != ref.sha256:
        raise SubmissionError("changed after it was scored", where=ref.path, fix="run again")
    name = f"{ref.sha256}{ref.path.suffix.lower()}"
    files[name] = ref.path
    return replace(ref, path=Path(name))


def _rows(out: Path, method: str) -> list[RowPart]:
    try:
        table = pd.read_parquet(out / "rows.parquet")
    except (OSError, ValueError) as error:
        raise SubmissionError(f"its rows cannot be read: {error}", where=out, fix="run `echo-bench score`") from error
    own = table[table["method"] == method].drop(columns="method")
    records = own.astype({"value": object}).where(own.notna(), None).to_dict("records")
    return [RowPart(**{str(name): value for name, value in record.items()}) for record in records]

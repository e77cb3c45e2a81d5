"""What a submission says, in three documents: what was made (``submission.json``), per-clip rows, and the result.

References of artefacts name members of the archive by the sha256 of their bytes. One name stands for a file that is no member:
``avatar-audio``, the sound that the clip itself gives to every method.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from echo_bench.clip import Status
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.rows import Row, Stage
from echo_bench.results.schema import ResultFile
from echo_bench.strict_json import parse_json
from echo_bench.submissions.archive import ARTEFACT, Archive, SubmissionError

CLIPS_OWN_SOUND = "avatar-audio"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class RowPart(_Part):
    """One metric on one clip: :class:`echo_bench.pipeline.rows.Row` without its statistics."""

    clip: str
    cluster: str
    metric: str
    status: Status
    value: float | None
    stage: Stage | Literal[""]
    error: str
    reason: str

    def row(self, method: str) -> Row:
        """As the pipeline has it."""
        return Row(
            method, self.clip, self.cluster, self.metric, self.status, self.value,
            None, self.stage or None, self.error, self.reason,
        )  # fmt: skip


class Submission(_Part):
    """What was made for which clip, and the hashes of the two other documents.

    Attributes
    ----------
    schema_ : str
    method : str
    result_sha256, rows_sha256 : str
    outcomes : tuple of Outcome
        One per clip in manifest order; paths are names of members without their folder.
    """

    schema_: Literal["echo-bench-submission/1"] = "echo-bench-submission/1"
    method: str
    result_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    rows_sha256: str = Field(pattern="^[0-9a-f]{64}$")
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A submission as read.

    Attributes
    ----------
    submission : Submission
    result : ResultFile
    rows : tuple of Row
        In manifest order, every metric of a clip after the other.
    """

    submission: Submission
    result: ResultFile
    rows: tuple[Row, ...]

    @property
    def clips(self) -> tuple[str, ...]:
        """Ids of the clips in manifest order."""
        return tuple(outcome.clip_id for outcome in self.submission.outcomes)


_ROWS = TypeAdapter(tuple[RowPart, ...])


def documents(result: ResultFile, rows: Sequence[RowPart], outcomes: Sequence[Outcome]) -> dict[str, bytes]:
    """The three documents of a submission, by name."""
    texts = {"result.json": result.text().encode(), "rows.json": _ROWS.dump_json(tuple(rows))}
    submission = Submission(
        method=result.result.method.name,
        result_sha256=hashlib.sha256(texts["result.json"]).hexdigest(),
        rows_sha256=hashlib.sha256(texts["rows.json"]).hexdigest(),
        outcomes=tuple(outcomes),
    )
    text = json.dumps(submission.model_dump(mode="json"), sort_keys=True, indent=1)
    return {**texts, "submission.json": text.encode()}


def read_bundle(archive: Archive) -> Bundle:
    """Read the documents of a submission and hold them against the members.

    Raises
    ------
    SubmissionError
        When a document is malformed or is not the one that was packed, or artefacts and members are not the same files.
    """
    texts = {name: archive.read(name) for name in ("submission.json", "result.json", "rows.json")}
    submission = _validated(TypeAdapter(Submission), "submission.json", texts, archive.path)
    for name, sha256 in (("result.json", submission.result_sha256), ("rows.json", submission.rows_sha256)):
        if hashlib.sha256(texts[name]).hexdigest() != sha256:
            raise SubmissionError(f"{name} is not the one that was packed", where=archive.path)
    result = _validated(TypeAdapter(ResultFile), "result.json", texts, archive.path)
    rows = _validated(_ROWS, "rows.json", texts, archive.path)
    _check_members(submission, archive)
    return Bundle(submission, result, tuple(row.row(submission.method) for row in rows))


def files_of(outcome: Outcome) -> dict[str, str]:
    """The member names of a clip's artefacts -> the sha256 that its references state; the clip's own sound is none."""
    refs = [ref for a in outcome.artefacts for ref in (a.video, a.audio, a.motion) if ref is not None]
    return {f"artefacts/{ref.path}": ref.sha256 for ref in refs if str(ref.path) != CLIPS_OWN_SOUND}


def _validated(form: TypeAdapter[Any], name: str, texts: dict[str, bytes], where: Path) -> Any:
    try:
        return form.validate_python(parse_json(texts[name]))
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise SubmissionError(f"{name} is malformed: {lines[:500]}", where=where) from error
    except ValueError as error:
        raise SubmissionError(f"{name} is not readable: {error}", where=where) from error


def _check_members(submission: Submission, archive: Archive) -> None:
    named: dict[str, str] = {}
    for outcome in submission.outcomes:
        named |= files_of(outcome)
    for name, sha256 in named.items():
        match = ARTEFACT.fullmatch(name)
        if match is None or match["sha256"] != sha256:
            raise SubmissionError(f"an artefact is called {name[:100]!r}, which no submission does", where=archive.path)
    there = {name for name in archive.names() if name.startswith("artefacts/")}
    if absent := sorted(set(named) - there):
        raise SubmissionError(f"lacks {len(absent)} artefacts, the first is {absent[0]}", where=archive.path)
    if idle := sorted(there - set(named)):
        raise SubmissionError(f"holds {len(idle)} files that nothing names, the first is {idle[0]}", where=archive.path)

"""The result file: one method on one split, every number with its interval, coverage and signature.

A file has two parts. ``result`` is deterministic: two runs on one machine write the same bytes. ``run`` holds what differs from run
to run (times, counters, host). Numbers are finite: a value that could not be computed is null with a status and a reason.
Old files keep loading (tests/historic_results); a newer major version is refused by name.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, ValidationError, model_serializer

from echo_bench.errors import ResultError
from echo_bench.strict_json import parse_json

SCHEMA_VERSION = "1.2"


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


class MethodPart(_Part):
    """Which method made the artefacts."""

    name: str
    version: str
    uses_truth: bool
    stochastic: bool
    causal: bool
    samples: int = Field(ge=1)
    seed: int


class SplitPart(_Part):
    """What it was scored on."""

    dataset: str
    version: str
    split: str
    manifest_sha256: str
    n_expected: int = Field(ge=0)
    limit: int | None = None


class IntervalPart(_Part):
    """An interval, or why there is none.

    Attributes
    ----------
    lo, hi : float or None
    level : float or None
        Coverage aimed at; None where the pair is a plain range.
    kind : str
        ``cluster-t``, ``jackknife``, ``range`` ...: what the pair means.
    note : str
        ``few clusters``, or why there is no interval.
    """

    lo: float | None
    hi: float | None
    level: float | None
    kind: str
    note: str = ""


class ScorePart(_Part):
    """One metric id of one method.

    `replicates` (since 1.1) are the values without each of up to 20 groups of dyads, dealt from the split's list of clips: with them two
    results of one split are compared in pairs, without a look at rows or features. None where a group has no clip. `clips_sha256` (since
    1.2; else empty) says which clips the value is of.
    """

    metric: str
    title: str
    unit: str
    direction: Literal["higher", "lower", "target", "none"]
    target: float | None
    aggregation: Literal["mean", "set"]
    status: Literal["ok", "failed", "skipped"]
    reason: str
    value: float | None
    interval: IntervalPart | None
    replicates: tuple[float | None, ...] = ()
    n: int
    n_expected: int
    n_skipped: int
    n_clusters: int
    warnings: tuple[str, ...]
    signature: str
    clips_sha256: str = ""

    def of_same_clips(self, other: ScorePart) -> bool:
        """Whether two values are of the same clips, as far as is known: of as many, and of no others where both say of which."""
        return self.n == other.n and len({self.clips_sha256, other.clips_sha256} - {""}) < 2

    @model_serializer(mode="wrap")
    def _written(self, dump: SerializerFunctionWrapHandler) -> dict[str, Any]:
        data: dict[str, Any] = dump(self)
        if not self.clips_sha256:  # what was read from an older file is written as it was
            data.pop("clips_sha256", None)
        return data

    @property
    def coverage(self) -> float:
        """Share of the clips to which the metric applies that have a value."""
        applicable = self.n_expected - self.n_skipped
        return self.n / applicable if applicable else 0.0


class FailurePart(_Part):
    """One clip that has no value, and why."""

    clip: str
    stage: Literal["dataset", "generate", "extract", "score"]
    metric: str | None
    error: str
    message: str


class ResultPart(_Part):
    """The deterministic part."""

    schema_version: str = SCHEMA_VERSION
    method: MethodPart
    split: SplitPart
    scores: tuple[ScorePart, ...]
    failures: tuple[FailurePart, ...]
    partial: bool
    unranked: str
    provenance: dict[str, str]

    def score(self, metric: str) -> ScorePart | None:
        """The score of a metric id, if the result has it."""
        return next((score for score in self.scores if score.metric == metric), None)


class LatencyPart(_Part):
    """How fast the method was on this host, rendering and encoding not counted.

    Attributes
    ----------
    rtf : float
        Seconds of computing per second of one sample.
    first_frame_s : float or None
        Seconds from the start of a conversation to the first frame: waiting for what is looked ahead to, and computing. None where
        a method does not make a clip that short.
    clips : int
        How many were timed.
    """

    rtf: float
    first_frame_s: float | None
    clips: int


class RunPart(_Part):
    """What differs from run to run."""

    created: str
    host: dict[str, str]
    seconds: dict[str, float]
    counters: dict[str, int]
    peak_memory_mib: float
    latency: LatencyPart | None = None


class ResultFile(_Part):
    """A result file: `result` is comparable byte by byte, `run` is not."""

    result: ResultPart
    run: RunPart

    def deterministic_bytes(self) -> bytes:
        """Canonical JSON of the deterministic part."""
        return json.dumps(self.result.model_dump(mode="json"), sort_keys=True, separators=(",", ":")).encode()

    def text(self) -> str:
        """The file's text: sorted keys, floats that round-trip."""
        return json.dumps(self.model_dump(mode="json"), sort_keys=True, indent=1, allow_nan=False) + "\n"


def read_result(path: Path) -> ResultFile:
    """Read a result file of any released schema version.

    Raises
    ------
    ResultError
        When it cannot be read, is malformed, or is of a newer major version.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ResultError(f"not readable as a result: {error}", where=path) from error
    return parse_result(text, path)


def parse_result(text: bytes, where: Path | str) -> ResultFile:
    """The result in the bytes of a file; `where` they are from, for messages.

    Raises
    ------
    ResultError
        As :func:`read_result`.
    """
    try:
        data: Any = parse_json(text)
    except ValueError as error:
        raise ResultError(f"not readable as a result: {error}", where=where) from error
    result = data.get("result") if isinstance(data, dict) else None
    version = str(result.get("schema_version", "")) if isinstance(result, dict) else ""
    major = version.partition(".")[0]
    if not (major.isascii() and major.isdigit() and len(major) < 4):
        raise ResultError("carries no schema version: it is not a result file", where=where)
    if int(major) > int(SCHEMA_VERSION.partition(".")[0]):
        raise ResultError(f"schema {version} is newer than {SCHEMA_VERSION}", where=where, fix="upgrade echo-bench")
    try:
        return ResultFile.model_validate(data)
    except ValidationError as error:
        lines = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()[:5])
        raise ResultError(f"malformed: {lines}", where=where) from error

"""Clips of a submission computed again from their artefacts, on data of one's own.

Which clips is drawn anew each time, so nobody can know which ones to keep honest. Of all clips, the values of whole sets (FID and
its kind) and the intervals are computed again too.
"""

from __future__ import annotations

import math
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any, TypeVar

from echo_bench.clip import AudioRef, DyadicClip, MotionRef, Status, VideoRef
from echo_bench.datasets.base import Progress, silent
from echo_bench.errors import EchoBenchError
from echo_bench.media.probe import probe
from echo_bench.method import Artefact, Capabilities
from echo_bench.metric import Metric
from echo_bench.metrics.fast import metric_of
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.executors import Local
from echo_bench.pipeline.features import extractors_of
from echo_bench.pipeline.jobs import unavailable
from echo_bench.pipeline.plan import plan
from echo_bench.pipeline.rows import Row, Scorer
from echo_bench.pipeline.score import scores_of
from echo_bench.pipeline.store import FeatureStore
from echo_bench.pipeline.workers import run_tasks
from echo_bench.submissions.archive import Archive, SubmissionError
from echo_bench.submissions.bundle import CLIPS_OWN_SOUND, Bundle, files_of

RELATIVE, ABSOLUTE = 1e-3, 1e-6
"""By how much a value may differ: nets on another processor give other last digits, and some metrics stretch them."""
LONGER = 4.0
"""An artefact may have so many times the frames of its clip; a small file can else hold days of black."""

Ref = TypeVar("Ref", VideoRef, AudioRef, MotionRef)


@dataclass(frozen=True, slots=True)
class Rescored:
    """What was computed again.

    Attributes
    ----------
    clips : tuple of str
        The clips that were drawn.
    compared : int
        Values and statuses that were compared.
    largest : float
        The largest relative difference of two values.
    defects : tuple of str
        What differs.
    left_out : dict of str to str
        Metric ids that cannot be computed here, or not from some clips -> why.
    """

    clips: tuple[str, ...]
    compared: int
    largest: float
    defects: tuple[str, ...]
    left_out: dict[str, str]


def rescore(
    archive: Archive,
    bundle: Bundle,
    clips: Sequence[DyadicClip],
    number: int,
    *,
    store: FeatureStore,
    workers: int = 1,
    rng: random.Random | None = None,
    progress: Progress = silent,
) -> Rescored:
    """Compute clips of a submission again and compare.

    Parameters
    ----------
    archive : Archive
    bundle : Bundle
        What it says.
    clips : sequence of DyadicClip
        The split, from data of one's own, in manifest order.
    number : int
        How many clips are drawn at random; as many as there are, or more, is all of them.
    store : FeatureStore
        Features are kept by content, so nothing of it is believed that was not computed here.
    workers : int
    rng : Random, optional
        Default: the system's own randomness.
    progress : callable

    Raises
    ------
    SubmissionError
        When an artefact is not what its name says, is one of the clip's own files, or has an absurd length.
    """
    drawn = sorted((rng or random.SystemRandom()).sample(range(len(clips)), min(number, len(clips))))
    chosen = [clips[index] for index in drawn]
    metrics, left_out = _metrics(bundle, everything=len(chosen) == len(clips))
    with tempfile.TemporaryDirectory(prefix="echo-bench-rescore-") as folder:
        outcomes = {
            clip.id: _local(bundle.submission.outcomes[index], clip, archive, Path(folder))
            for index, clip in zip(drawn, chosen, strict=True)
        }
        rows = _rows(bundle, metrics, chosen, outcomes, store, workers, progress)
    said = {(row.clip, row.metric): row for row in bundle.rows}
    pairs = [(said[row.clip, row.metric], row) for row in rows]
    defects = [line for pair in pairs for line in _difference(*pair)]
    if len(chosen) == len(clips):
        defects += _differences_of_sets(bundle, metrics, rows)
    largest = max((_relative(a.value, b.value) for a, b in pairs), default=0.0)
    return Rescored(tuple(clip.id for clip in chosen), len(pairs), largest, tuple(defects), left_out)


def _metrics(bundle: Bundle, *, everything: bool) -> tuple[list[Metric[Any]], dict[str, str]]:
    """The metrics that can be computed here, and why the others cannot."""
    found, left_out = [], {}
    for score in bundle.result.result.scores:
        try:
            metric = metric_of(score.metric)
        except EchoBenchError as error:
            left_out[score.metric] = str(error)
            continue
        if missing := unavailable(extractors_of(metric.info.requires)):
            left_out[score.metric] = "; ".join(missing.values())
            continue
        if score.aggregation == "set" and not everything:
            left_out[score.metric] = "a value of the whole set: rescore all clips"
        found.append(metric)
    return found, left_out


def _local(outcome: Outcome, clip: DyadicClip, archive: Archive, folder: Path) -> Outcome:
    """The outcome with its files unpacked; what a clip itself gives comes from one's own data."""
    for name in files_of(outcome):
        archive.unpack(name, folder)
    artefacts = tuple(_with_files(artefact, clip, folder) for artefact in outcome.artefacts)
    for artefact in artefacts:
        _refuse(artefact, clip, archive.path)
    return replace(outcome, artefacts=artefacts)


def _with_files(artefact: Artefact, clip: DyadicClip, folder: Path) -> Artefact:
    own = artefact.audio is not None and str(artefact.audio.path) == CLIPS_OWN_SOUND
    return replace(
        artefact,
        video=_found(artefact.video, folder),
        audio=clip.avatar.audio if own else _found(artefact.audio, folder),
        motion=_found(artefact.motion, folder),
    )


def _found(ref: Ref | None, folder: Path) -> Ref | None:
    return None if ref is None else replace(ref, path=folder / ref.path.name)


def _refuse(artefact: Artefact, clip: DyadicClip, where: Path) -> None:
    """Refuse the truth under another name, and what would be decoded for days."""
    truths = {ref.sha256 for ref in (clip.avatar.video, clip.avatar.motion) if ref is not None}
    if truths & {ref.sha256 for ref in (artefact.video, artefact.motion) if ref is not None}:
        raise SubmissionError(f"the artefact of clip {clip.id} is the clip's own truth", where=where)
    most = LONGER * clip.duration * clip.fps
    counts = [probe(artefact.video.path).frames] if artefact.video else []
    counts += [len(load_motion(artefact.motion)[0])] if artefact.motion else []
    if counts and max(counts) > most:
        raise SubmissionError(
            f"the artefact of clip {clip.id} has {max(counts)} frames, and the clip {clip.duration * clip.fps:.0f}",
            where=where,
        )


def _rows(
    bundle: Bundle,
    metrics: Sequence[Metric[Any]],
    clips: Sequence[DyadicClip],
    outcomes: Mapping[str, Outcome],
    store: FeatureStore,
    workers: int,
    progress: Progress,
) -> list[Row]:
    method = bundle.result.result.method
    work = plan(clips, {(method.name, clip): o for clip, o in outcomes.items()}, [m.info for m in metrics], store)
    done: list[str] = []

    def count(clip_id: str) -> None:
        done.append(clip_id)
        progress("extract", len(done), len(work.tasks))

    run_tasks(work.tasks, store, Local(workers), lambda task: count(task.clip_id))
    # What it puts out is not asked: videos and motion are scored by what they are.
    scorer = Scorer(Capabilities(output="video", stochastic=method.stochastic, causal=method.causal), store)
    return [scorer.row(metric, clip, outcomes[clip.id], half=0) for clip in clips for metric in metrics]


def _difference(said: Row, found: Row) -> Iterator[str]:
    what = f"{found.metric} of clip {found.clip}"
    if said.status is not found.status:
        yield f"{what}: ended as {said.status} and ends as {found.status} here ({found.reason or 'with a value'})"
    elif _differ(said.value, found.value):
        yield f"{what}: {said.value} was submitted and {found.value} comes out"
    elif said.status is not Status.OK and said.reason != found.reason:
        yield f"{what}: ended as {said.status} for another reason than here: {found.reason}"


def _differences_of_sets(bundle: Bundle, metrics: Sequence[Metric[Any]], rows: Sequence[Row]) -> Iterator[str]:
    """Scores of whole sets; those of means follow from their rows."""
    sets = [metric for metric in metrics if metric.info.aggregation == "set"]
    for found in scores_of(sets, rows, {}):
        said = bundle.result.result.score(found.metric)
        pairs = [(said.value if said else None, found.value)]
        if said and said.interval and found.interval:
            pairs += [(said.interval.lo, found.interval.lo), (said.interval.hi, found.interval.hi)]
        pairs += zip_longest(said.replicates if said else (), found.replicates)
        for submitted, computed in pairs:
            if _differ(submitted, computed):
                yield f"{found.metric}: {submitted} was submitted and {computed} comes out"


def _differ(a: float | None, b: float | None) -> bool:
    if a is None or b is None:
        return a is not b
    return not math.isclose(a, b, rel_tol=RELATIVE, abs_tol=ABSOLUTE)


def _relative(a: float | None, b: float | None) -> float:
    if a is None or b is None or a == b:
        return 0.0
    return abs(a - b) / max(abs(a), abs(b))

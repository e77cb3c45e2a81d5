"""What has to be extracted: wanted features minus those that are kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from echo_bench.clip import DyadicClip
from echo_bench.errors import NotApplicable
from echo_bench.metric import MetricInfo
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.features import job_of
from echo_bench.pipeline.jobs import Job
from echo_bench.pipeline.store import FeatureStore
from echo_bench.pipeline.workers import Task


@dataclass(frozen=True, slots=True)
class Plan:
    """The work of an extraction.

    Attributes
    ----------
    tasks : tuple of Task
        One per clip that has something missing.
    wanted, kept, failed : int
        Features that the metrics need, that are there, and that failed before and are not tried again.
    """

    tasks: tuple[Task, ...]
    wanted: int
    kept: int
    failed: int


def plan(
    clips: Sequence[DyadicClip],
    outcomes: Mapping[tuple[str, str], Outcome],
    metrics: Iterable[MetricInfo],
    store: FeatureStore,
    *,
    retry_failed: bool = False,
) -> Plan:
    """The missing features, grouped by the clip whose pass will make them.

    Parameters
    ----------
    clips : sequence of DyadicClip
    outcomes : mapping of (method, clip id) to Outcome
    metrics : iterable of MetricInfo
    store : FeatureStore
    retry_failed : bool
        Try features again that failed before.
    """
    requirements = sorted({requirement for metric in metrics for requirement in metric.requires})
    seen: set[str] = set()
    kept = failed = 0
    tasks = []
    for clip in clips:
        missing: list[Job] = []
        for job in _jobs(clip, outcomes, requirements):
            if job.key in seen:
                continue
            seen.add(job.key)
            if store.has(job.key):
                kept += 1
            elif store.failure(job.key) is not None and not retry_failed:
                failed += 1
            else:
                missing.append(job)
        if missing:
            tasks.append(Task(clip.id, tuple(missing)))
    return Plan(tuple(tasks), len(seen), kept, failed)


def _jobs(clip: DyadicClip, outcomes: Mapping[tuple[str, str], Outcome], requirements: Sequence[str]) -> Iterable[Job]:
    if clip.defect is not None:
        return
    for (_, clip_id), outcome in outcomes.items():
        if clip_id != clip.id:
            continue
        for artefact in outcome.artefacts:
            for requirement in requirements:
                try:
                    job = job_of(requirement, clip, artefact)
                except NotApplicable:
                    continue  # scoring meets the same rule and records it
                if job is not None:
                    yield job

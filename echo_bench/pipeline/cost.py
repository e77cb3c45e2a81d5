"""What a run would do, how long it would take and what it would write, before anything is decoded.

Every run leaves what it cost per second of footage: generation for each method, extraction for each set of methods and metrics. A run
of a few clips (`--limit`) thus tells what all of them will cost on the same machine.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pydantic import BaseModel, Field, ValidationError

from echo_bench.cache import cache_root
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.plan import Plan
from echo_bench.pipeline.run import Session, make_plan, outcomes_of
from echo_bench.pipeline.store import key_of, write_atomic

FRAMES_PER_SECOND = 40.0
"""Frames per second and process that are assumed where nothing like the run was ever extracted here."""

LEAST = 10.0
"""Seconds of footage below which a run says nothing about others."""


class Rate(BaseModel):
    """What a second of footage costs: seconds of one worker, and bytes that are kept."""

    seconds: float
    size: float = Field(ge=0)


class Rates(BaseModel):
    """What is known about this machine: of methods by name, of extraction by :func:`work_of`."""

    generate: dict[str, Rate] = {}
    extract: dict[str, Rate] = {}

    def write(self) -> None:
        """Keep it."""
        write_atomic(_rate_file(), self.model_dump_json().encode())


def rates() -> Rates:
    """What earlier runs left; nothing, where there were none."""
    try:
        return Rates.model_validate_json(_rate_file().read_bytes())
    except (FileNotFoundError, ValidationError):
        return Rates()


def work_of(session: Session) -> str:
    """Hash of what decides about the work per second of footage: dataset, methods, metrics, samples."""
    methods = [[method.name, method.version] for method in session.methods]
    metrics = [metric.info.id for metric in session.metrics]
    name = f"{session.dataset.name}-{session.dataset.version}"
    return key_of({"dataset": name, "methods": methods, "metrics": metrics, "samples": session.config.samples})


def unmade(session: Session) -> dict[str, list[str]]:
    """Method -> the clips that it has not been run on."""
    made = outcomes_of(session)
    sound = [clip.id for clip in session.share if clip.defect is None]
    return {m.name: [clip for clip in sound if (m.name, clip) not in made] for m in session.methods}


def remember_generation(session: Session, before: dict[str, list[str]], report: Report) -> None:
    """Keep what each method cost; `before` is what was unmade before it ran."""
    known = rates()
    for name, clips in before.items():
        length = _length(session, clips)
        if length >= LEAST:
            folder = session.config.out / "artefacts" / name
            size = sum(path.stat().st_size for clip in clips for path in folder.glob(f"{clip}*"))
            seconds = report.seconds[f"generate.{name}"]
            known.generate[name] = Rate(seconds=seconds / length, size=size / length)
    known.write()


def remember_extraction(session: Session, work: Plan, report: Report) -> None:
    """Keep what extraction cost, where all features of its clips were missing."""
    length = _length(session, [task.clip_id for task in work.tasks])
    if length >= LEAST and not work.kept:
        known = rates()
        size = sum(session.store.size(job.key) for task in work.tasks for job in task.jobs)
        known.extract[work_of(session)] = Rate(seconds=report.seconds["extract.clips"] / length, size=size / length)
        known.write()


def cost(session: Session) -> dict[str, object]:
    """The plan of a run as a table: what is wanted, what is kept, and the seconds and bytes that the rest will take."""
    work, open_, known = make_plan(session), unmade(session), rates()
    clips = {task.clip_id for task in work.tasks} | {clip for each in open_.values() for clip in each}
    streams = sum(len({v for job in task.jobs for v in job.videos}) for task in work.tasks)
    generating = {name: _length(session, each) for name, each in open_.items() if each}
    extraction, source = _extraction(session, known, _length(session, clips), generating)
    made = {name: known.generate.get(name, Rate(seconds=0, size=0)) for name in generating}
    seconds = sum(made[name].seconds * length for name, length in generating.items())
    seconds += extraction.seconds
    size = extraction.size + sum(made[name].size * length for name, length in generating.items())
    unknown = sorted(set(generating) - set(known.generate))
    return {
        "dataset": session.dataset.name,
        "split": session.split,
        "clips": len(session.share),
        "seconds_of_footage": round(sum(clip.duration for clip in session.share), 2),
        "methods": ", ".join(method.name for method in session.methods),
        "metrics": ", ".join(metric.info.id for metric in session.metrics),
        "artefacts_to_make": sum(len(each) for each in open_.values()),
        "features_wanted": work.wanted,
        "features_kept": work.kept,
        "features_failed_before": work.failed,
        "videos_to_decode": streams,
        "seconds_estimated": round(seconds / max(1, min(session.executor.workers, len(clips))), 1),
        "mebibytes_estimated": round(size / 2**20, 1),
        "rate": source + (f"; generation not known of {', '.join(unknown)}" if unknown else ""),
    }


def _extraction(session: Session, known: Rates, length: float, generating: dict[str, float]) -> tuple[Rate, str]:
    """What extraction will take in all, and where that is from."""
    rate = known.extract.get(work_of(session))
    if rate is not None:
        return Rate(seconds=rate.seconds * length, size=rate.size * length), "measured here"
    frames = 25.0 * (length + sum(generating.values()))
    return Rate(seconds=frames / FRAMES_PER_SECOND, size=0), "assumed: run a few clips (--limit) to know it"


def _length(session: Session, clips: Iterable[str]) -> float:
    durations = {clip.id: clip.duration for clip in session.clips}
    return sum(durations[clip] for clip in clips)


def _rate_file() -> Path:
    return cache_root() / "rates.json"

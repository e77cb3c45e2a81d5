"""What a run would do and about how long it would take, before anything is decoded."""

from __future__ import annotations

import json
from pathlib import Path

from echo_bench.cache import cache_root
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.run import Session, make_plan, outcomes_of
from echo_bench.pipeline.store import write_atomic

FRAMES_PER_SECOND = 40.0
"""Frames per second and process that are assumed on a machine that has never extracted anything."""


def _rate_file() -> Path:
    return cache_root() / "rate.json"


def remember(report: Report, workers: int) -> None:
    """Keep this machine's extraction rate for later estimates; short runs say nothing."""
    seconds, frames = report.seconds["extract"], report.counters["frames_decoded"]
    if frames >= 500 and seconds > 0:
        write_atomic(_rate_file(), json.dumps({"frames_per_second": frames / seconds / workers}).encode())


def rate() -> tuple[float, str]:
    """Frames per second and process, and where the number is from."""
    try:
        return float(json.loads(_rate_file().read_text("utf-8"))["frames_per_second"]), "measured here"
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return FRAMES_PER_SECOND, "assumed: nothing was measured here yet"


def cost(session: Session) -> dict[str, object]:
    """The plan of a run as a table: what is wanted, what is kept, frames to decode and the time that will take.

    Artefacts that are not made yet count as one video each.
    """
    work = make_plan(session)
    durations = {clip.id: clip.duration for clip in session.clips}
    streams = {task.clip_id: len({v for job in task.jobs for v in job.videos}) for task in work.tasks}
    made = outcomes_of(session)
    unmade = [clip.id for method in session.methods for clip in session.clips if (method.name, clip.id) not in made]
    frames = sum(25.0 * durations[clip] * n for clip, n in streams.items()) + sum(25.0 * durations[c] for c in unmade)
    speed, source = rate()
    return {
        "dataset": session.dataset.name,
        "split": session.split,
        "clips": len(session.clips),
        "seconds_of_footage": round(sum(durations.values()), 2),
        "methods": ", ".join(method.name for method in session.methods),
        "metrics": ", ".join(metric.info.id for metric in session.metrics),
        "artefacts_to_make": len(unmade),
        "features_wanted": work.wanted,
        "features_kept": work.kept,
        "features_failed_before": work.failed,
        "frames_to_decode": round(frames),
        "seconds_estimated": round(frames / speed / session.config.workers, 1),
        "rate": f"{speed:.0f} frames/s and process ({source})",
    }

"""Extraction over clips, in this process or in several: the bytes that are kept do not depend on how many."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from echo_bench.pipeline.extract import Report, extract
from echo_bench.pipeline.jobs import Job
from echo_bench.pipeline.store import FeatureStore
from echo_bench.processes import worked


@dataclass(frozen=True, slots=True)
class Task:
    """The missing features of one clip: decoded in one pass by one worker."""

    clip_id: str
    jobs: tuple[Job, ...]


def run_tasks(tasks: Sequence[Task], folder: Path, workers: int, done: Callable[[Task], None]) -> Report:
    """Extract all tasks into the store at `folder`; `done` is called after each.

    Raises
    ------
    Exception
        A bug in an extractor stops the run; what was extracted before is kept.
    """
    total = Report()
    for task, report in worked(partial(_work, folder=folder), tasks, workers):
        total.add(report)
        done(task)
    return total


def _work(task: Task, folder: Path) -> Report:
    return extract(task.jobs, FeatureStore(folder))

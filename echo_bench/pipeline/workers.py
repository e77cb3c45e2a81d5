"""Extraction over clips, wherever an executor works: the bytes that are kept do not depend on it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from echo_bench.pipeline.executors import Executor
from echo_bench.pipeline.extract import Report, extract
from echo_bench.pipeline.jobs import Job
from echo_bench.pipeline.store import FeatureStore


@dataclass(frozen=True, slots=True)
class Task:
    """The missing features of one clip: decoded in one pass by one worker."""

    clip_id: str
    jobs: tuple[Job, ...]


def run_tasks(tasks: Sequence[Task], store: FeatureStore, executor: Executor, done: Callable[[Task], None]) -> Report:
    """Extract all tasks into the store; `done` is called after each.

    Raises
    ------
    Exception
        A bug in an extractor stops the run; what was extracted before is kept.
    """
    total = Report()
    for task, report in executor.spread(partial(_work, store=store), tasks):
        total.add(report)
        done(task)
    return total


def _work(task: Task, store: FeatureStore) -> Report:
    started = time.perf_counter()
    report = extract(task.jobs, store)
    report.seconds["extract.clips"] += time.perf_counter() - started
    return report

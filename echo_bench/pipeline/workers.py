"""Extraction over clips, in this process or in several: the bytes that are kept do not depend on how many."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from echo_bench.pipeline.extract import Report, extract
from echo_bench.pipeline.jobs import Job
from echo_bench.pipeline.store import FeatureStore


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
    if workers <= 1 or len(tasks) <= 1:
        for task in tasks:
            total.add(extract(task.jobs, FeatureStore(folder)))
            done(task)
        return total
    context = multiprocessing.get_context("spawn")
    parent = os.getpid()
    with ProcessPoolExecutor(min(workers, len(tasks)), context, initializer=_watch, initargs=(parent,)) as pool:
        # Longest first would finish sooner, but which clip a worker takes must not matter: manifest order is as good.
        pending = {pool.submit(_work, task, folder): task for task in tasks}
        for future in as_completed(pending):
            total.add(future.result())
            done(pending[future])
    return total


def _work(task: Task, folder: Path) -> Report:
    return extract(task.jobs, FeatureStore(folder))


def _watch(parent: int) -> None:
    """End this worker when the run that started it was killed: nobody else would."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()

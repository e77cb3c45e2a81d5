"""Work spread over processes that end with the run that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from echo_bench.errors import EchoBenchError

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerLostError(EchoBenchError):
    """A worker died without an answer: the kernel or somebody else killed it."""


def worked(work: Callable[[Item], Result], items: Sequence[Item], workers: int = 1) -> Iterator[tuple[Item, Result]]:
    """Each item with its result, as they come; in this process where one suffices.

    Whoever stops listening stops the work: what was not begun is dropped. When this process is killed, its workers end too.

    Parameters
    ----------
    work : callable
        Picklable where there are several workers.
    items : sequence
    workers : int, default 1
        Processes at most. They are fresh ones, so a script that asks for several must guard its main part.

    Raises
    ------
    WorkerLostError
        When a worker was killed.
    Exception
        Whatever `work` raises ends the iteration.

    Examples
    --------
    >>> list(worked(abs, [-1, 2]))
    [(-1, 1), (2, 2)]
    """
    if workers <= 1 or len(items) <= 1:
        for item in items:
            yield item, work(item)
        return
    fresh = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(min(workers, len(items)), fresh, _end_with, (os.getpid(),)) as pool:
        # Longest first would finish sooner, but which item a worker takes must not matter: the given order is as good.
        pending = {pool.submit(work, item): item for item in items}
        try:
            for future in as_completed(pending):
                yield pending[future], future.result()
        except BrokenProcessPool as error:
            raise WorkerLostError(
                "a worker was killed from outside, most often because memory ran out; what was finished is kept",
                fix="run the same command again, with fewer --workers if memory is short",
            ) from error
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _end_with(parent: int) -> None:
    """End this worker when the run that started it was killed: nobody else would."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()

"""Work spread over processes that end with the run that started them."""

from __future__ import annotations

import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from multiprocessing.queues import SimpleQueue
from typing import Any, TypeVar

from echo_bench.errors import EchoBenchError

Item = TypeVar("Item")
Result = TypeVar("Result")


class WorkerLostError(EchoBenchError):
    """A worker died without an answer: the kernel or somebody else killed it."""


def worked(
    work: Callable[[Item], Result],
    items: Sequence[Item],
    workers: int = 1,
    variables: Sequence[Mapping[str, str]] = (),
) -> Iterator[tuple[Item, Result]]:
    """Each item with its result, as they come; in this process where one suffices.

    Whoever stops listening stops the work: what was not begun is dropped. When this process is killed, its workers end too.

    Parameters
    ----------
    work : callable
        Picklable where there are several workers. It is sent to each of them once, so what it keeps in itself is kept from item to item.
    items : sequence
    workers : int, default 1
        Processes at most. They are fresh ones, so a script that asks for several must guard its main part.
    variables : sequence of mapping, optional
        Environment variables of each worker; where there are any, there are no more workers than these.

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
    own = variables or [{} for _ in range(workers)]
    queue = fresh.SimpleQueue()
    for each in own:
        queue.put(dict(each))
    number = min(workers, len(own), len(items))
    with ProcessPoolExecutor(number, fresh, _begin, (os.getpid(), queue, work)) as pool:
        # Longest first would finish sooner, but which item a worker takes must not matter: the given order is as good.
        pending = {pool.submit(_do, item): item for item in items}
        try:
            for future in as_completed(pending):
                yield pending.pop(future), future.result()
        except BrokenProcessPool as error:
            raise WorkerLostError(
                "a worker was killed from outside, most often because memory ran out; what was finished is kept",
                fix="run the same command again, with fewer --workers if memory is short",
            ) from error
        finally:
            # Who is done waits for workers that are still starting: left alone, they would complain of a parent that has forgotten them.
            pool.shutdown(wait=not pending, cancel_futures=True)


_own: dict[str, Callable[[Any], Any]] = {}
"""The work of this process, where it is a worker."""


def _begin(parent: int, variables: SimpleQueue[dict[str, str]], work: Callable[[Any], Any]) -> None:
    """Make this process a worker: with variables of its own, the work, and an end."""
    _end_with(parent)
    os.environ.update(variables.get())
    _own["work"] = work


def _do(item: Any) -> Any:
    return _own["work"](item)


def _end_with(parent: int) -> None:
    """End this worker when the run that started it was killed: nobody else would."""

    def look() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=look, daemon=True).start()

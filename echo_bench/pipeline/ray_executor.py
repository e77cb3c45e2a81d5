"""Work on a Ray cluster that runs already: every worker is an actor with nets of its own, every clip a task.

The nodes need echo-bench installed, the same version everywhere, and see data, run folder and store under the same names (a shared
file system; the store may be an ``s3://`` address).
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from echo_bench.errors import UnavailableError
from echo_bench.nets.device import VARIABLE
from echo_bench.processes import WorkerLostError

Item = TypeVar("Item")
Result = TypeVar("Result")

TRIES = 3
"""How many workers an item may lose before the run stops; making it twice makes the same bytes."""


@dataclass(frozen=True, slots=True)
class OnRay:
    """Actors on a cluster.

    Parameters
    ----------
    workers : int
    gpus : int
        Devices that each of them has for itself, 0 or 1.
    """

    workers: int
    gpus: int = 0

    @classmethod
    def at(cls, address: str | None = None) -> OnRay:
        """One actor for each GPU of a cluster where nets run on CUDA, else for each of its processors.

        Raises
        ------
        UnavailableError
            When Ray is not installed, or no cluster answers.
        """
        try:
            import ray
        except ImportError as error:
            raise UnavailableError(
                "Ray is not installed", where="--executor", fix="pip install 'echo-bench[ray]'"
            ) from error
        if not ray.is_initialized():
            try:
                ray.init(address=address or "auto", log_to_driver=False)
            except ConnectionError as error:
                raise UnavailableError(
                    "no Ray cluster answers", where=address or "this machine", fix="start one with `ray start --head`"
                ) from error
        has = ray.cluster_resources()
        gpus = int(os.environ.get(VARIABLE, "cpu").startswith("cuda"))
        workers = int(has.get("GPU" if gpus else "CPU", 0))
        if not workers:
            raise UnavailableError(f"the cluster has no {'GPU' if gpus else 'CPU'}", where="--executor ray")
        return cls(workers, gpus)

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
        """Each item with its result, as they come; those of a dead worker are given to the living.

        No worker is waited for that the cluster has no place for, because others use it: items go to those that have begun.
        """
        import ray
        from ray.exceptions import RayActorError, RayTaskError

        waiting = deque(range(len(items)))
        tries = [0] * len(items)
        left = len(items)
        idle: list[Any] = []
        # Answers to come -> from whom, and to which item; at first, that a worker has begun.
        busy: dict[Any, tuple[Any, int | None]] = {
            worker.begin.remote(): (worker, None) for worker in self._workers(work, min(self.workers, len(items)))
        }
        while left:
            while waiting and idle:
                worker, item = idle.pop(), waiting.popleft()
                busy[worker.do.remote(items[item])] = (worker, item)
            if not busy:
                raise _lost()
            (done,), _ = ray.wait(list(busy), num_returns=1)
            worker, index = busy.pop(done)
            try:
                result = ray.get(done)
            except RayTaskError as error:
                raise error.cause from error
            except RayActorError as error:
                if index is not None:
                    tries[index] += 1
                    if tries[index] == TRIES:
                        raise _lost() from error
                    waiting.append(index)
                continue
            idle.append(worker)
            if index is not None:
                left -= 1
                yield items[index], result

    def _workers(self, work: Callable[[Any], Any], number: int) -> list[Any]:
        import ray

        variables = {name: value for name, value in os.environ.items() if name.startswith("ECHO_BENCH_")}
        if self.gpus:
            variables[VARIABLE] = "cuda"  # Ray shows each worker the one device that is its own
        kind: Any = ray.remote(num_cpus=1, num_gpus=self.gpus)(_Worker)
        shared = ray.put(work)
        return [kind.remote(shared, variables) for _ in range(number)]


def _lost() -> WorkerLostError:
    return WorkerLostError(
        "workers or nodes of the cluster died again and again, most often because memory ran out; what was finished is kept",
        fix="run the same command again",
    )


class _Worker:
    """One actor: the work, and whatever it keeps in itself."""

    def __init__(self, work: Callable[[Any], Any], variables: dict[str, str]) -> None:
        os.environ.update(variables)
        self._work = work

    def begin(self) -> None:
        """Answered once this worker has a place."""

    def do(self, item: Any) -> Any:
        return self._work(item)

"""Where the work of a run is done: in processes of this machine, or on a Ray cluster. No byte depends on it.

An executor is given the work once and hands it out item by item; what the work keeps in itself (nets, a method that was set up) stays
with the worker. An item is one clip, or one clip of one method: frames never leave the process that decoded them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from echo_bench.errors import UnknownNameError
from echo_bench.nets.device import VARIABLE, device
from echo_bench.processes import worked

Item = TypeVar("Item")
Result = TypeVar("Result")

NAMES = ("local", "ray")


class Executor(Protocol):
    """Does work somewhere."""

    @property
    def workers(self) -> int:
        """How many items are worked on at a time."""
        ...

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
        """Each item with its result, as they come.

        Raises
        ------
        WorkerLostError
            When a worker died without an answer.
        Exception
            Whatever `work` raises ends the iteration; what was finished is kept by the work itself.
        """
        ...


@dataclass(frozen=True, slots=True)
class Local:
    """Processes of this machine; where nets run on CUDA devices, one process for each device.

    Parameters
    ----------
    processes : int
        At most so many.
    devices : tuple of str, optional
        What `ECHO_BENCH_DEVICE` is in each of them.

    Examples
    --------
    >>> dict(Local(1).spread(abs, [-1, 2]))
    {-1: 1, 2: 2}
    """

    processes: int
    devices: tuple[str, ...] = ()

    @property
    def workers(self) -> int:
        """Processes, no more than devices."""
        return min(self.processes, len(self.devices)) if self.devices else self.processes

    def spread(self, work: Callable[[Item], Result], items: Sequence[Item]) -> Iterator[tuple[Item, Result]]:
        """Each item with its result, as they come."""
        return worked(work, items, self.workers, [{VARIABLE: name} for name in self.devices])


def executor(name: str = "local", workers: int = 1, address: str | None = None) -> Executor:
    """The executor of a name.

    Parameters
    ----------
    name : {"local", "ray"}
    workers : int
        Processes of this machine, for ``local``.
    address : str, optional
        Of a Ray cluster that runs already; default: the one this machine belongs to.

    Raises
    ------
    UnknownNameError
        For another name.
    UnavailableError
        When Ray is not installed, or there is no cluster.
    """
    if name == "local":
        return Local(workers, local_devices())
    if name == "ray":
        from echo_bench.pipeline.ray_executor import OnRay

        return OnRay.at(address)
    raise UnknownNameError(f"no executor is called {name!r}", where="--executor", fix=f"one of {', '.join(NAMES)}")


def local_devices() -> tuple[str, ...]:
    """``cuda:0`` to the last, where `ECHO_BENCH_DEVICE` is ``cuda`` with no number and there are several; else nothing."""
    if os.environ.get(VARIABLE) != "cuda":
        return ()
    import torch

    device()  # says what is wrong where there is none
    count = torch.cuda.device_count()
    return tuple(f"cuda:{index}" for index in range(count)) if count > 1 else ()

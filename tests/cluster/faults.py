"""What can happen to a run on a Ray cluster: shared by the tests and by tools/fault_table.py. Linux only."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from tests.soak.faults import Bench, Trial, ended, killed

PATIENCE = 180
"""Seconds in which a node comes up, on a machine that has much else to do."""

TRIES = 4
T = TypeVar("T")

ACTOR = b"ray::_Worker"
"""How the processes of a run on Ray are titled."""


@contextmanager
def two_nodes() -> Iterator[Any]:
    """A cluster of two nodes of one processor each, on this machine."""
    import ray
    from ray.cluster_utils import Cluster

    nodes = patiently(lambda: Cluster(initialize_head=True, head_node_args={"num_cpus": 1}))
    try:
        patiently(lambda: nodes.add_node(num_cpus=1))
        nodes.wait_for_nodes(PATIENCE)
        yield nodes
    finally:
        ray.shutdown()
        nodes.shutdown()


def patiently(start: Callable[[], T]) -> T:
    """Start a node; again where it took longer than the 30 s that Ray has for it, which a busy machine may not keep."""
    for _ in range(TRIES):
        try:
            return start()
        except Exception as error:  # Ray's own is of no other class
            if "timed out during startup" not in str(error):
                raise
    return start()


class RayBench(Bench):
    """Runs on a cluster, which must end in the bytes of a run in local processes.

    Parameters
    ----------
    folder : Path
        Empty.
    cluster : ray.cluster_utils.Cluster
    """

    def __init__(self, folder: Path, cluster: Any) -> None:
        super().__init__(folder)
        self.cluster = cluster
        self.options = ("--executor", "ray", "--address", cluster.address)
        started = time.perf_counter()
        if not self.again(folder / "on-ray"):
            raise AssertionError("a run on Ray that nothing met does not end in the bytes of a local one")
        self.seconds = time.perf_counter() - started


def actor_killed(bench: RayBench, out: Path, rng: random.Random) -> Trial:
    """kill -9 of one actor: the others take its clip."""
    run = bench.start(out)
    while run.poll() is None and not actors():
        time.sleep(0.05)
    time.sleep(rng.uniform(0, 0.5) * bench.seconds)
    for victim in rng.sample(found := actors(), min(1, len(found))):
        os.kill(victim, signal.SIGKILL)
    said = ended(run)
    return Trial(run.returncode, said, bench.again(out))


def node_killed(bench: RayBench, out: Path, rng: random.Random) -> Trial:
    """A third node dies, with all that runs on it."""
    extra = patiently(lambda: bench.cluster.add_node(num_cpus=1))
    bench.cluster.wait_for_nodes(PATIENCE)
    run = bench.start(out)
    bench.some_time(rng)
    bench.cluster.remove_node(extra, allow_graceful=False)
    said = ended(run)
    return Trial(run.returncode, said, bench.again(out))


FAULTS: dict[str, Callable[[RayBench, Path, random.Random], Trial]] = {
    "Ray: kill -9 of the run at a random moment": killed,
    "Ray: kill -9 of a worker": actor_killed,
    "Ray: a node dies": node_killed,
}


def actors() -> list[int]:
    """The processes that work for a run on a cluster that this process has started."""
    return sorted(pid for pid in descendants(os.getpid()) if _title(pid).startswith(ACTOR))


def descendants(process: int) -> list[int]:
    """The processes that a process has started, and those that they have (Linux)."""
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):  # it ended meanwhile
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(folder.name))
    found = [process]
    for each in found:
        found += children.get(each, [])
    return found[1:]


def _title(process: int) -> bytes:
    try:
        return Path(f"/proc/{process}/cmdline").read_bytes()
    except OSError:
        return b""

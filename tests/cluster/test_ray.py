"""A Ray cluster of two nodes on this machine: the same bytes as in one process, also when a node dies."""

from __future__ import annotations

from pathlib import Path

import pytest

from echo_bench.errors import UnavailableError
from echo_bench.pipeline.executors import Local, executor
from echo_bench.processes import WorkerLostError
from tests.cluster.faults import PATIENCE, patiently, two_nodes
from tests.e2e.test_shards import everything, piece, work
from tests.footage import left_right_clips

ray = pytest.importorskip("ray", reason="needs the extra ray")
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster():
    with two_nodes() as nodes:
        yield nodes


def where_two_meet(folder: Path) -> str:
    """The node this is computed on, once another item is computed on another."""
    import time

    node = ray.get_runtime_context().get_node_id()
    (folder / node).touch()
    while len(list(folder.iterdir())) < 2:
        time.sleep(0.05)
    return node


def slow_square(item: int) -> int:
    import time

    time.sleep(0.2)
    return item * item


def fails(item: int) -> None:
    raise ValueError(f"no {item}")


def test_no_cluster_is_one_named_error(monkeypatch):
    """First in the file: later tests have one."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UnavailableError, match="no Ray cluster answers"):
        executor("ray")


def test_both_nodes_work(cluster, tmp_path):
    where = executor("ray", address=cluster.address)
    assert where.workers == 2
    # Neither ends before the other has begun, however busy this machine is.
    assert len({node for _, node in where.spread(where_two_meet, [tmp_path, tmp_path])}) == 2


def test_a_place_that_others_use_is_not_waited_for(cluster):
    """One of two processors is taken all the time: the other one does everything."""
    where = executor("ray", address=cluster.address)
    other = ray.remote(num_cpus=1)(Other).remote()
    ray.get(other.begin.remote())
    assert dict(where.spread(slow_square, [1, 2, 3])) == {1: 1, 2: 4, 3: 9}


class Other:
    """Somebody else's work."""

    def begin(self) -> None:
        """Answered once it has a place."""


def test_an_error_arrives_as_it_was(cluster):
    with pytest.raises(ValueError, match="no 1"):
        list(executor("ray", address=cluster.address).spread(fails, [1]))


def test_two_nodes_end_in_the_bytes_of_one_process(cluster, tmp_path):
    root = left_right_clips(tmp_path / "clips", ("a", "b", "c"), 1.2)
    work(piece(root, tmp_path / "alone"))
    work(piece(root, tmp_path / "ray", executor="ray", address=cluster.address))
    assert everything(tmp_path / "ray") == everything(tmp_path / "alone")


def test_a_dead_node_loses_nothing(cluster):
    """Its item is given to another, which has the same answer."""
    extra = patiently(lambda: cluster.add_node(num_cpus=1))
    cluster.wait_for_nodes(PATIENCE)
    results = executor("ray", address=cluster.address).spread(slow_square, list(range(20)))
    found = [next(results)]
    cluster.remove_node(extra, allow_graceful=False)
    found += results
    assert dict(found) == dict(Local(1).spread(square_of, list(range(20))))


def square_of(item: int) -> int:
    return item * item


def kills_its_worker(item: int) -> None:
    import os

    os._exit(1)


def test_an_item_that_kills_every_worker_stops_the_run(cluster):
    with pytest.raises(WorkerLostError, match="what was finished is kept"):
        list(executor("ray", address=cluster.address).spread(kills_its_worker, [1, 2]))

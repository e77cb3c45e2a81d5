"""A Ray cluster of two nodes on this machine: the same bytes as in one process, also when a node dies."""

from __future__ import annotations

import pytest

from echo_bench.errors import UnavailableError
from echo_bench.pipeline.executors import Local, executor
from echo_bench.processes import WorkerLostError
from tests.cluster.faults import two_nodes
from tests.e2e.test_shards import everything, piece, work
from tests.footage import left_right_clips

ray = pytest.importorskip("ray", reason="needs the extra ray")
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def cluster():
    with two_nodes() as nodes:
        yield nodes


def node_of(item: int) -> tuple[int, str]:
    """The square of a number, and where it was computed."""
    import time

    time.sleep(0.2)
    return item * item, ray.get_runtime_context().get_node_id()


def fails(item: int) -> None:
    raise ValueError(f"no {item}")


def test_no_cluster_is_one_named_error(monkeypatch):
    """First in the file: later tests have one."""
    monkeypatch.delenv("RAY_ADDRESS", raising=False)
    with pytest.raises(UnavailableError, match="no Ray cluster answers"):
        executor("ray")


def test_both_nodes_work(cluster):
    where = executor("ray", address=cluster.address)
    assert where.workers == 2
    results = dict(where.spread(node_of, list(range(12))))
    assert {item: square for item, (square, _) in results.items()} == {n: n * n for n in range(12)}
    assert len({node for _, node in results.values()}) == 2


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
    extra = cluster.add_node(num_cpus=1)
    cluster.wait_for_nodes()
    results = executor("ray", address=cluster.address).spread(node_of, list(range(20)))
    found = [next(results)]
    cluster.remove_node(extra, allow_graceful=False)
    found += results
    assert {item: square for item, (square, _) in found} == dict(Local(1).spread(square_of, list(range(20))))


def square_of(item: int) -> int:
    return item * item


def kills_its_worker(item: int) -> None:
    import os

    os._exit(1)


def test_an_item_that_kills_every_worker_stops_the_run(cluster):
    with pytest.raises(WorkerLostError, match="what was finished is kept"):
        list(executor("ray", address=cluster.address).spread(kills_its_worker, [1, 2]))

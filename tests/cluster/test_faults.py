"""Whatever happens to a run on Ray, the same command again ends in the bytes of a local run: tools/fault_table.py, bounded."""

from __future__ import annotations

import random

import pytest

from tests.cluster.faults import RayBench, actor_killed, two_nodes
from tests.soak.faults import killed
from tests.soak.test_faults import checked

pytest.importorskip("ray", reason="needs the extra ray")
pytestmark = pytest.mark.cluster


@pytest.fixture(scope="module")
def bench(tmp_path_factory):
    with two_nodes() as cluster:
        yield RayBench(tmp_path_factory.mktemp("faults"), cluster)


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_moment(bench, tmp_path, seed):
    checked(killed(bench, tmp_path / "out", random.Random(seed)))


def test_a_killed_worker_s_clip_is_made_by_another(bench, tmp_path):
    assert checked(actor_killed(bench, tmp_path / "out", random.Random(0))).code == 0

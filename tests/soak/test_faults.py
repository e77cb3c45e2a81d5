"""Whatever happens to a run, the same command again ends in the same bytes, and nothing half-written is ever read.

`tools/fault_table.py` tries each fault as often as one likes and prints the table of docs/reliability.md.
"""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from tests.soak import faults
from tests.soak.faults import Bench, Trial

pytestmark = pytest.mark.soak


@pytest.fixture(scope="module")
def bench(tmp_path_factory) -> Bench:
    return Bench(tmp_path_factory.mktemp("faults"))


def checked(trial: Trial) -> Trial:
    """No traceback in front of a user, and nothing lost."""
    assert "Error" not in trial.said.partition(":")[0], trial.said
    assert trial.whole, trial
    return trial


@pytest.mark.parametrize("seed", range(5))
def test_killed_at_a_random_moment(bench, tmp_path, seed):
    checked(faults.killed(bench, tmp_path / "out", random.Random(seed)))


def test_a_killed_worker_is_named(bench, tmp_path):
    trial = checked(faults.worker_killed(bench, tmp_path / "out", random.Random(0)))
    assert trial.code in {0, 2}  # it may have been done already
    assert trial.code == 0 or "a worker was killed from outside" in trial.said


def test_what_is_torn_is_made_again(bench, tmp_path):
    checked(faults.torn(bench, tmp_path / "out", random.Random(0)))


def test_a_full_disk_is_named_and_nothing_wrong_is_kept(bench, tmp_path):
    trial = checked(faults.disk_full(bench, tmp_path / "out", random.Random(1)))
    assert trial.code in {1, 2}
    assert "File too large" in trial.said


def test_a_store_that_cannot_be_written_is_named(bench, tmp_path):
    trial = checked(faults.read_only(bench, tmp_path / "out", random.Random(0)))
    assert trial.code == 2
    assert "cannot write: Permission denied" in trial.said


def test_two_runs_share_a_store(bench, tmp_path):
    assert checked(faults.two_at_once(bench, tmp_path / "out", random.Random(0))).code == 0


def test_no_clock_is_believed(bench, tmp_path):
    assert checked(faults.clock_leaps(bench, tmp_path / "out", random.Random(0))).code == 0


def test_a_full_store_may_be_read_only(bench, tmp_path):
    """All features are there: nothing needs to be written."""
    out: Path = tmp_path / "out"
    assert bench.again(out, bench.folder / "whole" / "store")

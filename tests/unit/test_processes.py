"""Work over processes: the same results wherever it is done, and nobody left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from echo_bench.processes import WorkerLostError, worked

SLEEPER = """
import os, time
from echo_bench.processes import worked

def nap(n):
    print("started", flush=True)
    time.sleep(60)

if __name__ == "__main__":
    for _ in worked(nap, [1, 2], 2):
        pass
"""

HURRIED = """
from echo_bench.processes import worked

if __name__ == "__main__":
    print(sorted(worked(abs, [-1, 2, 3], 3)))
"""


def test_the_results_do_not_depend_on_the_number_of_processes():
    items = [9, 4, 7]
    assert dict(worked(abs, items, 1)) == dict(worked(abs, items, 2)) == {9: 9, 4: 4, 7: 7}


def test_one_process_works_in_the_given_order_and_only_when_asked():
    done = []
    results = worked(lambda item: done.append(item) or item, [3, 1, 2])
    assert next(results) == (3, 3)
    assert done == [3]


def test_an_error_ends_the_work():
    with pytest.raises(ValueError, match="invalid literal"):
        list(worked(int, ["1", "x", "2"], 2))


def test_a_killed_worker_is_named():
    with pytest.raises(WorkerLostError, match="a worker was killed from outside"):
        list(worked(os._exit, [1, 2], 2))


def test_workers_that_start_when_all_is_done_do_not_complain(tmp_path):
    (tmp_path / "hurried.py").write_text(HURRIED)
    for _ in range(3):  # one worker often takes all three before the others have started
        run = subprocess.run([sys.executable, tmp_path / "hurried.py"], capture_output=True, text=True, check=True)
        assert (run.stdout, run.stderr) == ("[(-1, 1), (2, 2), (3, 3)]\n", "")


def test_workers_end_with_a_killed_parent(tmp_path):
    (tmp_path / "sleeper.py").write_text(SLEEPER)
    parent = subprocess.Popen(
        [sys.executable, tmp_path / "sleeper.py"], stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    assert [parent.stdout.readline() for _ in range(2)] == ["started\n"] * 2
    os.kill(parent.pid, signal.SIGKILL)
    parent.wait()
    for _ in range(100):
        try:
            os.killpg(parent.pid, 0)
        except ProcessLookupError:
            return
        time.sleep(0.1)
    pytest.fail("a worker lives on")

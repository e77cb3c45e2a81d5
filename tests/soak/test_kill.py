"""A run killed at any moment and started again ends in the same bytes as one that was left alone."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.e2e.test_pipeline import everything
from tests.footage import left_right_clips

pytestmark = pytest.mark.soak
KILLS = 6


def command(root: Path, out: Path) -> list[str]:
    return [
        str(Path(sys.executable).with_name("echo-bench")), "run", "--dataset", "folder", "--root", str(root),
        "--layout", "left-right", "--metrics", "psnr@piq,ssim@piq", "--out", str(out), "--store", str(out / "store"),
        "--workers", "2", "--no-report",
    ]  # fmt: skip


def alive(group: int) -> bool:
    """Whether any process of a process group is left."""
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def test_killed_at_random_moments(tmp_path):
    root = left_right_clips(tmp_path / "clips", tuple("abcdef"), 4.0)
    started = time.perf_counter()
    subprocess.run(command(root, tmp_path / "whole"), check=True, capture_output=True)
    seconds = time.perf_counter() - started
    rng = random.Random(0)
    for attempt in range(KILLS):
        out = tmp_path / f"killed{attempt}"
        run = subprocess.Popen(
            command(root, out), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
        )
        time.sleep(rng.uniform(0.1, 0.9) * seconds)
        os.kill(run.pid, signal.SIGKILL)  # the run alone: its workers must notice by themselves
        run.wait()
        deadline = time.monotonic() + 20
        while alive(run.pid) and time.monotonic() < deadline:
            time.sleep(0.2)
        assert not alive(run.pid), "workers outlived the run that started them"
        again = subprocess.run(command(root, out), check=False, capture_output=True, text=True)
        assert again.returncode == 0, again.stderr
        assert everything(out) == everything(tmp_path / "whole"), f"kill {attempt}"

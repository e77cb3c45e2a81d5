"""`echo-bench demo`: the main job on data that comes with the suite."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from echo_bench.cli.demo_command import TRAINED
from echo_bench.methods import ALWAYS

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def demo(tracker_weights, tmp_path_factory) -> tuple[Path, subprocess.CompletedProcess[str]]:
    """As the README says: with the tracker and no other weights."""
    out, weights = tmp_path_factory.mktemp("demo"), tmp_path_factory.mktemp("weights")
    shutil.copy(tracker_weights, weights)
    tool = Path(sys.executable).with_name("echo-bench")
    env = os.environ | {"ECHO_BENCH_WEIGHTS": str(weights)}
    return out, subprocess.run([tool, "demo", "--out", out], capture_output=True, text=True, check=False, env=env)


def test_ends_well_and_names_its_folder(demo):
    out, done = demo
    assert done.returncode == 0, done.stderr
    assert f"results, plots and page are in {out}" in done.stderr
    assert "ground-truth" in done.stdout
    assert (out / "report" / "index.html").is_file()
    assert len(list((out / "report" / "media").glob("*.mp4"))) >= 4 * 5


def test_every_row_is_there_with_full_coverage(demo):
    out, _ = demo
    results = {path.stem: json.loads(path.read_text())["result"] for path in (out / "results").iterdir()}
    assert set(results) == {*ALWAYS, *TRAINED}
    for result in results.values():
        assert result["failures"] == []
        assert all(s["n"] == 4 for s in result["scores"] if s["status"] == "ok")


def test_what_is_known_of_the_truth_is_measured(demo):
    """Rendered people speak in sync, every face is found, and motion rows are rendered so that pixels are scored too."""
    out, _ = demo
    scores = {
        path.stem: {s["metric"]: s["value"] for s in json.loads(path.read_text())["result"]["scores"]}
        for path in (out / "results").iterdir()
    }
    truth = scores["ground-truth"]
    assert abs(truth["av_offset@eb1-landmark"]) <= 1
    assert scores["shifted-audio"]["av_offset@eb1-landmark"] == truth["av_offset@eb1-landmark"] - 5
    assert truth["track_coverage@tracker"] >= 0.995
    assert scores["mirror"]["psnr@piq"] is not None
    for metric in ("psnr@piq", "ssim@piq"):
        assert truth[metric] == max(row[metric] for row in scores.values() if row[metric] is not None)
    for metric in ("mse_exp@dim-tracker", "mse_pose@dim-tracker", "fd_exp@dim-tracker"):
        assert truth[metric] == min(row[metric] for row in scores.values() if row[metric] is not None)

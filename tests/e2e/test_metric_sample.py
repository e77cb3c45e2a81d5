"""The sample package of a metric of one's own: built, installed beside the suite, listed, and tested by its own tests."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SAMPLE = Path(__file__).resolve().parents[2] / "examples" / "echo-metric-sample"
ID = "head_travel@sample-native"


@pytest.fixture(scope="module")
def installed(tmp_path_factory) -> tuple[Path, dict[str, str]]:
    """The package's own folder, and an environment in which it is installed."""
    folder = tmp_path_factory.mktemp("sample")
    source, site = folder / "source", folder / "site"
    shutil.copytree(SAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "*.lock"))
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(site), str(source)]
    subprocess.run(install, check=True)
    paths = [str(site), *filter(None, [os.environ.get("PYTHONPATH")])]
    return source, {**os.environ, "PYTHONPATH": os.pathsep.join(paths)}


def suite(installed: tuple[Path, dict[str, str]], *options: str) -> subprocess.CompletedProcess[str]:
    folder, env = installed
    command = [sys.executable, "-m", "pytest", "-q", "-p", "echo_bench.pytest_plugin", *options, "tests"]
    return subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True)


@pytest.mark.slow
def test_its_own_tests_pass(installed):
    done = suite(installed)
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


@pytest.mark.slow
def test_its_tests_fail_when_its_metric_is_broken(installed):
    module = Path(installed[1]["PYTHONPATH"].split(os.pathsep)[0]) / "echo_metric_sample" / "__init__.py"
    right = module.read_text("utf-8")
    module.write_text(right.replace("return abs(pred - truth)", "return pred - truth"), "utf-8")
    try:
        done = suite(installed, "-k", "contract")
    finally:
        module.write_text(right, "utf-8")
    assert done.returncode == 1
    assert f"{ID} breaks symmetry" in done.stdout


@pytest.mark.slow
def test_the_suite_finds_it_by_its_entry_point(installed):
    code = "from echo_bench.metrics import METRICS; print(METRICS.origin('head_travel@sample-native'))"
    done = subprocess.run([sys.executable, "-c", code], env=installed[1], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "echo-metric-sample"

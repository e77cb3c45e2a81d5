"""The sample package of a metric of one's own: built and installed beside the suite's wheel in a fresh environment, listed, and tested
by its own tests with the plug-in that the wheel brings.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SAMPLE = ROOT / "examples" / "echo-metric-sample"
ID = "head_travel@sample-native"
pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Fresh:
    """An environment of its own: suite and sample are installed there, their dependencies are those of the present one."""

    python: Path
    site: Path
    source: Path

    def run(self, *command: str) -> subprocess.CompletedProcess[str]:
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        done = subprocess.run(
            [self.python, *command], check=False, cwd=self.source, env=env, capture_output=True, text=True
        )
        assert done.returncode in (0, 1), done.stderr
        return done


@pytest.fixture(scope="module")
def fresh(tmp_path_factory) -> Fresh:
    folder = tmp_path_factory.mktemp("fresh")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder / "venv")], check=True)
    python = folder / "venv" / "bin" / "python"
    paths = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
    site = Path(sysconfig.get_path("purelib", vars=paths))
    source = folder / "source"
    shutil.copytree(SAMPLE, source, ignore=shutil.ignore_patterns("__pycache__", "*.lock"))
    install = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet", "--no-deps"]
    subprocess.run([*install, str(ROOT), str(source)], check=True)
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    return Fresh(python, site, source)


def test_the_installed_suite_brings_the_plug_in(fresh):
    code = (
        "from importlib.metadata import distribution; import echo_bench.pytest_plugin as plugin; print(plugin.__file__);"
        "print([e.name for e in distribution('echo-bench').entry_points if e.group == 'pytest11'])"
    )
    where, names = fresh.run("-c", code).stdout.splitlines()
    assert Path(where).is_relative_to(fresh.site)
    assert names == "['echo_bench.pytest_plugin']"
    assert "--echo-baseline" in fresh.run("-m", "pytest", "--help").stdout


def test_its_own_tests_pass(fresh):
    done = fresh.run("-m", "pytest", "-q", "tests")
    assert done.returncode == 0, done.stdout
    assert "6 passed" in done.stdout


def test_its_tests_fail_when_its_metric_is_broken(fresh):
    module = fresh.site / "echo_metric_sample" / "__init__.py"
    right = module.read_text("utf-8")
    module.write_text(right.replace("return abs(pred - truth)", "return pred - truth"), "utf-8")
    try:
        done = fresh.run("-m", "pytest", "-q", "tests", "-k", "contract")
    finally:
        module.write_text(right, "utf-8")
    assert done.returncode == 1
    assert f"{ID} breaks symmetry" in done.stdout


def test_the_suite_finds_it_by_its_entry_point(fresh):
    code = f"from echo_bench.metrics import METRICS; print(METRICS.origin({ID!r}))"
    assert fresh.run("-c", code).stdout.strip() == "echo-metric-sample"

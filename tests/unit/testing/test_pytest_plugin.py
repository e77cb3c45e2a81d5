"""The plug-in as others use it: in sessions of their own."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from echo_bench.leaderboard.rebase import make_baseline
from tests.unit.leaderboard.test_gate import measured
from tests.unit.leaderboard.test_gate import run as result

pytest_plugins = ["pytester"]
ROOT = Path(__file__).resolve().parents[3]
PLUGIN = ("-p", "echo_bench.pytest_plugin", "-p", "no:cacheprovider")

BROKEN = """
from tests.unit.testing.broken import LastCounts
from echo_bench.testing.contract import assert_metric_contract

def test_metric():
    assert_metric_contract(LastCounts())
"""
GOLDEN = "def test_number(golden):\n    golden({value})\n"
FIXTURES = """
def test_dyad(echo_toy_dyad):
    clip = echo_toy_dyad(offset=2, seconds=1)
    assert clip.avatar.video.path.exists() and clip.duration == 1

def test_store(echo_feature_store):
    assert list(echo_feature_store.keys()) == []

def test_damages(echo_degradations):
    assert {"noise", "freeze", "shuffle"} <= set(echo_degradations)
"""
GATE = """
from pathlib import Path

def test_result(echo_gate):
    echo_gate(Path({path!r}))
"""


def run(pytester: pytest.Pytester, *options: str) -> pytest.RunResult:
    """A session in a process of its own: pytester unloads what a session in this one has imported, and numpy bears that badly."""
    pytester.makeconftest(f"import sys; sys.path.append({str(ROOT)!r})")
    return pytester.runpytest_subprocess(*PLUGIN, *options)


def test_fixtures(pytester):
    pytester.makepyfile(FIXTURES)
    run(pytester).assert_outcomes(passed=3)


def test_a_broken_metric_fails_the_suite_and_is_named(pytester):
    pytester.makepyfile(BROKEN)
    found = run(pytester)
    found.assert_outcomes(failed=1)
    found.stdout.fnmatch_lines(["*toy@test breaks permutation:*order must not matter*"])


def test_golden_is_kept_with_a_reason_and_then_guards(pytester):
    pytester.makepyfile(test_g=GOLDEN.format(value=1.5))
    fresh = run(pytester)
    fresh.assert_outcomes(failed=1)
    fresh.stdout.fnmatch_lines(["*nothing is kept yet*"])
    run(pytester, "--echo-update-golden", "first values").assert_outcomes(passed=1)
    run(pytester).assert_outcomes(passed=1)
    pytester.makepyfile(test_g=GOLDEN.format(value=1.6))
    run(pytester).assert_outcomes(failed=1)
    run(pytester, "--echo-update-golden", "a better tracker").assert_outcomes(passed=1)
    kept = json.loads((pytester.path / "golden" / "test_g.json").read_text("utf-8"))
    assert kept["values"] == {"test_number": {"value": 1.6}}
    assert [entry["reason"] for entry in kept["history"]] == ["first values", "a better tracker"]


def test_an_update_without_a_reason_is_refused(pytester):
    found = run(pytester, "--echo-update-golden", " ")
    assert found.ret == pytest.ExitCode.USAGE_ERROR
    found.stderr.fnmatch_lines(["*needs a reason*"])


@pytest.mark.parametrize("value", ["float('nan')", "{'a': 1.0}"])
def test_golden_refuses_what_is_no_number_and_other_names(pytester, value):
    pytester.makepyfile(test_g=GOLDEN.format(value=1.0))
    run(pytester, "--echo-update-golden", "first").assert_outcomes(passed=1)
    pytester.makepyfile(test_g=GOLDEN.format(value=value))
    run(pytester).assert_outcomes(failed=1)


@pytest.fixture
def gate(pytester):
    """A baseline, and a session whose one test hands over a result that is `shift` away from it."""
    baseline = pytester.path / "baseline.json"
    baseline.write_text(make_baseline([result(measured("psnr"))], reason="first").text(), "utf-8")

    def session(shift: float, *options: str) -> pytest.RunResult:
        path = pytester.path / "mine.json"
        path.write_text(result(measured("psnr", shift, seed=5)).text(), "utf-8")
        pytester.makepyfile(GATE.format(path=str(path)))
        return run(pytester, *options)

    return session


def test_a_baseline_turns_the_suite_into_a_gate(gate):
    gate(-0.5).assert_outcomes(passed=1)
    gate(0.0, "--echo-baseline", "baseline.json").assert_outcomes(passed=1)
    closed = gate(-0.5, "--echo-baseline", "baseline.json")
    closed.assert_outcomes(failed=1)
    closed.stdout.fnmatch_lines(["*psnr*"])


def test_a_gate_that_judges_nothing_is_closed(gate, pytester):
    assert gate(0.0, "--echo-baseline", "baseline.json", "-k", "absent").ret == pytest.ExitCode.TESTS_FAILED
    pytester.makepyfile("def test_other():\n    pass\n")
    found = run(pytester, "--echo-baseline", "baseline.json", "test_a_gate_that_judges_nothing_is_closed.py")
    assert found.ret == pytest.ExitCode.TESTS_FAILED
    found.stdout.fnmatch_lines(["*no test handed a result*"])


@pytest.mark.parametrize(("shift", "status"), [(0.0, "passed"), (-0.5, "failed")])
def test_results_judged_in_processes_count(gate, shift, status):
    found = gate(shift, "--echo-baseline", "baseline.json", "-p", "xdist", "-n", "1")
    found.assert_outcomes(**{status: 1})
    assert found.ret == (0 if status == "passed" else 1)


def test_a_baseline_that_is_not_there_is_refused(pytester):
    assert run(pytester, "--echo-baseline", "none.json").ret == pytest.ExitCode.USAGE_ERROR


def test_the_plugin_loads_nothing_heavy():
    code = "import echo_bench.pytest_plugin, sys; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not set(loaded) & {"torch", "numpy", "scipy", "av", "pandas", "pydantic", "matplotlib"}

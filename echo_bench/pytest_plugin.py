"""The pytest plug-in of echo-bench: what others test their own metrics and methods with.

Fixtures: ``echo_toy_dyad``, ``echo_feature_store``, ``echo_degradations``, ``golden``, ``echo_gate``. Options:
``--echo-update-golden REASON`` keeps new golden values, ``--echo-baseline FILE`` turns a suite into a gate: every result that a test
hands to ``echo_gate`` is judged by the baseline, and a suite that hands over none fails. The contract of metrics is
:func:`echo_bench.testing.contract.assert_metric_contract`.

pytest imports this module in every session, so it imports nothing heavy before a fixture is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from echo_bench.clip import DyadicClip
    from echo_bench.pipeline.store import FeatureStore
    from echo_bench.results.schema import ResultFile
    from echo_bench.testing.golden import Golden
    from echo_bench.validation.damages import MotionDamage

UPDATE, BASELINE = "--echo-update-golden", "--echo-baseline"
_judged = pytest.StashKey[int]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the two options."""
    group = parser.getgroup("echo-bench")
    group.addoption(UPDATE, metavar="REASON", help="Keep golden values that differ; REASON is written beside them.")
    group.addoption(BASELINE, type=Path, metavar="FILE", help="Judge the results of this suite by a baseline.")


def pytest_configure(config: pytest.Config) -> None:
    """Refuse an update without a reason and a baseline that is not there."""
    config.stash[_judged] = 0
    reason, baseline = config.getoption(UPDATE), config.getoption(BASELINE)
    if reason is not None and not reason.strip():
        raise pytest.UsageError(f"{UPDATE} needs a reason: it is what explains the new values later")
    if baseline is not None and not baseline.is_file():
        raise pytest.UsageError(f"{BASELINE}: there is no file {baseline}; `echo-bench gate --update` makes one")


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Add up the results that the processes of pytest-xdist have judged."""
    node.config.stash[_judged] += getattr(node, "workeroutput", {}).get("echo_judged", 0)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With a baseline, fail a suite that judged nothing: such a gate could never close."""
    config = session.config
    if hasattr(config, "workerinput"):
        config.workeroutput["echo_judged"] = config.stash[_judged]  # type: ignore[attr-defined]
    elif _closed_nothing(config) and session.exitstatus in (pytest.ExitCode.OK, pytest.ExitCode.NO_TESTS_COLLECTED):
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say why a suite without results fails."""
    if _closed_nothing(config):
        terminalreporter.section("echo-bench gate")
        terminalreporter.line(f"{BASELINE} was given, and no test handed a result to the fixture echo_gate")


def _closed_nothing(config: pytest.Config) -> bool:
    return config.getoption(BASELINE) is not None and not config.option.collectonly and config.stash[_judged] == 0


@pytest.fixture
def echo_toy_dyad(tmp_path: Path) -> Callable[..., DyadicClip]:
    """Make toy dyads on disk: ``echo_toy_dyad(offset=0, seconds=4.0, seed=0)``, with the sound `offset` frames late."""
    from echo_bench.testing.toy import toy_dyad

    def make(*, offset: int = 0, seconds: float = 4.0, seed: int = 0) -> DyadicClip:
        return toy_dyad(tmp_path / f"toy-{offset}-{seconds:g}", offset=offset, seconds=seconds, seed=seed)

    return make


@pytest.fixture
def echo_feature_store(tmp_path: Path) -> FeatureStore:
    """An empty feature store of this test's own."""
    from echo_bench.pipeline.store import FeatureStore

    return FeatureStore(tmp_path / "store")


@pytest.fixture
def echo_degradations() -> Mapping[str, MotionDamage]:
    """Damages to motion by name, each a function of a scene and a strength in 0..1."""
    from echo_bench.validation.damages import MOTION

    return MOTION


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Golden:
    """Compare values with those kept in ``golden/MODULE.json`` beside the test."""
    from echo_bench.testing.golden import Golden

    path = request.path.parent / "golden" / f"{request.path.stem}.json"
    return Golden(path, request.node.name, request.config.getoption(UPDATE))


@pytest.fixture
def echo_gate(pytestconfig: pytest.Config) -> Callable[[ResultFile | Path], None]:
    """Hand over a result, or its file: with ``--echo-baseline`` it is judged, and a regression fails the test."""
    baseline = pytestconfig.getoption(BASELINE)

    def judge(result: ResultFile | Path) -> None:
        if baseline is None:
            return
        from echo_bench.leaderboard.baseline import read_baseline
        from echo_bench.leaderboard.gate import check
        from echo_bench.leaderboard.gate_formats import to_text
        from echo_bench.results.schema import read_result

        verdict = check(read_baseline(baseline), read_result(result) if isinstance(result, Path) else result)
        pytestconfig.stash[_judged] += 1
        if verdict.exit_code:
            pytest.fail(to_text(verdict), pytrace=False)

    return judge

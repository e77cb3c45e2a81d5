"""What a run will cost is told from what a few of its clips did."""

from __future__ import annotations

import pytest

from echo_bench.pipeline.cost import cost, rates, remember_extraction, remember_generation, unmade, work_of
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate
from tests.e2e.test_pipeline import quiet
from tests.e2e.test_shards import piece
from tests.footage import left_right_clips


@pytest.fixture
def session(tmp_path, monkeypatch):
    """Two clips of 6 s, and no memory of other runs."""
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path / "cache"))
    root = left_right_clips(tmp_path / "clips", ("a", "b"), 6.0)
    return open_run(piece(root, tmp_path / "out", methods=("reencoded",)))


def test_nothing_is_known_at_first(session):
    found = cost(session)
    assert found["rate"] == "assumed: run a few clips (--limit) to know it; generation not known of reencoded"
    assert found["seconds_estimated"] == pytest.approx(2 * 12 * 25 / 40, rel=0.01)
    assert found["mebibytes_estimated"] == 0.0


def test_what_was_measured_is_what_is_told(session, tmp_path):
    """The seconds and bytes of a finished run, told of the same run begun anew elsewhere."""
    before = unmade(session)
    report = run_generate(session, quiet)
    remember_generation(session, before, report)
    work = make_plan(session)
    report.add(run_extract(session, work, quiet))
    remember_extraction(session, work, report)
    assert cost(session)["seconds_estimated"] == 0.0
    root = session.config.root
    again = open_run(piece(root, tmp_path / "again", methods=("reencoded",)))
    spent = report.seconds["generate.reencoded"] + report.seconds["extract.clips"]
    told = cost(again)
    assert told["seconds_estimated"] == pytest.approx(spent, rel=0.01, abs=0.1)
    written = sum(p.stat().st_size for part in ("artefacts", "store") for p in (tmp_path / "out" / part).rglob("*.*"))
    assert told["mebibytes_estimated"] == pytest.approx(written / 2**20, rel=0.05, abs=0.1)
    assert told["rate"] == "measured here"


def test_other_metrics_are_other_work(session, tmp_path):
    other = open_run(piece(session.config.root, tmp_path / "other", methods=("reencoded",), metrics=("ssim@piq",)))
    assert work_of(other) != work_of(session)
    assert work_of(open_run(session.config)) == work_of(session)


def test_a_short_run_says_nothing(session):
    short = open_run(session.config.model_copy(update={"limit": 1}))
    remember_generation(short, unmade(short), Report())
    assert rates().generate == {}

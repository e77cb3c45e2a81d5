"""FVD and LPIPS through the whole path with random weights: the truth is at 0, halves of equal size compare, odd ones are refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from echo_bench.nets.lpips import Lpips
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score
from echo_bench.results.schema import ScorePart
from tests.footage import left_right_clips
from tests.nets import randomised
from tests.random_weights import install
from tests.unit.extractors.test_picture_nets import Detector

FVD, LPIPS = "fvd@styleganv-crop224-pm1-t16s1", "lpips@squeeze"
METHODS = ("ground-truth", "ground-truth-halves", "static")


@pytest.fixture(scope="module", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Random ones; the pipeline's extractors are made anew, before and after."""
    from echo_bench.pipeline.jobs import extractor

    state = randomised(Lpips("squeeze"))
    states = {
        "i3d-styleganv": torch.jit.script(Detector()),
        "squeezenet": {name: value for name, value in state.items() if name.startswith("features.")},
        "lpips-squeeze": {name: value.abs() for name, value in state.items() if name.startswith("lin")},
    }
    extractor.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path_factory.mktemp("weights"), states)
        yield
    extractor.cache_clear()


def scores(out: Path, clips: int) -> dict[tuple[str, str], ScorePart]:
    """(method, metric) -> score on so many clips of two windows."""
    root = left_right_clips(out / "clips", tuple("abcdef"[:clips]), 1.4)
    options = RunConfig(
        dataset="folder", root=root, layout="left-right", methods=METHODS, always=False, metrics=(FVD, LPIPS), out=out,
        store=out / "store",
    )  # fmt: skip
    session = open_run(options)
    report = run_generate(session, lambda _: None)
    report.add(run_extract(session, make_plan(session), lambda _: None))
    results = run_score(session, report, lambda _: None)
    return {(file.result.method.name, score.metric): score for file in results for score in file.result.scores}


def test_four_clips(tmp_path):
    found = scores(tmp_path, 4)
    for metric in (FVD, LPIPS):
        truth, static = found["ground-truth", metric], found["static", metric]
        assert (truth.status, static.status) == ("ok", "ok")
        assert truth.value == pytest.approx(0, abs=1e-9 * (static.value or 0))
        assert (static.value or 0) > 0
        assert (truth.n, truth.n_expected) == (4, 4)
    assert found["ground-truth-halves", FVD].status == "ok"
    assert any("of the value may be bias" in text for text in found["static", FVD].warnings)
    assert "|T:16|s:1|" in found["static", FVD].signature


def test_halves_of_three_clips_are_refused(tmp_path):
    halves = scores(tmp_path, 3)["ground-truth-halves", FVD]
    assert (halves.status, halves.value) == ("failed", None)
    assert (
        "2 windows of prediction against 4 of truth" in halves.reason
        or "4 windows of prediction against 2 of truth" in halves.reason
    )

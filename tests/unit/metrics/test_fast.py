"""The fast policy: the same metric on features of its own, under an id of its own, which no board takes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from echo_bench.errors import ResultError, UnknownNameError
from echo_bench.extractors import FAST
from echo_bench.leaderboard.build import boards, build
from echo_bench.metrics import METRICS
from echo_bench.metrics.fast import is_fast, metric_of
from echo_bench.nets.lpips import Lpips
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.jobs import extractor
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import ResultFile
from tests.byhand import result, score
from tests.footage import left_right_clips
from tests.nets import randomised
from tests.random_weights import install

LPIPS = "lpips@squeeze"


@pytest.fixture(scope="module", autouse=True)
def _weights(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    state = randomised(Lpips("squeeze"))
    states = {
        "squeezenet": {name: value for name, value in state.items() if name.startswith("features.")},
        "lpips-squeeze": {name: value.abs() for name, value in state.items() if name.startswith("lin")},
    }
    extractor.cache_clear()
    with pytest.MonkeyPatch.context() as patch:
        install(patch, tmp_path_factory.mktemp("weights"), states)
        yield
    extractor.cache_clear()


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> tuple[ResultFile, Path]:
    """A still picture against the truth, by both policies."""
    out = tmp_path_factory.mktemp("run")
    root = left_right_clips(out / "clips", ("a", "b"), 0.4)
    options = RunConfig(
        dataset="folder", root=root, layout="left-right", methods=("static",), always=False, metrics=(LPIPS, LPIPS + FAST),
        out=out, store=out / "store",
    )  # fmt: skip
    session = open_run(options)
    report = run_generate(session, lambda _: None)
    report.add(run_extract(session, make_plan(session), lambda _: None))
    (found,) = run_score(session, report, lambda _: None)
    return found, out / "store"


def test_the_value_is_near_the_reported_one_and_is_another(scored):
    reported, fast = (scored[0].result.score(name) for name in (LPIPS, LPIPS + FAST))
    assert reported.status == fast.status == "ok"
    assert fast.value == pytest.approx(reported.value, rel=0.05)
    assert fast.value != reported.value, "float32 under another name"
    assert "arithmetic:bf16" in fast.signature
    assert "arithmetic" not in reported.signature


def test_features_of_the_two_are_kept_apart(scored):
    store = FeatureStore(scored[1])
    rows = [store.get(path.stem)["lpips"] for path in store.place.rglob("*.safetensors")]
    assert len(rows) == 4, "two clips by two policies"
    assert all(row.dtype == np.float32 for row in rows)


def test_no_board_takes_it(scored):
    with pytest.raises(ResultError, match=r"lpips@squeeze\+fast of 'static' was computed by the fast policy"):
        boards([scored[0]])
    with pytest.raises(ResultError, match="fast policy"):
        build([result("a", score("psnr", 30.0), score("fid@pytorch-fid+fast", 2.0))])
    assert build([result("a", score("psnr", 30.0))]).rows


@pytest.mark.parametrize("name", ["psnr@piq", "fd_exp@dim-tracker", "fd_exp@dim-native"])
def test_what_uses_no_net_has_no_fast_id(name):
    with pytest.raises(UnknownNameError, match=f"{name} uses no net"):
        metric_of(name + FAST)


def test_only_nets_are_renamed():
    fast = metric_of("lse_c@syncnet-v2-memory" + FAST)
    assert fast.info.requires == ("pred:syncnet-lip+fast", "pred:syncnet-audio+fast")
    assert metric_of(LPIPS) is METRICS.get(LPIPS)
    assert not any(is_fast(name) for name in METRICS)


def test_an_unknown_metric_is_named_with_its_neighbours():
    with pytest.raises(UnknownNameError, match="lpips@sqeeze"):
        metric_of("lpips@sqeeze" + FAST)

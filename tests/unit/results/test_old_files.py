"""Result files of earlier schema versions keep loading."""

from __future__ import annotations

import json

import pytest

from echo_bench.clip import Status
from echo_bench.metrics.base import MeanStat
from echo_bench.metrics.pixels import PSNR
from echo_bench.pipeline.rows import Row
from echo_bench.pipeline.score import scores_of
from echo_bench.results.provenance import clips_sha256
from echo_bench.results.schema import read_result
from tests.byhand import result, score


def test_a_file_of_schema_1_0_has_no_replicates(tmp_path):
    data = json.loads(result("a", score("psnr", 30.0, 1.0)).text())
    data["result"]["schema_version"] = "1.0"
    for each in data["result"]["scores"]:
        del each["replicates"]
    path = tmp_path / "old.json"
    path.write_text(json.dumps(data))
    assert read_result(path).result.scores[0].replicates == ()


def test_a_file_from_before_1_2_is_written_as_it_was_and_one_of_1_2_says_which_clips(tmp_path):
    old = result("a", score("psnr", 30.0, 1.0))
    assert "clips_sha256" not in old.text()
    new = result("a", score("psnr", 30.0, 1.0, clips_sha256="ab"))
    path = tmp_path / "new.json"
    path.write_text(new.text())
    assert read_result(path) == new
    assert old.deterministic_bytes() != new.deterministic_bytes()


def test_scores_say_of_which_clips_they_are():
    ok = dict.fromkeys("abc", Status.OK)
    same, other, none = (
        scores_of([PSNR], [Row("m", c, c, "psnr@piq", s, 30.0, MeanStat(1, 30.0)) for c, s in statuses.items()], {})[0]
        for statuses in (ok, ok | {"a": Status.SKIPPED}, dict.fromkeys("abc", Status.SKIPPED))
    )
    assert same.clips_sha256 == clips_sha256("cba")
    assert other.clips_sha256 == clips_sha256("bc")
    assert none.clips_sha256 == ""


@pytest.mark.parametrize(
    ("one", "other", "alike"),
    [("x", "x", True), ("x", "y", False), ("x", "", True), ("", "", True)],
)
def test_clips_are_the_same_unless_both_say_otherwise(one, other, alike):
    a, b = (score("psnr", 30.0, clips_sha256=text) for text in (one, other))
    assert a.of_same_clips(b) is alike
    assert not a.of_same_clips(b.model_copy(update={"n": a.n - 1}))

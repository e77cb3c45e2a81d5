"""Two methods side by side: pairs of clips, pairs of replicates, and the three ways to write them down."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from echo_metrics.statistics import deal, delete_groups

from echo_bench.errors import ResultError, UnknownNameError
from echo_bench.leaderboard.compare import compare
from echo_bench.leaderboard.compare_formats import to_json, to_markdown, to_text
from tests.byhand import result, score

CLIPS = 12
EASY = np.random.default_rng(0).normal(size=CLIPS)


def rows(**methods: np.ndarray) -> pd.DataFrame:
    """Rows of one mean metric; a NaN is a clip without a value. And rows of a set metric, whose clips have none."""
    table = [
        {"method": name, "clip": f"c{i:02d}", "cluster": f"d{i}", "metric": metric, "status": "ok", "value": value}
        for name, values in methods.items()
        for metric, each in (("psnr", values), ("fid", np.full(CLIPS, np.nan)))
        for i, value in enumerate(each)
    ]
    return pd.DataFrame(table)


def whole(name: str, values: np.ndarray, **given: object):
    """A result whose `fid` is a value of the whole set, with its replicates."""
    kept = delete_groups(
        lambda keep: float(values[keep].mean()), deal(CLIPS, groups=CLIPS), groups=CLIPS, clusters=CLIPS
    )
    counts = {"n": CLIPS, "n_clusters": CLIPS, "replicates": kept.without, "aggregation": "set"}
    return result(name, score("psnr", float(values.mean())), score("fid", kept.value, **{**counts, **given}))


NOISE = np.random.default_rng(1).normal(size=CLIPS)
A, B = EASY + 1 + 0.1 * NOISE, EASY


def found():
    return {d.metric: d for d in compare(rows(a=A, b=B), [whole("a", A), whole("b", B)], "a", "b")}


def test_clips_and_sets_are_compared_in_pairs():
    both = found()
    for each in both.values():
        assert each.difference == pytest.approx((A - B).mean())
        assert each.interval.lo < each.difference < each.interval.hi
        assert each.interval.hi - each.interval.lo < 0.3, "what the clips share is gone"
        assert each.p <= each.p_holm < 0.01
    assert both["psnr"].effect == pytest.approx((A - B).mean() / (A - B).std(ddof=1))
    assert both["psnr"].most_different[0] == f"c{int(np.abs(A - B).argmax()):02d}"
    assert (both["fid"].effect, both["fid"].most_different) == (None, ())


def test_only_clips_that_both_have_count():
    torn = A.copy()
    torn[3] = np.nan
    (psnr, *_) = compare(rows(a=torn, b=B), [whole("a", A), whole("b", B)], "a", "b")
    assert psnr.clips == CLIPS - 1
    assert psnr.difference == pytest.approx(np.delete(A - B, 3).mean())


@pytest.mark.parametrize("given", [{"n": CLIPS - 1}, {"replicates": ()}, {"n_clusters": 5}])
def test_sets_of_other_clips_are_not_compared(given):
    names = {d.metric for d in compare(rows(a=A, b=B), [whole("a", A), whole("b", B, **given)], "a", "b")}
    assert names == {"psnr"}


def test_sets_of_as_many_but_other_clips_are_not_compared():
    """Each method failed on one clip, and not on the same one."""
    table = rows(a=A, b=B)
    table.loc[(table["method"] == "a") & (table["clip"] == "c00"), "status"] = "failed"
    table.loc[(table["method"] == "b") & (table["clip"] == "c01"), "status"] = "failed"
    short = [whole("a", A, n=CLIPS - 1), whole("b", B, n=CLIPS - 1)]
    assert [d.metric for d in compare(table, short, "a", "b")] == ["psnr"]


@pytest.mark.parametrize(
    ("given", "ahead"),
    [
        ({"direction": "higher"}, "A"),
        ({"direction": "lower"}, "B"),
        ({"direction": "target", "target": 0.0}, "B"),
        ({"direction": "target", "target": 9.0}, "A"),
        ({"direction": "target", "target": None}, ""),
        ({"direction": "none"}, ""),
    ],
)
def test_who_is_ahead_goes_by_the_direction(given, ahead):
    """A is greater by one."""
    sides = [result(name, score("psnr", float(v.mean()), **given)) for name, v in (("a", A + 3), ("b", B + 3))]
    (psnr, *_) = compare(rows(a=A + 3, b=B + 3), sides, "a", "b")
    assert psnr.ahead == ahead
    same = compare(rows(a=A, b=A), sides, "a", "b")[0]
    assert same.ahead == ""


def test_refusals():
    both = [whole("a", A), whole("b", B)]
    with pytest.raises(UnknownNameError, match="no method 'x'"):
        compare(rows(a=A, b=B), both, "a", "x")
    with pytest.raises(ResultError, match="no clip in common"):
        compare(rows(a=A, b=np.full(CLIPS, np.nan)), [], "a", "b")


def test_written_down():
    differences = list(found().values())
    assert to_text(differences).startswith("psnr ")
    data = json.loads(to_json("a", "b", differences))
    assert [each["metric"] for each in data["differences"]] == ["psnr", "fid"]
    text = to_markdown("a|<b>", "b", differences)
    assert "### a\\|&lt;b&gt; minus b" in text
    table = [line for line in text.split("\n") if line.startswith("|")]
    assert {line.count("|") for line in table} == {11}

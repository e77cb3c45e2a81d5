"""Ranks with intervals and tie groups on a board, from paired comparisons of all rows."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError
from echo_metrics.statistics import deal, delete_groups, ranks_from_pairs

from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.formats import to_csv, to_json, to_markdown
from echo_bench.leaderboard.standing import Standing, standings
from tests.byhand import result, score

DYADS = 24
SHARED = 3 * np.random.default_rng(9).normal(size=DYADS)


def measured(shift, seed, metric="psnr", dyads=DYADS, **given):
    """A mean over clips of shared difficulty."""
    values = 30 + SHARED[:dyads] + shift + 0.3 * np.random.default_rng(seed).normal(size=dyads)
    groups = min(20, dyads)
    kept = delete_groups(lambda keep: values[keep].mean(), deal(dyads, groups=groups), groups=groups, clusters=dyads)
    counts = {"n": dyads, "n_expected": dyads, "n_clusters": dyads, "replicates": kept.without}
    return score(metric, kept.value, 1.2, **{**counts, **given})


def column(**given):
    """One clear winner, two that are the same, one clear loser; every interval overlaps the next one's."""
    return {name: measured(s, i, **given) for i, (name, s) in enumerate({"a": 1, "b": 0, "c": 0.02, "d": -1}.items())}


def test_pairs_tell_apart_what_overlapping_intervals_cannot():
    found = standings(column())
    assert (found["a"].rank, found["a"].best, found["a"].worst, found["a"].letters) == (1, 1, 1, "a")
    assert {(found[name].best, found[name].worst, found[name].letters) for name in "bc"} == {(2, 3, "b")}
    assert found["d"] == Standing(4, 4, 4, "c")


def test_lower_is_better_turns_the_order_round():
    found = standings(column(direction="lower"))
    assert [found[name].rank for name in "ad"] == [4, 1]
    assert found["d"].letters == "a"


def test_a_target_ranks_by_distance():
    found = standings(column(direction="target", target=31.0 + SHARED.mean()))
    assert found["a"].rank == 1
    assert found["d"].rank == 4


@pytest.mark.parametrize("change", [{"dyads": 4}, {"replicates": ()}])
def test_nothing_is_claimed_without_a_test(change):
    assert standings(column(**change)) == {}
    assert standings({"a": measured(0, 0)}) == {}


def board_of(*clips: str):
    """Four rows, each of clips of its own."""
    rows = zip(column().items(), clips, strict=True)
    return build(
        [
            result(name, each.model_copy(update={"clips_sha256": of}), split={"n_expected": DYADS})
            for (name, each), of in rows
        ]
    )


def test_rows_of_other_clips_are_neither_ranked_nor_compared():
    """As many are not enough."""
    assert standings({"a": measured(1, 0, clips_sha256="x"), "b": measured(0, 1, clips_sha256="y")}) == {}
    board = board_of("x", "x", "y", "x")
    assert board.columns[0].why == "the ranked rows have different clips"
    assert [(row.rank, row.cells[0].standing, row.cells[0].leading) for row in board.rows] == [(None, None, False)] * 4
    assert "not counted (the ranked rows have different clips)" in to_markdown(board)


def test_what_older_results_do_not_say_is_taken_for_the_same():
    found = board_of("x", "x", "x", "x")
    assert found.columns[0].counted
    for clips in (("", "x", "x", ""), ("", "", "", "")):
        board = board_of(*clips)
        assert [row.cells[0].standing for row in board.rows] == [row.cells[0].standing for row in found.rows]


def test_truth_of_other_clips_is_not_beaten():
    def flags(clips: str) -> tuple[str, ...]:
        truth = result("ground-truth", measured(-9, 8, clips_sha256="x"), uses_truth=True, split={"n_expected": DYADS})
        ours = result("a", measured(0, 1, clips_sha256=clips), split={"n_expected": DYADS})
        return build([truth, ours]).columns[0].flags

    assert len(flags("x")) == 1
    assert flags("y") == ()


def test_a_board_shows_them_for_ranked_rows_alone():
    files = [result(name, each, split={"n_expected": DYADS}) for name, each in column().items()]
    truth = result("ground-truth", measured(5, 8), uses_truth=True, split={"n_expected": DYADS})
    board = build([truth, *files])
    assert [row.cells[0].standing is None for row in board.rows] == [True, False, False, False, False]
    assert "\\#1 (1 to 1) a" in to_markdown(board)
    assert "share a letter" in "".join(board.notes)
    table = {row["method"]: row for row in csv.DictReader(io.StringIO(to_csv(board)))}
    assert (table["d"]["metric_rank"], table["d"]["rank_lo"], table["d"]["tie_groups"]) == ("4", "4", "c")
    standing = json.loads(to_json(board))["rows"][-1]["cells"][0]["standing"]
    assert standing == {"rank": 4, "best": 4, "worst": 4, "letters": "c"}


def test_ranks_from_pairs_refuse_tables_that_do_not_fit():
    with pytest.raises(MetricInputError, match=r"symmetric \(2, 2\) table"):
        ranks_from_pairs([1.0, 2.0], [[1, 0.2], [0.3, 1]])
    with pytest.raises(MetricInputError, match="costs"):
        ranks_from_pairs([1.0, np.nan], np.ones((2, 2)))

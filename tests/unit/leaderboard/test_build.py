"""Who stands where on a board, and why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.errors import ResultError
from echo_bench.leaderboard.board import Board, Group
from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.ranking import cost_interval, leading, places, tied_ranks
from tests.byhand import failure, interval, result, score


def names(board: Board) -> list[str]:
    return [row.method.name for row in board.rows]


def ranks(board: Board) -> dict[str, int | None]:
    return {row.method.name: row.rank for row in board.rows}


def three(**last: object) -> list:
    """Ground truth and three methods over two metrics: b wins both, a and c split the rest."""
    return [
        result("a", score("psnr", 30.0, 0.5), score("fd", 2.0, 0.1, direction="lower")),
        result("ground-truth", score("psnr", 99.0), score("fd", 0.0, direction="lower"), uses_truth=True),
        result("b", score("psnr", 35.0, 0.5), score("fd", 1.0, 0.1, direction="lower")),
        result("c", score("psnr", 29.0, 0.5), score("fd", 1.5, 0.1, direction="lower"), **last),
    ]


def test_yardsticks_first_then_ranked_by_mean_rank():
    board = build(three())
    assert names(board) == ["ground-truth", "b", "a", "c"]
    assert ranks(board) == {"ground-truth": None, "b": 1, "a": 2, "c": 2}, "a and c: mean rank 2.5 each"
    assert [column.metric for column in board.columns] == ["psnr", "fd"]


def test_partial_and_limited_and_declared_rows_come_last_with_the_reason():
    for given_part, reason in (
        ({"partial": True}, "partial run"),
        ({"split": {"limit": 2}}, "first 2 clips"),
        ({"unranked": "outputs are missing for 1 clip"}, "outputs are missing"),
    ):
        board = build(three(**given_part))
        assert names(board)[-1] == "c"
        assert board.rows[-1].group == Group.UNRANKED
        assert reason in board.rows[-1].why
        assert ranks(board)["a"] == 2, "c no longer takes part in the ranks"


def test_a_row_below_full_coverage_is_shown_and_not_ranked():
    short = result("d", score("psnr", 60.0, n=5), score("fd", 0.5, direction="lower"), failures=(failure("x"),))
    board = build([*three(), short])
    assert board.rows[-1].method.name == "d"
    assert board.rows[-1].why == "below full coverage: psnr 5 of 6"
    assert board.rows[-1].rank is None


def test_a_failed_metric_unranks_the_row_and_a_skipped_one_uncounts_the_metric():
    failed = score("psnr", None, status="failed", reason="no face", n_skipped=0)
    assert build([result("a", failed, score("fd", 1.0))]).rows[0].why == "below full coverage: psnr 0 of 6"
    board = build([*three(), result("m", score("psnr", None), score("fd", 0.9, direction="lower"))])
    assert (board.columns[0].counted, board.columns[0].why) == (False, "skipped for m")
    assert ranks(board)["m"] == 1


def test_a_row_without_any_value_is_not_ranked_and_keeps_no_metric_from_counting():
    board = build([*three(), result("mute", score("psnr", None), score("fd", None, direction="lower"))])
    assert board.rows[-1].why == "no value: skipped, needs pixels; the method gives motion"
    assert [column.counted for column in board.columns] == [True, True]


def test_an_id_that_all_skip_is_a_note_and_no_column():
    why = "the weights 'inception' are not here -> run: echo-bench weights fetch inception"
    absent = [score(metric, None, reason=why) for metric in ("fid@a", "kid@a")]
    voiceless = score("lse", None, reason="needs the sound of the user")
    board = build([result(name, score("psnr", 30.0), *absent, voiceless) for name in ("a", "b")])
    assert [column.metric for column in board.columns] == ["psnr"]
    assert [note for note in board.notes if note.startswith("Not measured")] == [
        f"Not measured: fid@a, kid@a ({why}).",
        "Not measured: lse (needs the sound of the user).",
    ]
    assert ranks(board) == {"a": 1, "b": 1}


def test_why_an_id_was_not_measured_is_not_told_by_yardsticks():
    halves = result("halves", score("psnr", 80.0), score("fid", None, reason="sets only"), uses_truth=True)
    others = [result(name, score("psnr", 30.0), score("fid", None, reason="no weights")) for name in ("a", "b")]
    assert "Not measured: fid (no weights)." in build([halves, *others]).notes
    assert "Not measured: fid (sets only)." in build([halves, result("a", score("psnr", 30.0))]).notes


def test_an_id_that_one_has_keeps_its_column():
    board = build([result("a", score("fid", 1.0)), result("b", score("fid", None), score("psnr", 3.0))])
    assert [column.metric for column in board.columns] == ["fid", "psnr"]
    assert not [note for note in board.notes if note.startswith("Not measured")]


def test_skipped_clips_do_not_count_against_coverage_but_must_be_the_same_ones():
    part = score("psnr", 30.0, n=4, n_skipped=2)
    board = build([result("a", part), result("b", part)])
    assert ranks(board) == {"a": 1, "b": 1}
    board = build([result("a", part), result("b", score("psnr", 31.0))])
    assert board.columns[0].why == "the ranked rows have different numbers of clips"


def test_target_metrics_rank_by_distance_and_without_a_target_are_descriptive():
    def offset(value: float, target: float | None) -> object:
        return score("offset", value, direction="target", target=target)

    board = build([result("late", offset(-5.0, 0.0)), result("good", offset(1.0, 0.0))])
    assert ranks(board) == {"good": 1, "late": 2}
    board = build([result("late", offset(-5.0, None)), result("good", offset(1.0, None))])
    assert not board.columns[0].counted
    assert ranks(board) == {"late": None, "good": None}
    assert "not ordered" in board.notes[0]


def test_descriptive_metrics_never_rank():
    board = build([result("a", score("var", 1.0, direction="none")), result("b", score("var", 2.0, direction="none"))])
    assert board.columns[0].why == "descriptive: no direction"
    assert set(ranks(board).values()) == {None}


def test_different_signatures_are_not_ranked_together():
    board = build([result("a", score("sid", 1.0, signature="K:40")), result("b", score("sid", 2.0, signature="K:20"))])
    assert board.columns[0].why == "the ranked rows have different signatures"


@pytest.mark.parametrize("field", ["dataset", "version", "split", "manifest_sha256"])
def test_refuses_results_of_different_splits(field):
    with pytest.raises(ResultError, match=f"not comparable: {field}"):
        build([result("a", score("psnr", 1.0)), result("b", score("psnr", 1.0), split={field: "other"})])


def test_refuses_nothing_twice_the_same_and_two_meanings_of_one_id():
    with pytest.raises(ResultError, match="no result"):
        build([])
    with pytest.raises(ResultError, match="two results"):
        build([result("a", score("x", 1.0)), result("a", score("x", 1.0))])
    with pytest.raises(ResultError, match="direction 'lower' here and 'higher' elsewhere"):
        build([result("a", score("psnr", 1.0)), result("b", score("psnr", 1.0, direction="lower"))])


def test_ground_truth_that_does_not_win_flags_the_metric():
    board = build([result("ground-truth", score("lse-c", 5.0), uses_truth=True), result("a", score("lse-c", 6.0))])
    (flag,) = board.columns[0].flags
    assert "ground truth does not win: a has 6.000, ground truth 5.000" in flag
    assert any("lse-c is flagged" in note for note in board.notes)
    assert board.rows[1].rank == 1, "the method is not punished"
    assert not build(three()).columns[0].flags


def test_rounding_is_no_win_over_ground_truth():
    """A distance that is 0 but for rounding, in a column whose values reach hundreds."""
    near = {"direction": "lower", "unit": ""}
    truth = result("ground-truth", score("fd", 2.9e-7, **near), uses_truth=True)
    rows = [truth, result("a", score("fd", 2.3e-7, **near)), result("b", score("fd", 813.0, **near))]
    assert not build(rows).columns[0].flags
    assert (
        build([truth, result("a", score("fd", 1e-7, **near)), result("b", score("fd", 8.0, **near))]).columns[0].flags
    )


def test_ground_truth_is_not_judged_against_rows_of_fewer_clips_or_on_descriptive_metrics():
    truth = result("ground-truth", score("psnr", 5.0), score("var", 1.0, direction="none"), uses_truth=True)
    board = build([truth, result("a", score("psnr", 6.0, n=3), score("var", 9.0, direction="none"))])
    assert not any(column.flags for column in board.columns)


def test_leading_marks_what_cannot_be_told_from_the_best():
    scores = [score("x", 10.0, 1.0), score("x", 9.0, 1.0), score("x", 5.0, 1.0)]
    assert leading(scores) == [True, True, False]
    assert leading(scores[:2]) == [False, False], "nothing is separated, so nothing stands out"
    assert leading([score("x", 10.0), score("x", 5.0)]) == [False, False], "no interval, no claim"
    ranged = [score("x", 10.0, interval=interval(9.9, 10.1, level=None)), score("x", 1.0, 0.1)]
    assert leading(ranged) == [False, False], "a plain range is not an interval"


def test_cost_interval_of_a_target_metric():
    def aimed(value: float) -> tuple[float, float] | None:
        return cost_interval(score("x", value, 1.0, direction="target", target=0.0))

    assert aimed(-5.0) == aimed(5.0) == (4.0, 6.0)
    assert aimed(0.5) == (0.0, 1.5)
    assert cost_interval(score("x", 3.0, 1.0)) == (-4.0, -2.0)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=12))
def test_ranks_sum_and_places_agree(costs):
    n = len(costs)
    tied = tied_ranks([float(c) for c in costs])
    assert sum(tied) == pytest.approx(n * (n + 1) / 2)
    assert [p == 1 for p in places(tied)] == [c == min(costs) for c in costs]


@given(st.permutations(range(4)))
def test_the_order_of_the_files_changes_no_rank(order):
    files = three()
    assert ranks(build([files[i] for i in order])) == ranks(build(files))

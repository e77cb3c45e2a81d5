"""What is measured and what is delivered never share a board."""

from __future__ import annotations

import json

import pytest

from echo_bench.cli.steps import board_step
from echo_bench.errors import ResultError
from echo_bench.leaderboard.board import Board, Kind
from echo_bench.leaderboard.build import boards, build
from echo_bench.leaderboard.formats import to_json, to_markdown
from echo_bench.results.schema import ResultFile
from tests.byhand import result, score


def both(name: str, pixels: float, motion: float | None, **given: object) -> ResultFile:
    """A method with a measured id and a native one; without motion the latter is skipped."""
    return result(name, score("psnr@piq", pixels), score("fd_exp@dim-native", motion, direction="lower"), **given)


RESULTS = (
    both("ground-truth", 80.0, 0.0, uses_truth=True),
    both("a", 30.0, 2.0),
    both("b", 35.0, None),
    both("c", 20.0, 1.0),
)


def columns(board: Board) -> list[str]:
    return [column.metric for column in board.columns]


def ranks(board: Board) -> dict[str, int | None]:
    return {row.method.name: row.rank for row in board.rows}


def test_each_kind_has_its_own_columns_rows_and_ranks():
    measured, native = boards(RESULTS)
    assert (measured.kind, columns(measured)) == (Kind.MEASURED, ["psnr@piq"])
    assert (native.kind, columns(native)) == (Kind.NATIVE, ["fd_exp@dim-native"])
    assert ranks(measured) == {"ground-truth": None, "b": 1, "a": 2, "c": 3}
    assert ranks(native) == {"ground-truth": None, "c": 1, "a": 2}


def test_methods_without_motion_are_named_where_they_are_missing():
    _, native = boards(RESULTS)
    assert any("pixels alone: b." in note for note in native.notes)
    assert not any("pixels alone" in note for note in build(RESULTS).notes)


def test_the_kind_is_said_in_what_is_written():
    measured, native = boards(RESULTS)
    assert "motion as delivered" in to_markdown(native).split("\n")[0]
    assert "motion as delivered" not in to_markdown(measured)
    assert [json.loads(to_json(board))["kind"] for board in (measured, native)] == ["measured", "native"]


def test_without_delivered_motion_there_is_one_board():
    pixels = [both("a", 30.0, None), both("b", 35.0, None)]
    assert [board.kind for board in boards(pixels)] == [Kind.MEASURED]
    with pytest.raises(ResultError, match="no method delivered motion"):
        build(pixels, Kind.NATIVE)


def test_with_delivered_motion_alone_there_is_one_board():
    only = [result("a", score("psnr@piq", None), score("fd_exp@dim-native", 1.0, direction="lower"))]
    assert [board.kind for board in boards(only)] == [Kind.NATIVE]


@pytest.mark.parametrize(("bad", "ranked"), [("psnr@piq", [False, True]), ("fd_exp@dim-native", [True, False])])
def test_what_fails_on_one_board_does_not_cost_the_rank_on_the_other(bad, ranked):
    whole = score("psnr@piq", 25.0), score("fd_exp@dim-native", 1.5, direction="lower")
    short = [s.model_copy(update={"n": s.n - 1}) if s.metric == bad else s for s in whole]
    found = boards([*RESULTS, result("d", *short)])
    assert [ranks(board)["d"] is not None for board in found] == ranked


def test_a_board_that_there_is_no_longer_leaves_no_file(tmp_path):
    board_step(tmp_path, RESULTS)
    assert len(list(tmp_path.glob("leaderboard-native.*"))) == 4
    board_step(tmp_path, [both("a", 30.0, None)])
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        f"leaderboard.{s}" for s in ("csv", "json", "md", "tex")
    ]

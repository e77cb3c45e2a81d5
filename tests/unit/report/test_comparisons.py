"""Pairs on the page: which, in what order, and with the pictures of the clips that differ most."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from echo_bench.errors import ResultError
from echo_bench.leaderboard.compare_formats import to_json
from echo_bench.report.comparisons import compared_pairs, comparison_lines, comparisons, kept_pairs
from echo_bench.report.media import Tile
from tests.reportbyhand import RTL, SCRIPT

SECOND = "<i>second</i>"


def test_the_best_row_meets_the_next_and_pairs_that_were_asked_for_come_first(inputs):
    ranked = [row.method.name for row in inputs.board.rows if row.rank is not None]
    asked = [(SCRIPT, "good"), ("nobody", "good")]
    assert compared_pairs(inputs.board, asked) == [(SCRIPT, "good"), *((ranked[0], other) for other in ranked[1:4])]
    assert compared_pairs(inputs.board, [(ranked[0], ranked[1])]).count((ranked[0], ranked[1])) == 1
    rows = tuple(row for row in inputs.board.rows if row.rank is None)
    assert compared_pairs(replace(inputs.board, rows=rows), []) == []


def test_a_pair_without_any_value_is_left_out(inputs):
    found = comparisons(inputs.rows, inputs.results, [("good", "motion"), ("good", RTL)])
    assert [(each.a, each.b) for each in found] == [("good", RTL)]


@pytest.fixture
def lines(inputs):
    (found,) = comparisons(inputs.rows, inputs.results, [("good", SCRIPT)])
    tiles = {
        (SECOND, "method", "good"): Tile(poster=Path("media/one.jpg")),
        (SECOND, "method", SCRIPT): Tile(reason="no video"),
    }
    return found, comparison_lines(inputs, found, tiles)


def test_a_line_has_the_numbers_and_the_pictures_there_are(lines):
    _, (psnr,) = lines
    assert (psnr.metric, psnr.a, psnr.b, psnr.difference, psnr.clips) == ("psnr@piq", "29.50", "28.50", "1.000", 2)
    assert [(each.index, each.clip) for each in psnr.differ] == [(0, "first"), (1, SECOND)]
    assert [each.posters for each in psnr.differ] == [(), (("good", "one.jpg"),)]
    assert not psnr.apart, "two clips prove nothing"


def test_metrics_that_tell_them_apart_come_first(inputs, lines):
    found, _ = lines
    (plain,) = found.differences
    sure = replace(plain, metric="ssim@piq", p=0.001, p_holm=0.01)
    both = replace(found, differences=(plain, sure))
    assert [(each.metric, each.apart) for each in comparison_lines(inputs, both, {})] == [
        ("ssim@piq", True),
        ("psnr@piq", False),
    ]


def test_pairs_are_kept_in_a_folder(inputs, lines, tmp_path):
    found, _ = lines
    assert kept_pairs(tmp_path / "none") == []
    (tmp_path / "x.json").write_text(to_json(found.a, found.b, found.differences))
    assert kept_pairs(tmp_path) == [("good", SCRIPT)]


@pytest.mark.parametrize("text", ["", "[]", '{"a": "good"}', "[" * 100_000])
def test_a_broken_comparison_is_named(tmp_path, text):
    (tmp_path / "x.json").write_text(text)
    with pytest.raises(ResultError, match=r"x\.json: is not what `echo-bench compare` writes"):
        kept_pairs(tmp_path)

"""Boards as text: complete, equal for equal boards, and inert whatever the names are."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest

from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.formats import to_csv, to_json, to_latex, to_markdown
from tests.byhand import interval, result, score

NASTY = [
    "<script>alert(1)</script>",
    "=cmd()",
    "a|b",
    "R&D_50%$#{}~^\\",
    "راقب",
    "line\nbreak",
    "abc\u202edef",
    "+1",
    "@x",
]
FORMATS = [to_markdown, to_csv, to_json, to_latex]


def board(*names: str):
    few = score("offset", -5.0, direction="target", target=0.0, interval=interval(-6.0, -4.0, "few clusters"))
    failed = score("psnr", None, status="failed", reason="no face | found", n_skipped=0)
    rows = [result(name, score("psnr", 20.0 + i, 0.1), few) for i, name in enumerate(names)]
    return build([*rows, result("broken", failed), result("motion", score("psnr", None))])


def csv_rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def markdown_rows(text: str) -> list[list[str]]:
    return [re.split(r"(?<!\\)\|", line)[1:-1] for line in text.splitlines() if line.startswith("|")]


@pytest.mark.parametrize("write", FORMATS)
def test_equal_boards_give_equal_text(write):
    assert write(board("a", "b")) == write(board("a", "b"))
    assert write(board("a", "b")) != write(board("a", "c"))


def test_markdown_shows_value_interval_n_status_and_rules():
    text = to_markdown(board("a", "b"))
    assert "**21.00 \\[20.90, 21.10\\] n=6**" in text
    assert "-5.000 \\[-6.000, -4.000\\] n=6†" in text
    assert "SKIPPED: needs pixels" in text
    assert "FAILED: no face" in text
    assert "not scored" in text
    assert "overlap are not claimed as differences" in text
    assert "few clusters" in text


def test_markdown_names_are_inert():
    text = to_markdown(board(*NASTY))
    assert "<" not in text
    assert "\u202e" not in text
    widths = {len(cells) for cells in markdown_rows(text)}
    assert widths == {4}, "no name opens a column or a line"
    assert "راقب" in text


def test_csv_is_long_exact_and_no_formula():
    rows = csv_rows(to_csv(board(*NASTY)))
    assert len(rows) == (len(NASTY) + 2) * 2
    assert not [row["method"] for row in rows if row["method"][:1] in "=+-@"]
    assert {"'=cmd()", "'+1", "'@x", "line\\u000abreak", "راقب"} <= {row["method"] for row in rows}
    offset = next(row for row in rows if row["metric"] == "offset")
    assert (float(offset["value"]), float(offset["lo"]), offset["interval_note"]) == (-5.0, -6.0, "few clusters")


def test_csv_numbers_round_trip():
    value = 0.1 + 0.2
    (row,) = csv_rows(to_csv(build([result("a", score("x", value))])))
    assert float(row["value"]) == value


def test_json_holds_everything_and_names_verbatim():
    data = json.loads(to_json(board(*NASTY)))
    assert {row["method"]["name"] for row in data["rows"]} == {*NASTY, "broken", "motion"}
    assert [column["metric"] for column in data["columns"]] == ["psnr", "offset"]
    cell = data["rows"][0]["cells"][1]
    assert cell["score"]["value"] == -5.0
    assert cell["interval_meaning"] == "95 % cluster-t (few clusters)"
    assert data["rows"][-1]["cells"][1] == {
        "interval_meaning": "no interval",
        "leading": False,
        "score": None,
        "standing": None,
        "status": "absent",
    }


def test_rounding_is_no_result():
    dust = score("fd", 1.818e-15, interval=interval(-3.1e-15, 3.1e-15), direction="lower")
    text = to_markdown(build([result("a", dust)]))
    assert "0 \\[0, 0\\] n=6" in text
    assert "e-15" not in text
    (row,) = csv_rows(to_csv(build([result("a", dust)])))
    assert float(row["value"]) == 1.818e-15, "programs get every digit"


def test_latex_is_booktabs_and_escaped():
    text = to_latex(board(*NASTY))
    for command in ("\\toprule", "\\midrule", "\\bottomrule", "\\begin{tabular}{rlrr}"):
        assert command in text
    assert r"R\&D\_50\%\$\#\{\}\textasciitilde{}\textasciicircum{}\textbackslash{}" in text
    table = text.split("\\bottomrule")[0].splitlines()
    assert {len(re.findall(r"(?<!\\)&", line)) for line in table if line.endswith("\\\\")} == {3}
    assert not re.search(r"(?<!\\)[%#]", text)


@pytest.mark.parametrize("write", [to_markdown, to_latex])
def test_a_range_is_never_written_as_an_interval(write):
    ranged = score("psnr", 20.0, interval=interval(19.0, 21.0, level=None))
    text = write(build([result("a", ranged)]))
    assert "range 19.00 to 21.00" in text
    assert "[19.00" not in text
    assert "A range is that of the clips' values, not an interval" in text

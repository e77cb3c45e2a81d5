"""Published numbers: all of them, none altered, none that cannot be true left unmarked, none ranked."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.errors import ResultError
from echo_bench.leaderboard.definition import ReportedDefinition
from echo_bench.leaderboard.reported import COLUMNS, GRADES, Reported, impossible, read_reported
from echo_bench.leaderboard.reported_board import build_reported, marked
from echo_bench.leaderboard.reported_formats import REPORTED_FORMATS, reported_markdown

ROOT = Path(__file__).resolve().parents[3]
PUBLISHED = ROOT / "leaderboards/reported/published.csv"
ROW = Reported("listener", "ViCo", "T1", "ours", "FID", "1.50", "down", "P", "A", "paper", "no", "", "")
BOARD = ReportedDefinition(
    kind="reported", title="t", dataset="ViCo", protocol="T1", table="reported/t.csv", output="reported/t"
)
# Names of the collected table that only make sense beside the row before, and what they stand for.
RENAMED = {
    ("ViCo", "see previous table of same source"): "Avatar Forcing Table 4 († inherited from DIM)",
    ("HDTF-50", "see previous table of same source"): "Avatar Forcing Table 3",
    ("RealTalk-dataset", "Avatar Forcing Table 1 (rPCC split Exp/Pose; latency s)"): "Avatar Forcing Table 1",
    (
        "RealTalk-dataset",
        "ECHO page table; dataset inferred from rows shared with Avatar Forcing Tab.1",
    ): "ECHO page table",
}


@pytest.fixture(scope="module")
def published() -> list[Reported]:
    return read_reported(PUBLISHED)


def test_every_collected_row_is_there_with_its_digits(published, shared):
    with (shared / "reported.csv").open(encoding="utf-8", newline="") as stream:
        collected = list(csv.DictReader(stream))
    names = list(collected[0])
    wanted = [
        tuple(
            RENAMED.get((row["dataset"], row["protocol"]), row[name]) if name == "protocol" else row[name]
            for name in names
        )
        for row in collected
    ]
    assert [tuple(getattr(row, name) for name in names) for row in published] == wanted


def test_known_impossible_values_are_flagged_and_no_others(published):
    # GT of Avatar Forcing's Table 1 is above log2 15, INFP*'s pose on ViCo above log2 9.
    flagged = {(row.dataset, row.system, row.metric, row.value) for row in published if impossible(row)}
    assert flagged == {("RealTalk-dataset", "GT", "SID", "3.972"), ("ViCo", "INFP*", "SID-Pose", "3.20")}


def test_copied_cells_of_the_echo_page_are_marked(published):
    page = [row for row in published if row.protocol == "ECHO page table"]
    assert {row.system for row in page if row.copied_from} == {"GT", "INFP*", "AvatarForcing", "DIM", "ARIG"}
    assert {row.reported_by for row in published if row.copied_from == "DIM"} == {"DIM via AvatarForcing"}


def test_entropies_over_other_words_are_other_columns(published):
    vico = [row for row in published if row.dataset == "ViCo"]
    columns = {row.column for row in vico if row.metric == "SID-Exp"}
    assert columns == {"SID-Exp (K 40)", "SID-Exp (K 15)"}


@pytest.mark.parametrize(
    ("metric", "value", "clusters", "said"),
    [
        ("SID-Exp", "3.91", "15", "above log2 15"),
        ("SID", "-0.1", "", "below 0"),
        ("CSIM", "1.01", "", "beyond 1"),
        ("FID", "-1", "", "below 0"),
        ("LSE-D", "-1", "", "below 0"),
        ("landmark_detection_rate_after", "101", "", "no percentage"),
        ("LSE-C", "-0.1", "", ""),
        ("PSNR", "99", "", ""),
        ("SID", "4.5", "", ""),
    ],
)
def test_bounds(metric, value, clusters, said):
    why = impossible(replace(ROW, metric=metric, value=value, clusters=clusters))
    assert said in why
    assert bool(why) == bool(said)


@given(st.integers(2, 100), st.floats(0, 10, allow_nan=False))
def test_a_shannon_index_is_possible_up_to_its_bound(words, value):
    from math import log2

    row = replace(ROW, metric="SID", value=repr(value), clusters=str(words))
    assert bool(impossible(row)) == (value > log2(words))


def test_a_board_has_one_protocol_and_no_ranks():
    rows = [
        ROW,
        replace(ROW, protocol="T2", value="0.5"),
        replace(ROW, system="theirs", value="9.0", third_party="yes"),
    ]
    board = build_reported(rows, BOARD)
    assert [marked(row.cells[0]) for row in board.rows] == ["1.50", "9.0"]
    text = reported_markdown(board)
    assert "theirs §" in text
    assert "nothing is ranked" in text
    assert "**" not in text


def test_rows_follow_the_order_that_is_asked_for():
    rows = [replace(ROW, system=name, value=value) for name, value in (("a", "3"), ("b", "1"), ("c", "2"))]
    rows.append(replace(ROW, system="d", metric="LSE-C", direction="up", value="7"))
    board = build_reported(rows, BOARD.model_copy(update={"order_by": "FID"}))
    assert [row.system for row in board.rows] == ["b", "c", "a", "d"]


def test_what_is_not_there_is_refused():
    with pytest.raises(ResultError, match="no published number for \\['LSE-D'\\]"):
        build_reported([ROW], BOARD.model_copy(update={"columns": ("LSE-D",)}))
    with pytest.raises(ResultError, match="nothing is published of X"):
        build_reported([ROW], BOARD.model_copy(update={"dataset": "X"}))
    with pytest.raises(ResultError, match="two directions"):
        build_reported([ROW, replace(ROW, system="b", direction="up")], BOARD)


@pytest.mark.parametrize("form", REPORTED_FORMATS.values())
def test_formats_are_inert_and_equal(form):
    nasty = replace(ROW, system="<b>=x|&_%\n\u202e", copied_from="a|b")
    text = form(build_reported([nasty], BOARD))
    assert text == form(build_reported([nasty], BOARD))
    assert "\u202e" not in text or form.__name__ == "reported_json"
    if form.__name__ == "reported_markdown":
        assert "<b>" not in text
    if form.__name__ == "reported_json":
        assert json.loads(text)["rows"][0]["cells"][0]["value"] == "1.50"


def write(path: Path, **change: str) -> Path:
    values = {name: getattr(ROW, name) for name in COLUMNS} | change
    with path.open("w", newline="") as stream:
        writer = csv.writer(stream)
        writer.writerows([COLUMNS, values.values()])
    return path


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"grade": "D"}, "grade 'D' is not published"),
        ({"grade": "M"}, "grade 'M' is not published"),
        ({"value": "nan"}, "is no number"),
        ({"value": "good"}, "is no number"),
        ({"clusters": "1"}, "is no number"),
        ({"direction": "sideways"}, "is unknown"),
        ({"third_party": "maybe"}, "is unknown"),
    ],
)
def test_bad_rows_are_refused_by_line(tmp_path, change, said):
    with pytest.raises(ResultError, match=f"row 2: .*{said}"):
        read_reported(write(tmp_path / "t.csv", **change))


def test_a_secondary_grade_is_published_with_its_flag(tmp_path):
    (row,) = read_reported(write(tmp_path / "t.csv", grade="D2"))
    assert "secondary, unverified" in GRADES[row.grade]
    assert "secondary, unverified" in reported_markdown(build_reported([row], BOARD))


def test_broken_tables_are_refused(tmp_path):
    path = write(tmp_path / "t.csv")
    whole = path.read_text()
    path.write_text(whole + whole.splitlines()[1] + "\n")
    with pytest.raises(ResultError, match="stands in row 2 already"):
        read_reported(path)
    path.write_text(whole + "a,b\n")
    with pytest.raises(ResultError, match="has not 13 fields"):
        read_reported(path)
    path.write_text(whole.replace("grade", "mark"))
    with pytest.raises(ResultError, match="the columns have to be"):
        read_reported(path)
    with pytest.raises(ResultError, match="not readable"):
        read_reported(tmp_path / "none.csv")

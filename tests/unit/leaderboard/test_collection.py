"""Leaderboards as data: definitions in, files out; what is stale, orphaned or without a source is found."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from echo_bench.cli.main import build as app_of
from echo_bench.errors import ResultError
from echo_bench.leaderboard.build import build
from echo_bench.leaderboard.changes import changes
from echo_bench.leaderboard.check import check
from echo_bench.leaderboard.collection import add, build_all
from echo_bench.leaderboard.definition import read_definition, read_definitions
from tests.byhand import result, score

ROOT = Path(__file__).resolve().parents[3]
BOARD = f"""
kind = "measured"
title = "Toy"
dataset = "toy"
version = "1"
split = "test"
manifest_sha256 = "{"ab" * 32}"
results = "results/toy"
output = "toy"
"""
TABLE = """board,dataset,protocol,system,metric,value,direction,reported_by,grade,source,third_party,copied_from,clusters
listener,ViCo,T1,GT,SID,3.972,up,P,A,paper,no,other,15
listener,ViCo,T1,ours,FID,.50,down,P,A,paper,no,,
listener,ViCo,T2,ours,FID,9.0,down,Q,C,paper 2,yes,,
"""
REPORTED = 'kind = "reported"\ntitle = "{0}"\ndataset = "ViCo"\nprotocol = "{0}"\ntable = "reported/t.csv"\noutput = "reported/out/{0}"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("boards", "results/toy", "reported"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "boards/toy.toml").write_text(BOARD)
    for name in ("T1", "T2"):
        (tmp_path / f"boards/{name}.toml").write_text(REPORTED.format(name))
    (tmp_path / "reported/t.csv").write_text(TABLE)
    for name, value in (("a", 20.0), ("b", 21.0)):
        written = result(name, score("psnr", value, 0.1), score("ssim", value / 100))
        (tmp_path / f"results/toy/{name}.json").write_text(written.text())
    build_all(tmp_path)
    return tmp_path


def test_the_leaderboards_of_this_repository_are_up_to_date_and_have_their_sources():
    assert check(ROOT / "leaderboards") == []


def test_every_format_of_every_board_and_a_list_is_built_once(folder):
    suffixes = {"md", "csv", "json", "tex"}
    assert {path.suffix[1:] for path in folder.glob("toy.*")} == suffixes
    assert {path.name for path in (folder / "reported/out").iterdir()} == {
        f"{n}.{s}" for n in ("T1", "T2") for s in suffixes
    }
    assert "[toy](toy.toml)" in (folder / "boards/README.md").read_text()
    assert build_all(folder) == [], "what is up to date is not written again"
    assert check(folder) == []


def test_a_changed_number_is_stale_and_without_a_source(folder):
    path = folder / "toy.csv"
    path.write_text(path.read_text().replace("20.0,", "25.0,"))
    stale, untraced = check(folder)
    assert stale == "toy.csv is not what its sources make: run `echo-bench leaderboard build`"
    assert untraced == "toy.csv: value 25.0 of a, psnr, is in no result file"


def test_a_changed_result_makes_its_files_stale(folder):
    path = folder / "results/toy/a.json"
    path.write_text(path.read_text().replace("20.0", "20.5"))
    found = check(folder)
    assert {line.split()[0] for line in found} >= {"toy.md", "toy.csv", "toy.json", "toy.tex"}
    assert any("value 20.0 of a, psnr, is in no result file" in line for line in found)


def test_missing_and_orphaned_files_are_found(folder):
    (folder / "toy.tex").unlink()
    (folder / "reported/out/old.md").write_text("x")
    (folder / "results/other").mkdir()
    (folder / "results/other/a.json").write_text("{}")
    (folder / "reported/more.csv").write_text(TABLE)
    found = "\n".join(check(folder))
    assert "toy.tex is missing" in found
    assert "reported/out/old.md belongs to no board" in found
    assert "results/other/a.json is on no board" in found
    assert "reported/more.csv is the table of no board" in found


def test_a_table_in_another_encoding_may_lie_beside_boards(folder):
    (folder / "notes.csv").write_bytes("café,1\n".encode("latin-1"))
    assert check(folder) == []
    (folder / "toy.csv").write_bytes("café,1\n".encode("latin-1"))
    assert check(folder)[0] == "toy.csv is not what its sources make: run `echo-bench leaderboard build`"


@pytest.mark.parametrize("suffix", ["md", "csv", "json", "tex"])
def test_a_board_that_nothing_makes_any_more_is_found(folder, suffix):
    """Its numbers would stand in the folder without a source."""
    (folder / f"old.{suffix}").write_bytes((folder / f"toy.{suffix}").read_bytes())
    (folder / f"notes.{suffix}").write_text("another table")
    assert check(folder) == [f"old.{suffix} belongs to no board: remove it"]


def test_names_that_a_spreadsheet_would_run_have_their_sources(folder):
    for name in ("+up", "=1+1"):
        written = result(name, score("psnr", 19.0, 0.1), score("ssim", 0.1))
        (folder / f"results/toy/{name}.json").write_text(written.text())
    build_all(folder)
    assert "\n'=1+1," in (folder / "toy.csv").read_text()
    assert check(folder) == []


def test_a_published_number_on_no_board_is_found(folder):
    for path in [folder / "boards/T2.toml", *folder.glob("reported/out/T2.*")]:
        path.unlink()
    build_all(folder)
    assert check(folder) == ["reported/t.csv: FID of ours (ViCo, T2) is on no board"]


def test_columns_and_order_are_those_of_the_definition():
    results = [
        result("a", score("x", 1.0), score("y", 5.0), score("z", None, status="failed", n_skipped=0)),
        result("b", score("x", 2.0), score("y", 1.0), score("z", 2.0)),
    ]
    board = build(results, chosen=("y", "x"), order_by=("y",))
    assert [(column.metric, column.counted) for column in board.columns] == [("y", True), ("x", False)]
    assert board.columns[1].why == "this board does not order by it"
    assert [(row.method.name, row.rank) for row in board.rows] == [("a", 1), ("b", 2)], "z is no column: a is complete"
    with pytest.raises(ResultError, match="no result has w"):
        build(results, chosen=("w",))
    with pytest.raises(ResultError, match="ordered by x, which is no column"):
        build(results, chosen=("y",), order_by=("x",))


def test_add_replaces_a_method_and_refuses_what_does_not_fit(folder, tmp_path):
    new = tmp_path / "new.json"
    new.write_text(result("a", score("psnr", 30.0, 0.1), score("ssim", 0.3)).text())
    assert add(folder, "toy", new) == folder / "results/toy/a.json"
    build_all(folder)
    assert check(folder) == []
    assert "30.00" in (folder / "toy.md").read_text()
    new.write_text(result("a", score("psnr", 1.0), split={"split": "val"}).text())
    with pytest.raises(ResultError, match="is about split 'test', this result about 'val'"):
        add(folder, "toy", new)
    with pytest.raises(ResultError, match="measured ones never stand among them"):
        add(folder, "T1", new)
    with pytest.raises(ResultError, match="no board is called 'x'"):
        add(folder, "x", new)


def test_add_puts_the_first_result_onto_a_new_board(folder, tmp_path):
    for path in folder.glob("results/toy/*.json"):
        path.unlink()
    (folder / "results/toy").rmdir()
    new = tmp_path / "c.json"
    new.write_text(result("c", score("psnr", 30.0, 0.1), score("ssim", 0.3)).text())
    assert add(folder, "toy", new) == folder / "results/toy/c.json"
    build_all(folder)
    assert check(folder) == []


def test_add_never_writes_over_the_result_of_another_method(folder, tmp_path):
    before = (folder / "results/toy/b.json").read_text()
    new = tmp_path / "b.json"
    new.write_text(result("c", score("psnr", 30.0, 0.1), score("ssim", 0.3)).text())
    with pytest.raises(ResultError, match=r"b\.json on the board is the result of 'b', this one is of 'c'"):
        add(folder, "toy", new)
    assert (folder / "results/toy/b.json").read_text() == before


def test_diff_tells_rows_ranks_and_values(folder, tmp_path):
    old = tmp_path / "old.json"
    old.write_bytes((folder / "toy.json").read_bytes())
    assert changes(old, folder / "toy.json") == []
    for name, value in (("a", 30.0), ("c", 1.0)):
        new = tmp_path / f"{name}.json"
        new.write_text(result(name, score("psnr", value, 0.1), score("ssim", value / 100)).text())
        add(folder, "toy", new)
    (folder / "results/toy/b.json").unlink()
    build_all(folder)
    assert changes(old, folder / "toy.json") == [
        "row b is gone",
        "row c is new",
        "rank of a: 2 -> 1",
        "psnr of a: 20.00 -> 30.00 (+10)",
        "ssim of a: 0.2000 -> 0.3000 (+0.1)",
    ]
    with pytest.raises(ResultError, match="not comparable"):
        changes(old, folder / "reported/out/T1.json")
    with pytest.raises(ResultError, match="not readable as a board"):
        changes(old, folder / "toy.csv")


def test_diff_of_published_boards(folder, tmp_path):
    old = tmp_path / "old.json"
    old.write_bytes((folder / "reported/out/T1.json").read_bytes())
    table = folder / "reported/t.csv"
    table.write_text(table.read_text().replace(".50", ".60"))
    build_all(folder)
    assert changes(old, folder / "reported/out/T1.json") == ["FID of ours by P: .50 -> .60 (+0.1)"]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("kind =", "kid ="), "malformed"),
        (('output = "toy"', 'output = "../toy"'), "output"),
        (('output = "toy"', 'output = "/toy"'), "output"),
        (('title = "Toy"', 'title = "Toy'), "not readable as a board"),
        (('split = "test"', 'splat = "test"'), "split"),
        (("ab" * 32, "ab"), "manifest_sha256"),
    ],
)
def test_a_bad_definition_is_refused_by_name(tmp_path, change, said):
    path = tmp_path / "toy.toml"
    path.write_text(BOARD.replace(*change))
    with pytest.raises(ResultError, match=said):
        read_definition(path)


def test_two_boards_never_write_one_file(folder):
    (folder / "boards/again.toml").write_text(BOARD)
    with pytest.raises(ResultError, match="writes toy as again does"):
        read_definitions(folder)
    with pytest.raises(ResultError, match="holds no boards"):
        read_definitions(folder / "results")


def test_the_command(folder, tmp_path):
    run, data = CliRunner(), ["--data", str(folder)]
    app = app_of()
    assert run.invoke(app, ["leaderboard", "check", *data]).output == "up to date, and every number has its source\n"
    (folder / "toy.md").unlink()
    failed = run.invoke(app, ["leaderboard", "check", "--json", *data])
    assert (failed.exit_code, len(json.loads(failed.output))) == (1, 1)
    assert run.invoke(app, ["leaderboard", "build", *data]).output == "toy.md\n"
    same = run.invoke(app, ["leaderboard", "diff", str(folder / "toy.json"), str(folder / "toy.json")])
    assert same.output == "no difference\n"
    added = run.invoke(app, ["leaderboard", "add", "toy", str(folder / "results/toy/a.json"), *data])
    assert added.exit_code == 0
    out = tmp_path / "out"
    of_run = run.invoke(app, ["leaderboard", str(folder / "results/toy/a.json"), "--out", str(out)])
    assert of_run.exit_code == 0
    assert (out / "leaderboard.md").is_file(), "without a subcommand it is the board of result files"

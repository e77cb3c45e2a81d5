"""The command line as its users meet it: exit codes, one-line errors, JSON on stdout, progress on stderr."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from echo_bench.cli.main import COMMANDS
from echo_bench.metrics import DEFAULT
from tests.footage import left_right_clips

TOOL = Path(sys.executable).with_name("echo-bench")


def tool(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run([TOOL, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a", "b"), 1.0)


@pytest.fixture(scope="module")
def out(clips, tmp_path_factory) -> Path:
    """A finished run."""
    folder = tmp_path_factory.mktemp("run")
    done = tool(*options(clips, folder), "--no-report")
    assert done.returncode == 0, done.stderr
    return folder


def options(clips: Path, out: Path) -> list[object]:
    return [
        "run", "--dataset", "folder", "--root", clips, "--layout", "left-right", "--methods", "static,random",
        "--no-always", "--metrics", "psnr@piq", "--out", out, "--store", out / "store",
    ]  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help(command):
    done = tool(command, "--help")
    assert done.returncode == 0
    assert "Usage" in done.stdout


def test_version():
    assert tool("--version").stdout.startswith("echo-bench 0.")


@pytest.mark.parametrize(
    ("kind", "name"),
    [("metrics", "psnr@piq"), ("methods", "ground-truth"), ("datasets", "folder"), ("extractors", "face")],
)
def test_lists(kind, name):
    rows = json.loads(tool("list", kind, "--json").stdout)
    assert {"name": name, "origin": "echo-bench"} in rows
    assert name in tool("list", kind).stdout.split("\n")


@pytest.mark.parametrize("name", ["psnr@piq", "static", "folder"])
def test_shows_what_a_name_stands_for(name):
    found = json.loads(tool("show", name, "--json").stdout)
    assert found["kind"] in {"metric", "method", "dataset"}


def test_a_run_writes_what_it_names(out):
    names = {path.name for path in out.iterdir()}
    assert {
        "run.json",
        "rows.parquet",
        "results",
        "artefacts",
        "leaderboard.md",
        "leaderboard.csv",
        "leaderboard.json",
    } <= names
    assert {path.stem for path in (out / "results").iterdir()} == {"static", "random"}


def test_the_board_goes_to_stdout_and_progress_to_stderr(clips, out):
    done = tool("leaderboard", "--out", out, "--json")
    board = json.loads(done.stdout)
    assert board["split"]["dataset"] == "folder"
    assert "static" in tool("leaderboard", "--out", out).stdout


def test_score_by_itself_gives_the_same_results(out):
    before = {p.name: json.loads(p.read_text())["result"] for p in (out / "results").iterdir()}
    assert tool("score", "--out", out).returncode == 0
    after = {p.name: json.loads(p.read_text())["result"] for p in (out / "results").iterdir()}
    assert {n: r["scores"] for n, r in after.items()} == {n: r["scores"] for n, r in before.items()}


def test_the_steps_one_by_one(clips, tmp_path):
    first = [*options(clips, tmp_path)]
    first[0] = "generate"
    assert tool(*first).returncode == 0
    counters = json.loads(tool("extract", "--out", tmp_path, "--json").stdout)["counters"]
    assert counters["features_computed"] > 0
    assert json.loads(tool("extract", "--out", tmp_path, "--json").stdout)["counters"]["features_kept_before"] > 0
    assert tool("score", "--out", tmp_path).returncode == 0
    assert (tmp_path / "results" / "static.json").is_file()


def test_dry_run_shows_the_plan_and_makes_nothing(clips, tmp_path):
    done = tool(*options(clips, tmp_path), "--dry-run", "--json")
    plan = json.loads(done.stdout)
    assert plan["clips"] == 2
    assert plan["artefacts_to_make"] == 4
    assert plan["seconds_estimated"] >= 0
    assert not (tmp_path / "artefacts").exists()


def test_metrics_and_methods_may_be_repeated(clips, tmp_path):
    more = ["--metrics", "ssim@piq,psnr@piq", "--methods", "mirror"]
    plan = json.loads(tool(*options(clips, tmp_path), *more, "--dry-run", "--json").stdout)
    assert plan["metrics"] == "psnr@piq, ssim@piq"
    assert plan["methods"] == "static, random, mirror"


def test_compare(out):
    (row,) = json.loads(tool("compare", "static", "random", "--out", out, "--json").stdout)["differences"]
    assert row["metric"] == "psnr@piq"
    assert row["difference"] == pytest.approx(row["a"] - row["b"])
    assert row["clips"] == 2


def test_failed_clips_give_exit_code_1(clips, tmp_path):
    (tmp_path / "clips").mkdir()
    for path in clips.glob("*.mp4"):
        (tmp_path / "clips" / path.name).write_bytes(path.read_bytes())
    (tmp_path / "clips" / "c.mp4").write_text("no video")
    done = tool(*options(tmp_path / "clips", tmp_path / "out"), "--no-report")
    assert done.returncode == 1
    assert "FAILED clip c, psnr@piq (static, random): c.mp4: cannot be opened" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["run"], 2, "which dataset?"),
        (["run", "--dataset", "foldr"], 2, "did you mean 'folder'"),
        (["run", "--dataset", "folder", "--root", "/no/such/folder", "--layout", "single"], 2, "not a folder"),
        (["show", "psnr"], 2, "nothing is called 'psnr'"),
        (["leaderboard", "--out", "/no/such/run"], 2, "holds no results"),
        (["score", "--out", "/no/such/run"], 2, "which dataset?"),
        (["weights", "path", "trackr"], 2, "did you mean 'tracker'"),
        (["list", "colours"], 2, "colours"),
    ],
)
def test_bad_input_is_one_clear_error(arguments, code, message, tmp_path):
    done = subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert done.returncode == code
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_missing_weights_are_named_with_the_command_that_gets_them(monkeypatch, tmp_path):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    done = tool("weights", "path", "tracker")
    assert done.returncode == 3
    assert "echo-bench weights fetch tracker" in done.stderr
    found = json.loads(tool("doctor", "--json").stdout)
    by_id = {row["id"]: row for row in found["protocols"]}
    assert set(by_id) >= set(DEFAULT)
    assert by_id["psnr@piq"]["available"]
    assert "weights fetch tracker" in by_id["fd_exp@dim-tracker"]["why"]
    golden = {row["id"]: row for row in found["golden"]}
    assert [text.partition(" -> ")[0] for text in golden["syncnet-example"]["missing"]] == [
        "the weights 'syncnet-v2' (syncnet_v2.model) are not here",
        "example.avi is not here",
    ]
    assert "would skip  golden syncnet-example: SyncNet's example clip: offset 3, LSE-D 5.353" in tool("doctor").stdout


def test_a_run_without_the_tracker_still_runs_and_says_what_is_missing(clips, monkeypatch, tmp_path):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path / "none"))
    arguments = [*options(clips, tmp_path / "out"), "--no-report"]
    arguments[arguments.index("psnr@piq")] = "psnr@piq,fd_exp@dim-tracker"
    done = tool(*arguments)
    assert done.returncode == 0, done.stderr
    assert "1 of 2 ids cannot run here, for want of face: see `echo-bench doctor`" in done.stderr
    scores = json.loads((tmp_path / "out" / "results" / "static.json").read_text())["result"]["scores"]
    assert [s["status"] for s in scores] == ["ok", "skipped"]
    assert "weights fetch tracker" in scores[1]["reason"]


def test_validate_lists_every_defect(clips, tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"")
    (tmp_path / "y.mp4").write_text("text")
    done = tool("validate", "--root", tmp_path, "--layout", "single", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)["defects"]) == 2
    assert tool("validate", "--root", clips, "--layout", "left-right").returncode == 0


def test_split_make_writes_a_lock_that_run_accepts(clips, tmp_path):
    made = tool(
        "split", "make", "--root", clips, "--layout", "left-right", "--to", tmp_path / "m.json", "--name", "val"
    )
    assert made.returncode == 0
    arguments = options(clips, tmp_path / "out")
    at = arguments.index("--layout")
    arguments[at : at + 2] = ["--manifest", tmp_path / "m.json"]
    done = tool(*arguments, "--no-report")
    assert done.returncode == 0, done.stderr
    assert json.loads((tmp_path / "out" / "results" / "static.json").read_text())["result"]["split"]["split"] == "val"


def test_cache_commands(out):
    store = out / "store"
    found = json.loads(tool("cache", "info", "--store", store, "--json").stdout)
    assert found["features"] > 0
    assert tool("cache", "verify", "--store", store).returncode == 0
    damaged = next(store.rglob("*.safetensors"))
    damaged.write_bytes(b"torn")
    assert tool("cache", "verify", "--store", store).returncode == 1
    assert "removed" in tool("cache", "prune", "--store", store, "--limit", "0").stdout
    assert json.loads(tool("cache", "info", "--store", store, "--json").stdout)["features"] == 0


def test_what_training_does_not_heed_is_refused(tmp_path):
    done = tool("train", "echo-tiny", "--out", tmp_path / "run", "--rehearsals", 2)
    assert done.returncode == 2
    assert "echo-tiny learns from recorded conversations here" in done.stderr
    assert not (tmp_path / "run").exists()

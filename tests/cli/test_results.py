"""Commands on result files of a real run: `gate`, `cite`, `reproduce`."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path
from xml.etree import ElementTree

import pytest

from echo_bench.cli.main import main
from tests.cli.test_cli import tool as process
from tests.footage import left_right_clips


@pytest.fixture(scope="module")
def clips(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a", "b"), 1.0)


@pytest.fixture(scope="module")
def results(clips, tmp_path_factory) -> Path:
    """The results of two methods of a finished run."""
    out = tmp_path_factory.mktemp("run")
    done = process(
        "run", "--dataset", "folder", "--root", clips, "--layout", "left-right", "--methods", "reencoded,random",
        "--no-always", "--metrics", "psnr@piq", "--out", out, "--store", out / "store", "--no-report",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return out / "results"


Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def tool(monkeypatch, capsys) -> Command:
    """A command in this process: exit code, stdout, stderr."""

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "argv", ["echo-bench", *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return call


@pytest.fixture
def gate(tool) -> Command:
    return partial(tool, "gate")


@pytest.fixture
def baseline(results, tmp_path, gate) -> Path:
    """A baseline of the better one."""
    path = tmp_path / "baseline.json"
    code, said, _ = gate(results / "reencoded.json", "--baseline", path, "--update", "--reason", "first")
    assert (code, "1 metrics of reencoded, 1 seed(s)" in said) == (0, True)
    return path


def test_the_four_exit_codes(results, baseline, gate, tmp_path):
    assert gate(results / "reencoded.json", "--baseline", baseline)[0] == 0
    code, said, _ = gate(results / "random.json", "--baseline", baseline)
    assert (code, said.startswith("worse    psnr@piq")) == (1, True)
    torn = tmp_path / "torn.json"
    torn.write_text((results / "random.json").read_text()[:500])
    assert gate(torn, "--baseline", baseline)[0] == 2
    assert gate(results / "random.json", "--baseline", tmp_path / "none.json")[0] == 2
    data = json.loads((results / "reencoded.json").read_text())
    data["result"]["split"]["split"] = "another"
    other = tmp_path / "other.json"
    other.write_text(json.dumps(data))
    code, said, _ = gate(other, "--baseline", baseline)
    assert (code, "split is 'another', in the baseline 'all'" in said) == (3, True)


def test_the_installed_command_has_the_exit_code(results, baseline):
    assert process("gate", results / "random.json", "--baseline", baseline).returncode == 1


def test_reports_are_written_beside_the_exit_code(results, baseline, gate, tmp_path):
    files = ("--junit", tmp_path / "gate.xml", "--markdown", tmp_path / "gate.md")
    code, said, _ = gate(results / "random.json", "--baseline", baseline, *files, "--json")
    assert (code, json.loads(said)["exit_code"]) == (1, 1)
    assert ElementTree.parse(tmp_path / "gate.xml").getroot().get("failures") == "1"
    assert (tmp_path / "gate.md").read_text().startswith("### echo-bench gate: random")


def test_an_update_needs_a_reason_and_keeps_the_history(results, baseline, gate, tmp_path):
    copy = tmp_path / "copy.json"
    shutil.copy(baseline, copy)
    code, _, said = gate(results / "random.json", "--baseline", copy, "--update")
    assert (code, "without a reason" in said) == (2, True)
    assert copy.read_bytes() == baseline.read_bytes()
    assert gate(results / "random.json", "--baseline", copy, "--update", "--reason", "why not")[0] == 0
    assert [entry["reason"] for entry in json.loads(copy.read_text())["history"]] == ["first", "why not"]
    assert gate(results / "random.json", "--baseline", copy)[0] == 0


def test_cite(results, tool):
    code, said, _ = tool("cite", results / "random.json")
    assert code == 0
    assert said.startswith("psnr@piq = ")
    assert "|method:random|" not in said
    assert "method:random|v:" in said
    assert "@software{echo_bench," in said
    code, _, said = tool("cite", results / "random.json", "--metrics", "ssim@piq")
    assert (code, "no value of 'ssim@piq'" in said) == (2, True)


def test_reproduce(results, clips, tool, tmp_path):
    """The same numbers from nothing but the result and the footage; and other numbers are told."""
    where = ("--root", clips, "--layout", "left-right", "--out", tmp_path / "again", "--store", tmp_path / "store")
    code, said, _ = tool("reproduce", results / "random.json", *where)
    assert (code, "1 of 1 metrics are the same" in said) == (0, True), said
    data = json.loads((results / "random.json").read_text())
    data["result"]["scores"][0]["value"] *= 1.001
    edited = tmp_path / "edited.json"
    edited.write_text(json.dumps(data))
    code, said, _ = tool("reproduce", edited, *where, "--json")
    assert (code, json.loads(said)["scores"][0]["same"]) == (1, False)

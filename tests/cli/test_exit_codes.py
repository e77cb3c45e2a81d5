"""Exit codes and words of what goes wrong, in this process: no code of an input's fault is that of a fault of ours."""

from __future__ import annotations

import sys

import pytest

from echo_bench.cli import main as command
from tests.byhand import result, score


def ended(monkeypatch, *arguments: object) -> int:
    monkeypatch.setattr(sys, "argv", ["echo-bench", *map(str, arguments)])
    with pytest.raises(SystemExit) as end:
        command.main()
    return int(end.value.code or 0)


def test_a_fault_of_our_own_has_its_own_code_and_its_traceback(monkeypatch, capsys):
    def crash() -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr(command, "build", lambda: crash)
    assert ended(monkeypatch) == command.OWN_FAULT == 70
    said = capsys.readouterr().err
    assert said.startswith("echo-bench: a fault of its own")
    assert said.endswith("ZeroDivisionError: of ours\n")


def test_an_executor_that_does_not_exist(monkeypatch, capsys, tmp_path):
    assert ended(monkeypatch, "run", "--dataset", "folder", "--executor", "foo", "--out", tmp_path) == 2
    assert "'foo' is not one of 'local'" in capsys.readouterr().err


def test_compare_without_rows(monkeypatch, capsys, tmp_path):
    (tmp_path / "results").mkdir()
    for name in "ab":
        (tmp_path / f"results/{name}.json").write_text(result(name, score("psnr", 20.0)).text())
    assert ended(monkeypatch, "compare", "a", "b", "--out", tmp_path) == 2
    assert (
        capsys.readouterr().err == f"echo-bench: {tmp_path}: holds no rows -> run `echo-bench score --out DIR` first\n"
    )

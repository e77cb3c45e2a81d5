"""`echo-bench data`: build, verify, show."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.cli.test_cli import TOOL, tool
from tests.footage import left_right_clips
from tests.unit.datasets.test_published import dualtalk_person
from tests.unit.datasets.trees import sound


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    return left_right_clips(tmp_path_factory.mktemp("clips"), ("a", "b"), 1.0)


def test_show_lists_and_draws(folder, tmp_path):
    done = tool(
        "data", "show", "folder", "--root", folder, "--layout", "left-right", "--clip", "b", "--out", tmp_path, "--json"
    )
    assert done.returncode == 0, done.stderr
    assert [row["id"] for row in json.loads(done.stdout)] == ["a", "b"]
    assert {path.name for path in tmp_path.glob("*.png")} == {"all-sheet.png", "b.png"}


def test_verify_names_every_defect(folder, tmp_path):
    arguments = ("data", "verify", "folder", "--layout", "left-right", "--root")
    assert tool(*arguments, folder).returncode == 0
    broken = left_right_clips(tmp_path / "clips", ("a", "b"), 1.0)
    (broken / "b.mp4").write_bytes(b"garbage")
    done = tool(*arguments, broken)
    assert done.returncode == 1
    assert "b.mp4" in done.stdout


def test_a_clip_that_is_not_there_is_refused(folder, tmp_path):
    done = tool("data", "show", "folder", "--root", folder, "--layout", "left-right", "--clip", "z", "--out", tmp_path)
    assert done.returncode == 2
    assert "has no usable clip 'z'" in done.stderr


def test_verify_checks_what_comes_with_the_suite_without_drawing_it(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path))
    done = tool("data", "verify", "dyad-mini", "--split", "test")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "dyad-mini 1 test: intact" in done.stdout
    assert not list(tmp_path.rglob("*.mp4"))


@pytest.mark.slow
def test_a_killed_build_goes_on_where_it_was(tmp_path, monkeypatch):
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path))
    build = [str(TOOL), "data", "build", "dyad-mini", "--workers", "2"]
    at_work = subprocess.Popen(build, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    while not (kept := list(tmp_path.rglob("*.json"))):
        assert at_work.poll() is None
        time.sleep(0.05)
    os.killpg(at_work.pid, signal.SIGKILL)
    at_work.wait()
    before = {path: path.stat().st_mtime_ns for path in kept}
    assert len(before) < 8
    assert tool("data", "verify", "dyad-mini").returncode == 0, "what is not drawn yet is no defect"
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert "4 clips, 24.0 s" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert len(list(tmp_path.rglob("*.mp4"))) == 8 + len(list(tmp_path.rglob(".*.mp4")))
    assert tool("data", "verify", "dyad-mini").returncode == 0


def test_prepare_lists_defects_and_counts_and_locks_a_partial_copy(tmp_path):
    for person in ("speaker1", "speaker2"):
        dualtalk_person(tmp_path / "copy/test", "x", person)
    arguments = ("data", "prepare", "dualtalk", "--root", tmp_path / "copy", "--to", tmp_path / "locks")
    short = tool(*arguments)
    assert short.returncode == 1
    assert short.stdout == "dualtalk test: 2 clips (1066 officially), 0 defects\n"
    locked = tool(*arguments, "--partial")
    assert locked.returncode == 0, locked.stderr
    manifest = tmp_path / "locks/dualtalk-test.json"
    assert json.loads(manifest.read_text())["version"] == "2025-partial"
    verify = ("data", "verify", "dualtalk", "--root", tmp_path / "copy")
    assert tool(*verify, "--manifest", manifest).returncode == 0
    sound(tmp_path / "copy/test/x_speaker1.wav", 1.0)
    changed = tool(*verify, "--manifest", manifest)
    assert changed.returncode == 1
    assert "x_speaker1.wav: differs from the file that was locked" in changed.stdout
    (tmp_path / "copy/test/x_speaker2.npz").write_bytes(b"no npz")
    broken = tool(*arguments, "--partial")
    assert broken.returncode == 1
    assert "x_speaker2.npz: is no npz" in broken.stdout


def test_prepare_is_for_published_datasets(folder):
    done = tool("data", "prepare", "folder", "--root", folder, "--layout", "left-right")
    assert done.returncode == 2
    assert "needs no preparation" in done.stderr

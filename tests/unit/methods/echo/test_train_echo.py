"""The command that trains the reference model as it was trained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from echo_bench.methods.learned.checkpoint import read_card


@pytest.mark.slow
@pytest.mark.usefixtures("tracker_weights")
def test_one_command_trains_it_and_its_variants(tmp_path):
    """On a tiny budget: one conversation, two steps. A second call makes nothing again, and variants share what they can."""

    def run(*models):
        command = [sys.executable, "-m", "tools.train_echo", "--out", str(tmp_path), "--steps", "2", "--limit", "1"]
        subprocess.run([*command, "--models", *models], check=True, cwd=Path(__file__).parents[4])

    run("echo-tiny")
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*") if path.suffix != ".json"}
    run("echo-tiny", "echo-tiny-no-lpe")
    assert all(path.stat().st_mtime_ns == time for path, time in first.items())
    for name in ("echo-tiny", "echo-tiny-no-lpe"):
        card = read_card(tmp_path / f"{name}.safetensors")
        assert (card.method, card.dataset, card.steps) == (name, "dyad-mini@1/train", 6)
        assert card.command == f"python -m tools.train_echo --models {name}"
    assert not (tmp_path / "echo-tiny-no-lpe" / "stage1").exists()

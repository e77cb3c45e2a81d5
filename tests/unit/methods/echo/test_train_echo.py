"""The command that trains the reference model as it was trained."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from echo_model.corpus import read_corpus
from echo_model.train import RECIPES

from echo_bench.datasets.base import DatasetOptions
from echo_bench.methods.learned.checkpoint import read_card
from echo_bench.methods.learned.features import hear
from tools.train_echo import Rehearsed


@pytest.mark.slow
@pytest.mark.usefixtures("tracker_weights")
def test_one_command_trains_it_and_its_variants(tmp_path):
    """On a tiny budget: one conversation, two steps. A second call makes nothing again, and variants share what they can."""

    def run(*models):
        command = [sys.executable, "-m", "tools.train_echo", "--out", str(tmp_path), "--steps", "2", "--limit", "1"]
        subprocess.run([*command, "--models", *models], check=True, cwd=Path(__file__).parents[4])

    run("echo-tiny")
    first = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*.*")}
    run("echo-tiny", "echo-tiny-no-lpe")
    assert all(path.stat().st_mtime_ns == time for path, time in first.items())
    for name, models in (("echo-tiny", ["echo-tiny"]), ("echo-tiny-no-lpe", ["echo-tiny", "echo-tiny-no-lpe"])):
        card = read_card(tmp_path / f"{name}.safetensors")
        assert (card.method, card.dataset, card.steps) == (name, "dyad-mini@1/train", 2 * len(RECIPES))
        assert card.command.endswith(f"--steps 2 --limit 1 --models {' '.join(models)}")
    assert not (tmp_path / "echo-tiny-no-lpe" / "stage1").exists()
    data = Rehearsed(DatasetOptions())
    (clip,), people = data.scripts()[:1], read_corpus(tmp_path / "corpus")
    assert [entry.stem.name for entry in people] == [f"{clip.id}.avatar", f"{clip.id}.user"]
    truth = data.truth(clip.id)
    for entry, track, side in zip(people, (clip.avatar, clip.user), ("avatar", "user"), strict=True):
        voice = entry.person.voice
        assert np.array_equal(voice, hear(track.audio, len(voice)))  # words and voices stay
        recorded = np.asarray(truth.affect[side])[: len(voice)]
        assert np.abs(entry.person.affect[: len(recorded)] - recorded).max() > 0.1

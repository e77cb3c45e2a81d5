"""The fuzzer that looks for new paths through the readers (atheris), from lawful files, for some seconds each."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from echo_bench.motion_io import save_motion
from tests.byhand import result, score
from tests.unit.datasets.copies import COPIES
from tests.unit.importers.files import MAKERS
from tests.unit.media.make import movie

pytest.importorskip("atheris", reason="needs the extra fuzz")
pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
CLIPS = [{"id": "a", "user": {"video": "a.mp4", "panel": [0, 2]}, "avatar": {"video": "a.mp4", "panel": [1, 2]}}]

CONTAINERS = [
    ("deep3d", "coeff257"), ("flame", "emote"), ("flame", "lm-listener-p0"), ("arkit", "named"), ("flame", "dim"),
    ("flame", "dualtalk-truth"),
]  # fmt: skip
"""One layout of each container with a reader of ours: mat, pickle, torch file, table, npy, npz."""


def lawful(reader: str, corpus: Path) -> None:
    """A file that the reader understands."""
    if reader == "motion":
        save_motion(corpus / "m.npz", np.zeros((5, 61), np.float32), np.ones(5, bool))
    elif reader == "probe":
        movie(corpus / "a.mp4", stamps=range(5))
    elif reader in COPIES:
        COPIES[reader](corpus)
    else:
        texts = {
            "manifest": json.dumps(CLIPS),
            "table": "id,user,avatar\na,a.mp4,b.mp4\n",
            "result": result("mine", score("psnr@piq", 30.0, 1.0)).text(),
        }
        (corpus / reader).write_text(texts[reader])


@pytest.mark.parametrize("reader", ["manifest", "table", "result", "motion", "probe", "peld", "m3c"])
def test_only_named_errors_come_out(reader, tmp_path):
    lawful(reader, tmp_path)
    fuzzed("tools.fuzz_readers", reader, str(tmp_path))


@pytest.mark.parametrize("kind", CONTAINERS, ids="-".join)
def test_importers_give_motion_or_a_named_error(kind, tmp_path):
    (tmp_path / "made").mkdir()
    (tmp_path / "corpus").mkdir()
    MAKERS[kind](tmp_path / "made").path.rename(tmp_path / "corpus" / "lawful")
    fuzzed("tools.fuzz_importers", *kind, str(tmp_path / "corpus"))


def fuzzed(module: str, *arguments: str) -> None:
    """Run a fuzzer for some seconds; what it finds ends the test with its trace."""
    command = [sys.executable, "-m", module, *arguments, "-max_total_time=4"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    assert "Done" in done.stderr

"""The loop apart from what it trains: its arithmetic, its log for TensorBoard, and going on under ``torchrun``."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from echo_model.loop import Loop, Recipe
from torch import nn

RECIPE = Recipe(steps=4, batch=2, rate=1e-2, warmup=1, save_every=2)


class Line(nn.Module):
    """Learns to double numbers; notes in what arithmetic it multiplied."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.net = nn.Sequential(nn.Linear(8, 16), nn.Linear(16, 8))
        self.seen = []

    def forward(self, rng):
        given = torch.from_numpy(rng.standard_normal((4, 8))).float()
        made = self.net(given)
        self.seen.append(made.dtype)
        return {"error": (made.float() - 2 * given).square().mean(), "size": 0.01 * made.float().square().mean()}


@pytest.mark.parametrize("half", [False, True])
def test_bfloat16_is_of_the_forward_pass_alone(half, tmp_path, monkeypatch):
    """Numbers, average and what is saved stay in single precision, and the same is learned."""
    monkeypatch.setattr("echo_model.loop.halves", lambda device: half)
    recipe = Recipe(steps=200, batch=1, rate=1e-2, turn=2e-2, warmup=5, save_every=50)
    loop = Loop(Line(), recipe, 0, tmp_path)
    loop.run()
    assert set(loop.module.seen) == {torch.bfloat16 if half else torch.float32}
    saved = torch.load(tmp_path / "state.pt", weights_only=True)
    kept = (*loop.module.state_dict().values(), *saved["module"].values(), *saved["average"].values())
    assert {value.dtype for value in kept} == {torch.float32}
    assert loop.curve[-1]["error"] < 0.02 * loop.curve[0]["error"]


def test_tensorboard_is_told_what_the_log_is_told(tmp_path):
    pytest.importorskip("tensorboard", reason="needs echo-bench[echo]")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    Loop(Line(), RECIPE, 0, tmp_path).run()
    board = EventAccumulator(str(tmp_path)).Reload()
    rows = list(csv.DictReader((tmp_path / "log.csv").open(newline="")))
    assert set(board.Tags()["scalars"]) == {"error", "size"}
    for name in ("error", "size"):
        told = [(event.step, event.value) for event in board.Scalars(name)]
        assert [step for step, _ in told] == [2, 4]
        assert [value for _, value in told] == pytest.approx([float(row[name]) for row in rows], rel=1e-6)


GO = """
import sys
from pathlib import Path
import torch
from torch.distributed import barrier, destroy_process_group, get_rank, init_process_group
sys.path.append(sys.argv[1])
from echo_model.loop import Loop
from tests.unit.echo_model.test_loop import RECIPE, Line

def loop(folder, shard):
    line = Line()
    return Loop(line, RECIPE, 3, Path(folder), shards=[line.net] if shard else ())

def stopped():
    raise KeyboardInterrupt

init_process_group("gloo")
for shard in (False, True):
    whole, torn = (loop(f"{sys.argv[2]}/{name}{shard}", shard) for name in ("whole", "torn"))
    whole.run()
    note = torn._note
    torn._note = lambda: (note(), stopped())
    try:
        torn.run()
    except KeyboardInterrupt:
        assert torn.step == 2
    barrier()  # the first process has written
    resumed = loop(f"{sys.argv[2]}/torn{shard}", shard)
    resumed.run()
    states = whole.whole(), resumed.whole()
    if not get_rank():
        torch.save(states, f"{sys.argv[2]}/{shard}.pt")
barrier()
destroy_process_group()
"""


@pytest.mark.slow
def test_processes_that_are_stopped_go_on(tmp_path):
    """Under torchrun what was stopped after half of its steps ends where an uninterrupted run does, sharded or not."""
    script = tmp_path / "go.py"
    script.write_text(GO)
    done = subprocess.run(
        [sys.executable, "-m", "torch.distributed.run", "--nproc-per-node=2", str(script), str(Path(__file__).parents[3]),
         str(tmp_path)], capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    first = Line().state_dict()
    ends = []
    for shard in (False, True):
        whole, resumed = torch.load(tmp_path / f"{shard}.pt", weights_only=True)
        assert all(torch.equal(whole[name], resumed[name]) for name in first)
        assert all(not torch.equal(whole[name], first[name]) for name in first)
        ends.append(whole)
    assert all(torch.allclose(ends[0][name], ends[1][name], rtol=1e-3, atol=1e-5) for name in first)

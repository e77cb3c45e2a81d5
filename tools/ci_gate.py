"""CI's gate on the suite's own model: 4 clips of 4 s are generated, scored and judged by a committed baseline.

``python -m tools.ci_gate check`` exits with 0 when the method passes and the same method with noise on its weights does not, else
with 1. ``python -m tools.ci_gate renew --reason TEXT`` makes the baseline anew, after the method or the locked versions changed.
"""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from safetensors import safe_open
from safetensors.torch import save_file

from echo_bench.leaderboard.baseline import Baseline, read_baseline
from echo_bench.leaderboard.gate import Verdict
from echo_bench.leaderboard.gate import check as judge
from echo_bench.leaderboard.gate_formats import to_text
from echo_bench.leaderboard.rebase import make_baseline
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import OWN_FOLDER, describe, find, read_card
from echo_bench.metrics import METRICS
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.run import Session, make_plan, run_extract, run_generate, run_score
from echo_bench.pipeline.store import FeatureStore, write_atomic
from echo_bench.results.schema import ResultFile
from tools.short_clips import ShortClips

METHOD = "echo-tiny"
"""The guarded method: the one place where it is named."""
BASELINE = Path(__file__).parents[1] / "leaderboards" / "baselines" / "ci.json"
SPLIT = "demo"
SEED = 0
"""Of baseline and check: what differs between them is then no chance, and tolerances need not allow for it."""
NOISE = 0.02
"""Standard deviation of the noise, as a share of each tensor's own."""
GUARDED = (
    "mse_exp@dim-tracker", "mse_pose@dim-tracker", "rpcc_exp@dualtalk-tracker", "rpcc_pose@dualtalk-tracker",
    "fd_exp@dim-tracker", "fd_pose@dim-tracker", "fd_exp@eb1-tracker", "fd_pose@eb1-tracker",
    "psnr@piq", "ssim@piq", "fd_img@imagenet-eb", "lse_d@syncnet-eb", "lse_c@syncnet-eb", "mse_exp@dim-rignet",
)  # fmt: skip
"""Measured from pictures, so that what draws and what tracks is guarded, too. Noise on weights is seen in the last three first."""


def scored(folder: Path, weights: Path) -> ResultFile:
    """Generate, extract and score with the checkpoint in `weights`.

    Parameters
    ----------
    folder : Path
        For clips and features, shared by calls, and for what is generated.
    weights : Path
        Folder of the checkpoint.
    """
    os.environ[OWN_FOLDER] = str(weights)
    dataset = ShortClips(folder / "clips")
    store = folder / "store"
    session = Session(
        config=RunConfig(dataset=dataset.name, out=folder / weights.name, store=store, seed=SEED),
        dataset=dataset,
        split=SPLIT,
        clips=tuple(dataset.clips(SPLIT)),
        methods=(METHODS.get(METHOD)(),),
        metrics=tuple(METRICS.get(name) for name in GUARDED),
        store=FeatureStore(store),
    )
    report = run_generate(session, _quiet)
    report.add(run_extract(session, make_plan(session), _quiet))
    return run_score(session, report, _quiet)[0]


def noisy(folder: Path, share: float, seed: int = 0) -> Path:
    """A folder with the method's checkpoint, with noise on every tensor of floats: `share` of its standard deviation."""
    source = find(METHOD)
    target = folder / source.name
    rng = np.random.default_rng(seed)
    with safe_open(source, "pt") as file:
        tensors = {name: _shaken(file.get_tensor(name), share, rng) for name in file.keys()}  # noqa: SIM118
        notes = file.metadata()
    folder.mkdir(parents=True)
    save_file(tensors, target, notes)
    describe(read_card(source), target)
    return folder


def _shaken(values: torch.Tensor, share: float, rng: np.random.Generator) -> torch.Tensor:
    if not values.is_floating_point():
        return values
    drawn = torch.from_numpy(rng.standard_normal(tuple(values.shape)))
    return (values.double() + share * values.double().std(correction=0) * drawn).to(values.dtype)


def check(baseline: Baseline, folder: Path) -> tuple[Verdict, Verdict]:
    """What the gate says of the method, and of the method with noise on its weights."""
    own = scored(folder, find(METHOD).parent)
    return judge(baseline, own), judge(baseline, scored(folder, noisy(folder / "noisy", NOISE)))


def renew(folder: Path, reason: str) -> Baseline:
    """The baseline of the method as it is."""
    previous = read_baseline(BASELINE) if BASELINE.exists() else None
    return make_baseline([scored(folder, find(METHOD).parent)], reason=reason, previous=previous)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=("check", "renew"))
    parser.add_argument("--reason", default="", help="why the baseline is renewed")
    given = parser.parse_args()
    with TemporaryDirectory() as folder:
        if given.what == "renew":
            write_atomic(BASELINE, renew(Path(folder), given.reason).text().encode())
            return 0
        passed, closed = check(read_baseline(BASELINE), Path(folder))
    print(f"{METHOD}:\n{to_text(passed)}\n{METHOD} with {NOISE:.0%} noise on its weights:\n{to_text(closed)}")
    return 0 if (passed.exit_code, closed.exit_code) == (0, 1) else 1


def _quiet(_label: str) -> None:
    pass


if __name__ == "__main__":
    sys.exit(main())

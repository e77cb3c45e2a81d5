"""What `run --dry-run` says after a trial of a few clips, beside what the whole run then takes: seconds and MiB.

    python -m benchmarks.dry_run [--clips 12] [--seconds 5] [--trial 3] [--size 256] [--workers 1]

Footage: people of dyad-mini, a conversation each, silent; rows `reencoded` and `static`; metrics of pixels, of the tracker and of embedded
nets. Every run is a fresh process of the command line, with a cache that the trial fills. Seconds are wall clock of the whole command, and
again of its processors (by the trial's share of them), for machines that do other work meanwhile. Ends with 1 when MiB or the seconds of
processors are off by more than 30 %.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from echo_bench.clip import MotionRef
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA
from echo_bench.media.encode import write_video
from echo_bench.motion_io import load_motion
from echo_bench.simulator.dialogue import read_dialogues
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render

LIMIT = 0.3
METRICS = "psnr@piq,ssim@piq,mse_pose@dim-tracker,mse_exp@dim-tracker,csim@eb1-paired-facenet-eb,fd_img@imagenet-eb"


def echo_bench(root: Path, out: Path, *options: str) -> str:
    """What a run of the command line prints."""
    command = [
        sys.executable, "-c", "from echo_bench.cli.main import main; main()", "run", "--dataset", "folder", "--root", str(root),
        "--layout", "single", "--methods", "reencoded,static", "--metrics", METRICS, "--no-always", "--no-report", "--json",
        "--out", str(out), "--store", str(out / "store"), *options,
    ]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def draw(root: Path, clips: int, seconds: float, size: int) -> None:
    """Write ``k.mp4``, each of another conversation: equal videos would share their features."""
    root.mkdir()
    for index, dialogue in enumerate([*read_dialogues().values()][:clips]):
        motion, _ = load_motion(
            MotionRef((CONTENT / DATA / dialogue.id).with_suffix(".avatar.npz"), "", "rig61", "native")
        )
        person = identity(read_people()[dialogue.cast["avatar"]].face)
        shown = np.resize(motion, (round(25 * seconds), motion.shape[1]))
        write_video(root / f"{index:02d}.mp4", render(shown, person, size), fps=25.0)


def timed(root: Path, out: Path, *options: str) -> tuple[float, float]:
    """Seconds of a run by the clock, and of its processors."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    echo_bench(root, out, *options)
    took, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return took, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def written(out: Path) -> float:
    """MiB of artefacts and features."""
    return sum(path.stat().st_size for name in ("artefacts", "store") for path in (out / name).rglob("*.*")) / 2**20


def compare(what: str, told: float, found: float) -> bool:
    """Print a line; whether the prediction is good enough."""
    off = told / found - 1
    print(f"{what:13s} predicted {told:8.1f}, found {found:8.1f}: {100 * off:+.0f} %", flush=True)
    return abs(off) <= LIMIT


def main() -> None:
    """Draw, try, predict, run, compare."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=12)
    parser.add_argument("--seconds", type=float, default=5.0)
    parser.add_argument("--trial", type=int, default=3)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=1)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        work, many = Path(name), ("--workers", str(options.workers))
        os.environ["ECHO_BENCH_CACHE"] = str(work / "cache")
        root = work / "clips"
        draw(root, options.clips, options.seconds, options.size)
        trial, trial_busy = timed(root, work / "trial", "--limit", str(options.trial), *many)
        plan = json.loads(echo_bench(root, work / "whole", "--dry-run", *many))
        found, busy = timed(root, work / "whole", *many)
        print(
            f"{options.clips} clips of {options.seconds:g} s after {options.trial}, {options.workers} workers: {plan['rate']}"
        )
        told = plan["seconds_estimated"]
        compare("seconds", told, found)
        good = [
            compare("of processors", told * trial_busy / trial, busy),
            compare("MiB", plan["mebibytes_estimated"], written(work / "whole")),
        ]
    if not all(good):
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""Four headline metrics in one pass, against pytorch-fid, lpips, syncnet-python and deepface run one after another as a user would.

Both sides have the same nets with the same random parameters (FID's Inception, LPIPS on AlexNet, SyncNet, DeepFace's emotion net) in fp32,
and the same files: talking people that the suite's simulator draws. Peers find faces in their own way (an S3FD made to find one, Haar
cascades), ours with its tracker. Peers may use all processors; ours has a worker for each, one thread per net.

    python -m benchmarks.suite [--clips 2] [--seconds 3] [--size 256] [--workers N] [--device cpu] [--processor]

The published comparison is ``--clips 16 --seconds 10``. Memory against the length of clips is benchmarks/memory.py's. In an environment of
its own, which holds all peers:

    pip install torch==2.13.0 echo-bench deepface werkzeug python-speech-features ffmpeg-python future imageio-ffmpeg "click<8.3"
    pip uninstall -y opencv-contrib-python-headless
    pip install --no-deps opencv-python-headless==4.13.0.92 torchvision==0.28.0 pytorch-fid==0.3.0 lpips==0.1.4
    pip install --no-deps syncnet-python==0.2.3 scenedetect==0.6.7.1 platformdirs

OpenCV 4 because the wheels of OpenCV 5 carry no Haar cascades, which deepface then downloads. Ends with 1 when a figure misses its limit.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks import suite_footage, suite_peers, suite_weights
from echo_bench.faces import nets as tracker_nets
from echo_bench.nets import runs
from echo_bench.nets.device import VARIABLE
from echo_bench.pipeline.config import RunConfig
from echo_bench.pipeline.extract import Report
from echo_bench.pipeline.run import make_plan, open_run, run_extract, run_generate, run_score

WANTED = (
    "fid@pytorch-fid",
    "lpips@alex",
    *(f"{name}@syncnet-v2-memory-whole" for name in ("lse_c", "lse_d", "av_offset")),
    "acc_emo@deepface-emotion",
)

UNLABELLED = WANTED[-1]
"""Computed, and then skipped: the clips carry no label."""

if folder := os.environ.get(suite_weights.FOLDER):  # a worker, which imports this file anew
    suite_weights.use(Path(folder))


@dataclass(frozen=True, slots=True)
class Alone:
    """A cold run in one process: seconds up to the features, of scoring, in the nets' forward passes, per stage; peak memory in MiB."""

    extraction: float
    scoring: float
    nets: float
    stages: dict[str, float]
    peak: float

    @property
    def total(self) -> float:
        """Seconds in all."""
        return self.extraction + self.scoring


def score(
    clips: Path, method: str, out: Path, workers: int, now: suite_peers.Now, metrics: tuple[str, ...] = WANTED
) -> tuple[float, float, Report]:
    """Run `method` on the clips, features in ``out/store``: seconds up to the features, seconds of scoring, and the pass."""

    def quiet(_label: str) -> None:
        pass

    started = now()
    options = RunConfig(
        dataset="folder", root=clips / suite_footage.TRUTH, layout="single", methods=(f"folder:{method}={clips / method}",),
        always=False, metrics=metrics, out=out / method, store=out / "store", workers=workers,
    )  # fmt: skip
    session = open_run(options)
    report = run_generate(session, quiet)
    report.add(run_extract(session, make_plan(session), quiet))
    features = now()
    results = run_score(session, report, quiet)
    scores = {score.metric: score for score in results[0].result.scores}
    if bad := [name for name in metrics if name != UNLABELLED and scores[name].status != "ok"]:
        raise SystemExit(f"no value of {', '.join(bad)}: {scores[bad[0]].reason}")
    return features - started, now() - features, report


def alone(clips: Path, out: Path, now: suite_peers.Now, metrics: tuple[str, ...] = WANTED) -> Alone:
    """A cold run of method ``a`` in this process, a fresh one, with the forward passes timed."""
    clock = suite_peers.Clock(now)
    on_device = runs.on_device

    def timed(*args: Any) -> Callable[[NDArray[Any]], NDArray[np.float32]]:
        return clock.timed("nets", on_device(*args))

    runs.on_device = timed
    tracker_nets._Net.run = clock.timed("nets", tracker_nets._Net.run)  # type: ignore[method-assign]
    extraction, scoring, report = score(clips, "a", out, 1, now, metrics)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Alone(extraction, scoring, clock.seconds["nets"], dict(report.seconds), peak)


def fresh(clips: Path, out: Path, now: suite_peers.Now, metrics: tuple[str, ...] = WANTED) -> Alone:
    """:func:`alone` in a process of its own."""
    with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as pool:
        return pool.submit(alone, clips, out, now, metrics).result()


def line(name: str, ratio: float, limit: float, *, at_most: bool = False) -> bool:
    """Print a figure beside its limit; whether it holds."""
    holds = ratio <= limit if at_most else ratio >= limit
    print(f"{name:66s} {ratio:8.2f}  (limit {'at most ' if at_most else ''}{limit:g}){'' if holds else '  MISSED'}")
    return holds


def main() -> None:
    """Draw, run both sides, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=2)
    parser.add_argument("--seconds", type=float, default=3.0)
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    parser.add_argument("--device", default="cpu")
    parser.add_argument(
        "--processor", action="store_true", help="count processor seconds, not wall time: for a busy machine"
    )
    options = parser.parse_args()
    os.environ[VARIABLE] = options.device
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        clips = work / "clips"
        suite_footage.draw(clips, options.clips, options.seconds, options.size)
        weights = work / "weights"
        weights.mkdir()
        suite_weights.write(weights)
        suite_weights.use(weights)
        holds = measure(work, clips, options)
    if not all(holds):
        raise SystemExit(1)


def measure(work: Path, clips: Path, options: argparse.Namespace) -> list[bool]:
    """Time both sides and print; whether each limit holds."""
    now = suite_peers.processor if options.processor else time.perf_counter
    one = fresh(clips, work / "alone", now)
    ours, cold, scoring = work / "alone", one.extraction, one.scoring
    if options.workers > 1:
        ours = work / "together"
        cold, scoring, _ = score(clips, "a", ours, options.workers, now)
    further, scoring_further, _ = score(clips, "b", ours, options.workers, now)
    started = now()
    score(clips, "a", ours, options.workers, now)
    warm = now() - started
    theirs = suite_peers.run(clips, work / "weights", work / "theirs", options.device, now)
    frames = theirs["frames of truth"] + theirs["frames of a"]
    tools = sum(theirs[name] for name in ("pytorch-fid", "lpips", "syncnet-python", "deepface"))
    total, again = frames + tools, theirs["frames of a"] + tools
    print(
        f"{options.clips} clips of {options.seconds:g} s at {options.size} px, fp32, {os.cpu_count()} processors, {options.workers} workers"
    )
    print(f"peers: {total:.1f} s: " + ", ".join(f"{name} {value:.1f}" for name, value in theirs.items()))
    print(
        f"ours:  cold {cold:.1f} + {scoring:.1f} s, further method {further:.1f} + {scoring_further:.1f} s, again {warm:.2f} s"
    )
    print(
        f"ours, one worker: {one.total:.1f} s, nets {one.nets:.1f}: "
        + ", ".join(f"{k} {v:.1f}" for k, v in sorted(one.stages.items()))
    )
    root = theirs["sqrtm"]
    return [
        line("cold", total / (cold + scoring), 2 if options.device == "cpu" else 5),
        line("cold, without scipy's square root, which no clip adds to", (total - root) / (cold + scoring), 2),
        line("each further method, truth kept", again / (further + scoring_further), 3),
        line(
            "the same, pytorch-fid given saved statistics, without the root",
            (again - root - theirs["FID of truth"]) / (further + scoring_further),
            1,
        ),
        line(
            "all but forward passes, without the root, one worker",
            (total - root - theirs["nets"]) / (one.total - one.nets),
            5,
        ),
        line("cold against scoring again", (cold + scoring) / warm, 20),
        line("one worker's time over its forward passes, %", 100 * (one.total / one.nets - 1), 15, at_most=True),
        line("peak memory of a worker, MiB", one.peak, 2048 / options.workers, at_most=True),
    ]


if __name__ == "__main__":
    main()

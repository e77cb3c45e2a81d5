"""Memory against the number of clips and the length of a clip, and time against workers.

    python -m benchmarks.scale [--clips 1000 10000] [--seconds 60 3600] [--workers 1 2 4] [--footage 8]

Clips of the first part are features only (PSNR and SSIM of 250 frames each), kept and scored without any video; the second part decodes
one clip of 64 px beside a second one, of each length; the third extracts `--footage` clips of 2 s and 256 px with each number of
workers. Every line is measured in a process of its own.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import tempfile
import time
from itertools import chain, repeat
from pathlib import Path

import numpy as np

from echo_bench.clip import DyadicClip, Track, VideoRef
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.method import Artefact, Capabilities
from echo_bench.metrics import METRICS
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.executors import Local
from echo_bench.pipeline.jobs import Job, job_fields, video_job
from echo_bench.pipeline.rows import Scorer
from echo_bench.pipeline.score import scores_of
from echo_bench.pipeline.store import FeatureStore
from echo_bench.pipeline.workers import Task, run_tasks

IDS = ("psnr@piq", "ssim@piq")
FRAMES = 250
FOOTAGE_SECONDS = 2.0


def peak() -> float:
    """Peak memory of this process, MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def many_clips(count: int, folder: Path) -> None:
    """Keep the features of so many clips, score them, and print the peak memory and the seconds."""
    started = time.perf_counter()
    store, rng = FeatureStore(folder), np.random.default_rng(0)
    metrics = [METRICS.get(name) for name in IDS]
    scorer, rows = Scorer(Capabilities("video"), store), []
    for index in range(count):
        truth, made = (VideoRef(Path(f"{index}.{side}.mp4"), f"{index:063d}{side}") for side in "ab")
        job = video_job("pixels", made, truth)
        if not store.has(job.key):
            arrays = {"psnr": rng.normal(30, 2, FRAMES), "ssim": rng.uniform(0.8, 1, FRAMES)}
            store.put(job.key, {name: values.astype(np.float32) for name, values in arrays.items()}, job_fields(job))
        name = f"clip-{index:06d}"
        clip = DyadicClip(name, "synthetic", 25.0, FRAMES / 25, Track(), Track(video=truth), cluster=f"d{index % 500}")
        outcome = Outcome("made", name, "ok", (Artefact(name, "made", 0, 0, video=made),))
        rows += [scorer.row(metric, clip, outcome, 0) for metric in metrics]
    values = [score.value for score in scores_of(metrics, rows, {})]
    print(f"{peak():.1f} {time.perf_counter() - started:.1f} {values[0]:.3f}")


def one_clip(seconds: float, folder: Path) -> None:
    """Extract one pair of videos of so many seconds, and print the peak memory and the seconds."""
    folder.mkdir(parents=True, exist_ok=True)
    refs = []
    for name, level in (("a", 100), ("b", 110)):
        frame, other = (np.full((64, 64, 3), value, np.uint8) for value in (level, level + 40))
        count = round(25 * seconds)
        write_video(folder / f"{name}.mp4", chain.from_iterable(repeat((frame, other), count // 2)), fps=25.0)
        refs.append(VideoRef(folder / f"{name}.mp4", file_sha256(folder / f"{name}.mp4")))
    extract_all([video_job("pixels", *refs)], folder / "store", 1)


def extract_all(jobs: list[Job], store: Path, workers: int) -> None:
    """Extract jobs, each a clip of its own, and print the peak memory and the seconds."""
    started = time.perf_counter()
    tasks = [Task(str(index), (job,)) for index, job in enumerate(jobs)]
    report = run_tasks(tasks, FeatureStore(store), Local(workers), lambda _task: None)
    took = time.perf_counter() - started
    print(f"{peak():.1f} {took:.1f} {report.counters['frames_decoded']}")


def footage(count: int, workers: int, folder: Path) -> None:
    """Track the face of drawn people with so many workers."""
    from benchmarks import suite_footage

    if not (folder / "clips").exists():
        suite_footage.draw(folder / "clips", count, FOOTAGE_SECONDS, 256)
    paths = sorted((folder / "clips" / suite_footage.TRUTH).glob("*.mp4"))[:count]
    extract_all(
        [video_job("face", VideoRef(path, file_sha256(path))) for path in paths], folder / f"{count}x{workers}", workers
    )


PARTS = {"many_clips": many_clips, "one_clip": one_clip, "footage": footage}


def measured(part: str, *arguments: object) -> tuple[float, float]:
    """Memory (MiB) and seconds of a part in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.scale", "--part", part, *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    memory, seconds, _ = done.stdout.split()
    return float(memory), float(seconds)


def growth(part: str, sizes: list[int], unit: str, work: Path) -> None:
    """Print the memory of each size, and of the largest against the smallest."""
    found = []
    for size in sizes:
        memory, seconds = measured(part, size, work / f"{part}-{size}")
        found.append(memory)
        print(f"{size} {unit}: peak {memory:.0f} MiB, {seconds:.0f} s", flush=True)
    each = 1024 * (found[-1] - found[0]) / (sizes[-1] - sizes[0])
    times = sizes[-1] / sizes[0]
    print(
        f"{times:g} times the {unit}: {found[-1] / found[0]:.2f} times the memory, {each:.2f} KiB more for each",
        flush=True,
    )


def main() -> None:
    """Measure and print; or, as a child, one part."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[1000, 10000])
    parser.add_argument("--seconds", type=int, nargs="+", default=[60, 3600])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2, 4])
    parser.add_argument("--footage", type=int, default=8)
    parser.add_argument("--part", nargs="+", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.part:
        name, *numbers, folder = options.part
        PARTS[name](*map(int, numbers), Path(folder))
        return
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        growth("many_clips", options.clips, "clips", work)
        growth("one_clip", options.seconds, "seconds of one clip", work)
        alone = None
        for workers in options.workers:
            _, seconds = measured("footage", options.footage, workers, work)
            alone = alone or seconds
            print(
                f"{options.footage} clips, {workers} workers: {seconds:.1f} s, {alone / seconds:.2f} times as fast",
                flush=True,
            )


if __name__ == "__main__":
    main()

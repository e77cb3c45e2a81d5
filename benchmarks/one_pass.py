"""Decode, track and first metrics in one pass, against the same metrics each decoding (and tracking) by themselves.

Peer: the way the field's scripts work. Each metric opens the videos it needs, decodes them, tracks the faces it needs, computes its
number and forgets. Both sides use the same decoder, tracker, formulas and one thread, on the same clips in one run.

    python -m benchmarks.one_pass CLIPS [--layout left-right]

Prints frames per second of footage for both sides and the ratio; the limit is 2.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from echo_bench.clip import DyadicClip
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.folder import Folder
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact
from echo_bench.metric import ClipFeatures, Metric
from echo_bench.metrics import DEFAULT, METRICS
from echo_bench.pipeline.extract import extract
from echo_bench.pipeline.features import arrays_of, job_of
from echo_bench.pipeline.jobs import Job
from echo_bench.pipeline.store import FeatureStore

LIMIT = 2.0


def artefact_of(clip: DyadicClip) -> Artefact:
    """The truth as a prediction: every metric applies to it."""
    return Artefact(clip.id, "truth", 0, 0, clip.avatar.video, clip.avatar.audio)


def jobs_of(clip: DyadicClip, metrics: list[Metric]) -> list[Job]:
    """The distinct jobs that some metrics need on a clip."""
    found: dict[str, Job] = {}
    for metric in metrics:
        for requirement in metric.info.requires:
            job = job_of(requirement, clip, artefact_of(clip))
            if job is not None:
                found[job.key] = job
    return list(found.values())


def applies(metric: Metric, clip: DyadicClip) -> bool:
    """Whether a clip has what a metric needs."""
    try:
        jobs_of(clip, [metric])
    except NotApplicable:
        return False
    return metric.info.role == "both"


def values(clips: list[DyadicClip], metrics: list[Metric], store: FeatureStore) -> list[float]:
    """The metrics of all clips, from kept features."""
    found = []
    for metric in metrics:
        stat = None
        for clip in clips:
            arrays = {r: arrays_of(r, clip, artefact_of(clip), store) for r in metric.info.requires}
            one = metric.clip([ClipFeatures(clip, arrays)])
            stat = one if stat is None else metric.merge(stat, one)
        found.append(metric.finalize(stat))
    return found


def measure(clips: list[DyadicClip], groups: list[list[Metric]]) -> tuple[float, list[float]]:
    """Seconds, and the values, when each group of metrics makes a pass of its own."""
    started = time.perf_counter()
    found = []
    for group in groups:
        with tempfile.TemporaryDirectory() as folder:
            store = FeatureStore(Path(folder))
            for clip in clips:
                extract(jobs_of(clip, group), store)
            found += values(clips, group, store)
    return time.perf_counter() - started, found


def main() -> None:
    """Measure both ways and print the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("clips", type=Path)
    parser.add_argument("--layout", default="left-right")
    options = parser.parse_args()
    clips = [c for c in Folder(DatasetOptions(options.clips, options.layout)).clips("all") if c.defect is None]
    metrics = [m for m in (METRICS.get(name) for name in DEFAULT) if all(applies(m, clip) for clip in clips)]
    footage = sum(clip.duration * clip.fps for clip in clips)
    measure(clips[:1], [metrics])  # caches, thread pools and compiled code are warm for both sides
    together, a = measure(clips, [metrics])
    apart, b = measure(clips, [[metric] for metric in metrics])
    if a != b:
        raise SystemExit(f"the two sides disagree: {a} and {b}")
    print(f"{len(metrics)} metrics on {len(clips)} clips, {footage:.0f} frames of footage, one process")
    print(f"one pass:          {footage / together:7.1f} frames/s  ({together:.1f} s)")
    print(f"each by itself:    {footage / apart:7.1f} frames/s  ({apart:.1f} s)")
    print(f"ratio:             {apart / together:7.1f}  (limit {LIMIT:g})")
    if apart / together < LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

"""Seconds of tracking against clips and workers, by the clock and of processors: the plot of docs/scale.md.

    python -m benchmarks.scaling [--clips 4 8 16] [--workers 1 2] [--plot docs/images/scaling.png]

Footage as in benchmarks/scale.py. Each point is a run in processes of its own. Seconds of processors hardly depend on what else the machine
does; where they stay the same with more workers, a free machine is that many times as fast.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
from pathlib import Path

from benchmarks import suite_footage
from benchmarks.scale import FOOTAGE_SECONDS, measured

Point = tuple[int, int, float, float]  # clips, workers, seconds by the clock, seconds of processors


def busy() -> float:
    """Seconds of processors of all processes that were started here and have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def points(clips: list[int], workers: list[int], work: Path) -> list[Point]:
    """Measure every pair."""
    suite_footage.draw(work / "clips", max(clips), FOOTAGE_SECONDS, 256)
    found = []
    for count in clips:
        for number in workers:
            before = busy()
            _, clock = measured("footage", count, number, work)
            found.append((count, number, clock, busy() - before))
            print("{:4d} clips, {} workers: {:6.1f} s, {:6.1f} s of processors".format(*found[-1]), flush=True)
    return found


def plot(found: list[Point], file: Path) -> None:
    """Both kinds of seconds per clip against clips, a line for each number of workers."""
    import matplotlib.pyplot as plt

    figure, panes = plt.subplots(1, 2, figsize=(8, 3.2), layout="constrained")
    for pane, at, title in zip(panes, (2, 3), ("by the clock", "of processors"), strict=True):
        for workers in sorted({point[1] for point in found}):
            own = sorted(point for point in found if point[1] == workers)
            pane.plot(
                [p[0] for p in own],
                [p[at] / p[0] for p in own],
                marker="o",
                label=f"{workers} {'worker' if workers == 1 else 'workers'}",
            )
        pane.set(title=f"seconds per clip, {title}", xlabel="clips", ylim=(0, None))
        pane.set_xticks(sorted({point[0] for point in found}))
        pane.grid(alpha=0.3)
    panes[0].legend()
    figure.savefig(file, dpi=100)


def main() -> None:
    """Measure, print, draw."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, nargs="+", default=[4, 8, 16])
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    print(f"clips of {FOOTAGE_SECONDS:g} s, 256 px")
    with tempfile.TemporaryDirectory() as name:
        found = points(options.clips, options.workers, Path(name))
    if options.plot:
        plot(found, options.plot)


if __name__ == "__main__":
    main()

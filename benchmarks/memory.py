"""Peak memory of a worker against the length of its clip: one clip of each length, every one in a process of its own.

    python -m benchmarks.memory [--seconds 4 16] [--size 256] [--metrics lpips@alex lse_c@syncnet-v2-memory-whole ...]

Footage, random parameters and metrics are those of benchmarks/suite.py. Ends with 1 when the longest clip takes more than 1.1 times the
memory of the shortest, or more than 2 GiB.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from benchmarks import suite, suite_footage, suite_peers, suite_weights

LIMIT, GROWTH = 2048.0, 1.1


def main() -> None:
    """Draw, run, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, nargs="+", default=[4.0, 16.0])
    parser.add_argument("--size", type=int, default=256)
    parser.add_argument("--metrics", nargs="+", default=suite.WANTED)
    options = parser.parse_args()
    peaks = []
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        (work / "weights").mkdir()
        suite_weights.write(work / "weights")
        suite_weights.use(work / "weights")
        for seconds in options.seconds:
            clips = work / f"clips-{seconds:g}"
            suite_footage.draw(clips, 1, seconds, options.size)
            run = suite.fresh(clips, work / f"out-{seconds:g}", suite_peers.processor, tuple(options.metrics))
            peaks.append(run.peak)
            print(f"one clip of {seconds:5g} s at {options.size} px: peak {run.peak:6.0f} MiB", flush=True)
    growth = peaks[-1] / peaks[0]
    print(f"longest against shortest {growth:.2f}x (limit {GROWTH:g}), {max(peaks):.0f} MiB (limit {LIMIT:g})")
    if growth > GROWTH or max(peaks) > LIMIT:
        raise SystemExit(1)


if __name__ == "__main__":
    main()

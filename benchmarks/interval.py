"""The interval of a Fréchet distance of 2048 channels: each of 20 groups left out by subtraction, against from the rows that remain.

    python -m benchmarks.interval [--clips 40] [--rows 250] [--channels 2048]

Processor time of one thread. The plain way is timed on the first group alone, and counts 20 times.
"""

from __future__ import annotations

import argparse
import time
from functools import reduce

import numpy as np
from echo_metrics.jackknife import GROUPS, deal

from echo_bench.metric import subsets_of
from echo_bench.metrics.fid import FID_PYTORCH
from echo_bench.metrics.two_samples import TwoSamples


def main() -> None:
    """Print seconds, ratio and agreement."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=40)
    parser.add_argument("--rows", type=int, default=250)
    parser.add_argument("--channels", type=int, default=2048)
    options = parser.parse_args()
    rng = np.random.default_rng(0)
    shape = (options.rows, options.channels)
    drawn = [rng.normal(0.4, 0.3, (2, *shape)).astype(np.float32) for _ in range(options.clips)]
    stats = [TwoSamples((np.maximum(1.1 * pred, 0),), (np.maximum(truth, 0),)) for pred, truth in drawn]
    dealt = deal(len(stats))
    kept = [np.flatnonzero(dealt != group) for group in range(GROUPS)]
    started = time.thread_time()
    of_subset = subsets_of(FID_PYTORCH, stats)
    found = [of_subset(each) for each in kept]
    ours = time.thread_time() - started
    started = time.thread_time()
    expected = FID_PYTORCH.finalize(reduce(FID_PYTORCH.merge, [stats[i] for i in kept[0]]))
    plain = GROUPS * (time.thread_time() - started)
    print(f"{options.clips} clips of {options.rows} rows a side, {options.channels} channels, {GROUPS} groups")
    print(f"from the rows that remain {plain:.1f} s, by subtraction {ours:.1f} s, ratio {plain / ours:.1f}x")
    print(f"relative difference {abs(found[0] / expected - 1):.1e}")


if __name__ == "__main__":
    main()

"""Cluster bootstrap of 500 clips, 10,000 replicates, against the loop over `rng.choice` that evaluation scripts use, in one run.

python benchmarks/bootstrap.py [--clips 500] [--replicates 10000]
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable

import numpy as np
from echo_metrics.statistics import approximate_randomisation, cluster_bootstrap, paired_bootstrap, rank_intervals


def seconds(call: Callable[[], object], rounds: int = 5) -> float:
    """Best of some rounds."""
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return min(times)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--clips", type=int, default=500)
    parser.add_argument("--replicates", type=int, default=10_000)
    options = parser.parse_args()
    n, draws = options.clips, options.replicates
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, n))
    dyads = np.arange(n) // 4

    def loop() -> None:
        members = [a[dyads == g] for g in range(dyads[-1] + 1)]
        generator = np.random.default_rng(0)
        for _ in range(draws):
            np.concatenate([members[g] for g in generator.integers(0, len(members), len(members))]).mean()

    peer = seconds(loop, 1)
    print(f"{n} clips, {draws} replicates; a Python loop over cluster resamples: {peer:.2f} s")
    table = rng.normal(size=(12, n))
    for name, call in (
        ("cluster_bootstrap, every clip its own cluster", lambda: cluster_bootstrap(a, replicates=draws)),
        ("cluster_bootstrap, dyads of 4", lambda: cluster_bootstrap(a, dyads, replicates=draws)),
        ("paired_bootstrap", lambda: paired_bootstrap(a, b, replicates=draws)),
        ("approximate_randomisation", lambda: approximate_randomisation(a, b, permutations=draws)),
        ("rank_intervals of 12 methods", lambda: rank_intervals(table, higher_is_better=True, replicates=draws)),
    ):
        own = seconds(call)
        print(f"{name:48s} {own:8.4f} s   {peer / own:8.1f}x the loop")


if __name__ == "__main__":
    main()

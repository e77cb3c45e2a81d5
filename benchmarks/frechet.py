"""Fréchet distance at 2048 channels against the textbook form with scipy's matrix square root, in one run.

    python benchmarks/frechet.py [--channels 2048] [--rounds 3]

Means and covariances are given to the peer and moments to us: summing the rows is not timed, except in the low-rank case, where ours starts
from the rows. The peer runs once (it takes seconds and does not vary); of ours the best of `--rounds` counts.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable

import numpy as np
from echo_metrics.errors import MetricWarning
from echo_metrics.frechet import Moments, frechet_distance
from numpy.typing import NDArray
from scipy.linalg import sqrtm

Matrix = NDArray[np.float64]


def textbook(mean_a: Matrix, spread_a: Matrix, mean_b: Matrix, spread_b: Matrix) -> float:
    """The definition, as pytorch-fid, clean-fid and the official motion code compute it."""
    offset = mean_a - mean_b
    return float(
        offset @ offset + np.trace(spread_a) + np.trace(spread_b) - 2 * np.trace(sqrtm(spread_a @ spread_b).real)
    )


def timed(call: Callable[[], float], rounds: int) -> tuple[float, float]:
    """Best time in seconds, and the value."""
    times, value = [], 0.0
    for _ in range(rounds):
        start = time.perf_counter()
        value = call()
        times.append(time.perf_counter() - start)
    return min(times), value


def rows(n: int, channels: int, seed: int, shift: float) -> Matrix:
    """Correlated features with a decaying spectrum, as those of a net."""
    rng = np.random.default_rng(seed)
    scale = (1 + np.arange(channels)) ** -0.4
    turn = np.eye(channels) + 0.02 * np.random.default_rng(99).normal(size=(channels, channels))
    return (rng.normal(size=(n, channels)) * scale) @ turn * (1 + shift) + shift


def compare(name: str, target: float, peer: tuple[float, float], ours: tuple[float, float]) -> None:
    """One line of the table."""
    ratio, gap = peer[0] / ours[0], abs(ours[1] - peer[1]) / peer[1]
    print(f"{name:34s} {peer[0]:8.3f} s {ours[0]:9.4f} s {ratio:8.1f}x (target {target:.0f}x)   relative gap {gap:.1e}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--channels", type=int, default=2048)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    warnings.simplefilter("ignore", MetricWarning)
    d = options.channels
    print(f"{'d = ' + str(d):34s} {'sqrtm':>10s} {'ours':>11s}")

    a, b = rows(2 * d, d, 0, 0.0), rows(2 * d, d, 1, 0.1)
    first, second = Moments.from_features(a), Moments.from_features(b)
    described = (a.mean(axis=0), np.cov(a, rowvar=False), b.mean(axis=0), np.cov(b, rowvar=False))
    peer = timed(lambda: textbook(*described), 1)

    def cold() -> float:
        return frechet_distance(Moments(first.n, first.sum, first.outer), second)

    compare(f"full rank, n = {2 * d}, cold", 5, peer, timed(cold, options.rounds))
    first.root()
    compare("the same, reference root cached", 12, peer, timed(lambda: frechet_distance(first, second), options.rounds))

    few_a, few_b = a[:500], 1.3 * a[:500] + 0.1
    described = (few_a.mean(axis=0), np.cov(few_a, rowvar=False), few_b.mean(axis=0), np.cov(few_b, rowvar=False))
    peer = timed(lambda: textbook(*described), 1)
    ours = timed(lambda: frechet_distance(few_a, few_b), options.rounds)
    compare("low rank, n = 500", 100, peer, ours)
    offset = few_a.mean(axis=0) - few_b.mean(axis=0)
    exact = float(offset @ offset + 0.3**2 * np.trace(described[1]))
    print(
        f"    against the closed form of that case: sqrtm {abs(peer[1] / exact - 1):.1e}, ours {abs(ours[1] / exact - 1):.1e}"
    )


if __name__ == "__main__":
    main()

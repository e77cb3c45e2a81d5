"""Simulate what 95 % intervals cover with few dyads; the table in metrics/echo_metrics/few_clusters.py is this script's output.

    python tools/few_clusters.py

Worlds: 1 to 6 clips per dyad. Means: skewed clip values (gamma, shape 4) with a dyad effect of twice their spread; cluster-robust t
against the true mean. Set metrics: Fréchet distance in 2 channels of a prediction that is 1.2 times as wide and shifted by 0.3, with a
dyad effect in both; delete-a-group jackknife against the mean distance at the same number of dyads.
"""

from __future__ import annotations

import numpy as np
from echo_metrics.clusters import FEW_CLUSTERS, LEAST_CLUSTERS
from echo_metrics.frechet import frechet_distance
from echo_metrics.statistics import deal, delete_groups, jackknife_estimate, t_interval
from numpy.typing import NDArray

WORLDS = 2000
Labels = NDArray[np.int64]


def dyads(rng: np.random.Generator, groups: int) -> Labels:
    """The dyad of each clip: 1 to 6 clips each."""
    return np.repeat(np.arange(groups), rng.integers(1, 7, groups))


def mean_world(seed: int, groups: int) -> tuple[NDArray[np.float64], Labels]:
    """Clip values whose true mean is 0, and their dyads."""
    rng = np.random.default_rng(seed)
    labels = dyads(rng, groups)
    return 0.7 * rng.normal(size=groups)[labels] + 0.3 * (rng.gamma(4, size=len(labels)) - 4) / 2, labels


def set_world(seed: int, groups: int) -> tuple[NDArray[np.float64], NDArray[np.float64], Labels]:
    """Truth and prediction (clips, 2), and their dyads."""
    rng = np.random.default_rng(seed)
    labels = dyads(rng, groups)
    shared = 0.5 * rng.normal(size=(groups, 2))[labels]
    truth, pred = (shared + rng.normal(size=(len(labels), 2)) for _ in range(2))
    return truth, 1.2 * pred + 0.3, labels


def coverage_of_means(groups: int, worlds: int = WORLDS) -> float:
    """Share of worlds whose cluster-robust t interval holds the true mean."""
    return float(np.mean([0.0 in t_interval(*mean_world(seed, groups)).interval for seed in range(worlds)]))


def coverage_of_sets(groups: int, worlds: int = WORLDS) -> float:
    """Share of worlds whose jackknife interval holds the mean distance of all worlds."""
    found = []
    for seed in range(worlds):
        truth, pred, labels = set_world(seed, groups)
        dealt = deal(len(labels), labels, groups=groups)
        kept = delete_groups(
            lambda keep, t=truth, p=pred: frechet_distance(t[keep], p[keep]),  # type: ignore[misc]
            dealt,
            groups=groups,
            clusters=groups,
        )
        found.append(jackknife_estimate(kept))
    expected = float(np.mean([each.value for each in found]))
    return float(np.mean([expected in each.interval for each in found]))


if __name__ == "__main__":
    for count in range(LEAST_CLUSTERS, FEW_CLUSTERS):
        print(f"{count}: ({coverage_of_means(count):.3f}, {coverage_of_sets(count):.3f}),", flush=True)

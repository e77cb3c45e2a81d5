"""What 95 % intervals cover with few clusters, by simulation.

Printed by ``tools/few_clusters.py``, which describes the worlds: skewed clip values, dyad effects, 1 to 6 clips per dyad; 2,000 worlds
per number, so about half a percentage point either way. Other data cover less or more: the number says how far to trust the level.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Coverage = Literal["mean", "set"]
SIMULATED_LEVEL = 0.95
SIMULATED: Mapping[int, tuple[float, float]] = {
    5: (0.928, 0.943),
    6: (0.938, 0.934),
    7: (0.922, 0.938),
    8: (0.931, 0.930),
    9: (0.938, 0.930),
    10: (0.939, 0.925),
    11: (0.939, 0.927),
    12: (0.939, 0.924),
    13: (0.933, 0.930),
    14: (0.937, 0.925),
    15: (0.934, 0.924),
    16: (0.940, 0.925),
    17: (0.930, 0.931),
    18: (0.935, 0.919),
    19: (0.934, 0.921),
}
"""Clusters -> coverage of the cluster-robust t interval of a mean, and of the jackknife interval of a set metric."""


def simulated_coverage(clusters: int, of: Coverage) -> float:
    """Share of simulated worlds in which a 95 % interval held the truth.

    Parameters
    ----------
    clusters : int
        5 to 19.
    of : {"mean", "set"}

    Examples
    --------
    >>> 0.9 < simulated_coverage(8, "mean") < 0.95
    True
    """
    return SIMULATED[clusters][of == "set"]

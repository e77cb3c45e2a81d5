"""Do 95 % intervals contain the truth in 95 % of worlds? 2,000 worlds each, 40 clusters or more; minutes, so slow."""

import numpy as np
import pytest
from echo_metrics.frechet import frechet_distance
from echo_metrics.statistics import cluster_bootstrap, jackknife, paired_bootstrap, t_interval

pytestmark = pytest.mark.slow
WORLDS = 2000


def world(seed, groups=40):
    """Skewed clip values with a shared dyad effect and 1 to 6 clips per dyad; the true mean is 0."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), rng.integers(1, 7, groups))
    return 0.7 * rng.normal(size=groups)[labels] + 0.3 * (rng.gamma(4, size=len(labels)) - 4), labels


def coverage(contains):
    return np.mean([contains(seed) for seed in range(WORLDS)])


@pytest.mark.parametrize("groups", [40, 80])
@pytest.mark.parametrize(
    "method",
    [
        pytest.param(lambda v, c: cluster_bootstrap(v, c, replicates=1000), id="bootstrap"),
        pytest.param(t_interval, id="t"),
        pytest.param(lambda v, c: jackknife(lambda keep: float(v[keep].mean()), len(v), c), id="jackknife"),
        pytest.param(lambda v, c: paired_bootstrap(v + 1, np.ones_like(v), c, replicates=1000).difference, id="paired"),
    ],
)
def test_95_percent_intervals_cover(method, groups):
    assert 0.93 <= coverage(lambda seed: 0.0 in method(*world(seed, groups)).interval) <= 0.97


def test_ignoring_clusters_does_not_cover():
    """The same worlds, clips taken for independent: the reason why clusters exist."""
    assert coverage(lambda seed: 0.0 in t_interval(world(seed)[0]).interval) < 0.8


def test_jackknife_covers_the_mean_distance_at_this_n():
    """FD of 100 clips in 8 channels: the interval is about the expected FD at n = 100, bias included."""

    def sets(seed):
        rng = np.random.default_rng(seed)
        return rng.normal(size=(100, 8)), 1.2 * rng.normal(size=(100, 8)) + 0.3

    expected = np.mean([frechet_distance(*sets(10_000 + seed)) for seed in range(4000)])

    def contains(seed):
        truth, pred = sets(seed)
        return expected in jackknife(lambda keep: frechet_distance(truth[keep], pred[keep]), 100).interval

    assert 0.92 <= coverage(contains) <= 0.98

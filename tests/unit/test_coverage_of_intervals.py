"""Do 95 % intervals contain the truth in 95 % of worlds? 2,000 worlds each, 40 clusters or more; a minute, so slow."""

import numpy as np
import pytest
from echo_metrics.few_clusters import SIMULATED
from echo_metrics.frechet import frechet_distance
from echo_metrics.statistics import (
    cluster_bootstrap,
    deal,
    delete_groups,
    jackknife,
    jackknife_estimate,
    paired_bootstrap,
    t_interval,
)

from tools.few_clusters import mean_world

pytestmark = pytest.mark.slow
WORLDS = 2000
CLIPS, CHANNELS, SCALE, SHIFT = 160, 8, 1.2, 0.3


def world(seed, groups=40):
    """Skewed clip values with a shared dyad effect and 1 to 6 clips per dyad; the true mean is 0."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(groups), rng.integers(1, 7, groups))
    return 0.7 * rng.normal(size=groups)[labels] + 0.3 * (rng.gamma(4, size=len(labels)) - 4), labels


def coverage(contains):
    return np.mean([contains(seed) for seed in range(WORLDS)])


BOOTSTRAP = pytest.param(lambda v, c: cluster_bootstrap(v, c, replicates=500), 40, id="bootstrap")
PAIRED = pytest.param(
    lambda v, c: paired_bootstrap(v + 1, np.ones_like(v), c, replicates=500).difference, 40, id="paired"
)


@pytest.mark.parametrize(
    ("method", "groups"),
    [
        BOOTSTRAP,
        PAIRED,
        pytest.param(t_interval, 40, id="t-40"),
        pytest.param(t_interval, 80, id="t-80"),
        pytest.param(lambda v, c: jackknife(lambda keep: float(v[keep].mean()), len(v), c), 40, id="jackknife"),
    ],
)
def test_95_percent_intervals_cover(method, groups):
    assert 0.93 <= coverage(lambda seed: 0.0 in method(*world(seed, groups)).interval) <= 0.97


def test_ignoring_clusters_does_not_cover():
    """The same worlds, clips taken for independent: the reason why clusters exist."""
    assert coverage(lambda seed: 0.0 in t_interval(world(seed)[0]).interval) < 0.8


@pytest.fixture(scope="module")
def distances():
    """Jackknife replicates of FD of 160 clips in 40 dyads, 8 channels, in every world."""

    def replicates(seed):
        rng = np.random.default_rng(seed)
        truth, pred = rng.normal(size=(CLIPS, CHANNELS)), SCALE * rng.normal(size=(CLIPS, CHANNELS)) + SHIFT
        dyads = np.arange(CLIPS) // 4
        return delete_groups(
            lambda keep: frechet_distance(truth[keep], pred[keep]), deal(CLIPS, dyads), groups=20, clusters=40
        )

    return [replicates(seed) for seed in range(WORLDS)]


def test_jackknife_covers_the_mean_distance_at_this_n(distances):
    """The interval is about the expected FD at n = 160, bias included."""
    expected = np.mean([each.value for each in distances])
    assert 0.93 <= np.mean([expected in jackknife_estimate(each).interval for each in distances]) <= 0.97


def test_without_its_bias_it_covers_the_distance_of_the_populations(distances):
    """Between N(0, 1) and N(shift, scale^2) in d channels: ``d (shift^2 + (scale - 1)^2)``; the plain interval is about another number."""
    population = CHANNELS * (SHIFT**2 + (SCALE - 1) ** 2)
    intervals = [(jackknife_estimate(each).interval, each.bias) for each in distances]
    assert 0.93 <= np.mean([pair.lo <= population + bias <= pair.hi for pair, bias in intervals]) <= 0.97
    assert np.mean([population in pair for pair, _ in intervals]) < 0.8


@pytest.mark.parametrize("groups", [6, 12])
def test_few_clusters_cover_what_their_note_says(groups):
    """The table of echo_metrics.few_clusters, against worlds simulated anew."""
    found = coverage(lambda seed: 0.0 in t_interval(*mean_world(seed + 10_000, groups)).interval)
    assert found == pytest.approx(SIMULATED[groups][0], abs=0.02)

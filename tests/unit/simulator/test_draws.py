"""Chance: streams are named and stable, draws follow their stated laws."""

import numpy as np
import pytest
from scipy.stats import kstest

from echo_bench.simulator import affect, blinks, gaze, listener
from echo_bench.simulator.draws import LogNormal, stream

LAWS = {
    "blink interval": blinks.INTERVAL,
    "feeling": affect.LATENCY,
    "hold of a message": affect.HELD,
    **{f"{act} latency": law for act, law in listener.LATENCY.items()},
    **{name.lower(): law for name, law in vars(gaze).items() if isinstance(law, LogNormal)},
}


@pytest.mark.parametrize("name", LAWS)
def test_draws_follow_the_stated_distribution(name):
    law = LAWS[name]
    assert kstest(law.draw(stream("ks", name), 10_000), law.cdf).statistic <= 0.03


def test_the_distance_notices_another_law():
    other = LogNormal(blinks.INTERVAL.median * 1.1, blinks.INTERVAL.sigma)
    assert kstest(blinks.INTERVAL.draw(stream("ks"), 10_000), other.cdf).statistic > 0.03


def test_mean_and_cdf_agree_with_scipy():
    from scipy.stats import lognorm

    law, points = LogNormal(0.6, 0.4), np.array([0.1, 0.6, 2.0])
    assert law.mean == pytest.approx(lognorm(0.4, scale=0.6).mean(), rel=1e-12)
    assert law.cdf(points) == pytest.approx(lognorm(0.4, scale=0.6).cdf(points), rel=1e-12)


def test_streams_are_stable_and_apart():
    """The numbers of numpy 2.4 and of every version since 1.17: moving them would move the content."""
    assert stream("clip", "user", "blink", 0).random(2) == pytest.approx(
        [0.6604511410502207, 0.1672073612066074], abs=1e-15
    )
    assert stream("clip", "user", "blink", 0).random() != stream("clip", "user", "gaze", 0).random()

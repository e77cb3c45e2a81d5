"""DTW against the textbook recurrence, and the nearest candidate against the minimum over all."""

import numpy as np
import pytest
from echo_metrics.dtw import dtw, nearest
from echo_metrics.errors import MetricInputError

REACT = [(slice(0, 15), 1 / 15), (slice(15, 17), 1.0), (slice(17, 25), 1 / 8)]


def textbook(a, b):
    cost = ((a[:, None].astype(float) - b[None]) ** 2).sum(-1)
    table = np.full((len(a) + 1, len(b) + 1), np.inf)
    table[0, 0] = 0
    for i in range(len(a)):
        for j in range(len(b)):
            table[i + 1, j + 1] = cost[i, j] + min(table[i, j], table[i, j + 1], table[i + 1, j])
    return np.sqrt(table[-1, -1])


@pytest.mark.parametrize("shape", [(1, 1, 1), (1, 9, 2), (9, 1, 2), (20, 33, 3), (33, 20, 4), (40, 40, 9)])
def test_equals_the_textbook(shape):
    t, s, dims = shape
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(t, dims)), rng.normal(size=(s, dims))
    assert dtw(a, b) == pytest.approx(textbook(a, b), rel=1e-12)
    assert dtw(a.astype("f4"), b.astype("f4")) == pytest.approx(textbook(a, b), rel=1e-5)


def brute(queries, candidates, parts):
    return [min(sum(w * dtw(q[:, c], k[:, c]) for c, w in parts) for k in candidates) for q in queries]


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("kind", ["noise", "walks", "one is close", "all alike", "ties"])
def test_nearest_is_exact(dtype, kind):
    """Abandoning and cutting must never change the minimum, whether bounds are tight, useless or equal."""
    rng = np.random.default_rng(0)
    candidates = rng.normal(size=(6, 150, 25))
    if kind == "walks":
        candidates = candidates.cumsum(1)
    if kind == "all alike":
        candidates = candidates[:1] + 1e-3 * candidates
    queries = candidates[:3] * 0.5 + rng.normal(size=(3, 150, 25))
    if kind == "one is close":
        queries = np.roll(candidates[3:], 5, axis=1) + 0.05 * rng.normal(size=(3, 150, 25))
    if kind == "ties":
        candidates = np.repeat(candidates[:2], 3, axis=0)
    queries, candidates = queries.astype(dtype), candidates.astype(dtype)
    np.testing.assert_allclose(nearest(queries, candidates, REACT), brute(queries, candidates, REACT), rtol=1e-6)


def test_warping_forgives_a_pause_and_not_a_change_of_level():
    rng = np.random.default_rng(0)
    clip = rng.normal(size=(100, 3)).cumsum(0)
    paused = np.concatenate([clip[:50], np.repeat(clip[49:50], 10, axis=0), clip[50:]])
    assert dtw(clip, paused) == 0
    assert [dtw(clip, clip + level) for level in (0, 0.5, 2)] == sorted(
        dtw(clip, clip + level) for level in (0, 0.5, 2)
    )


def test_refusals():
    clip = np.zeros((10, 3))
    with pytest.raises(MetricInputError, match="one layout"):
        dtw(clip, clip[:, :2])
    with pytest.raises(MetricInputError, match="face lost"):
        dtw(clip, clip + np.nan)
    with pytest.raises(MetricInputError, match="non-empty"):
        dtw(clip[:0], clip)
    with pytest.raises(MetricInputError, match="common length"):
        nearest(clip[None], clip[None, :5], [(slice(None), 1.0)])

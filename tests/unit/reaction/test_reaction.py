"""FRCorr, FRDist, FRDiv, FRVar, FRDvs: formula, damage, the defects of the official code, refusals."""

import numpy as np
import pytest
import torch
from echo_metrics import reaction as metrics
from echo_metrics.errors import MetricInputError, MetricWarning

from tests.golden.inputs import reactions


@pytest.fixture(scope="module")
def arrays():
    return reactions(31, 32, 33)


def blurred(listener, share, samples=3, seed=0):
    """Reactions with a growing share of noise."""
    noise = np.random.default_rng(seed).random((len(listener), samples, *listener.shape[1:]))
    return (1 - share) * listener[:, None] + share * noise


@pytest.mark.parametrize("metric", [metrics.frcorr, metrics.frdist])
def test_appropriateness_falls_with_noise(arrays, metric):
    _, listener, _, neighbours = arrays
    values = [metric(blurred(listener, share), listener, neighbours) for share in (0.0, 0.2, 0.5, 1.0)]
    assert values == sorted(values, reverse=metric is metrics.frcorr)


@pytest.mark.parametrize("metric", [metrics.frcorr, metrics.frdist])
def test_the_reaction_of_an_appropriate_other_is_as_good(arrays, metric):
    """Row 0 of the matrix allows listener 2: its reaction to speaker 0 scores like listener 0's own."""
    _, listener, _, neighbours = arrays
    own, other = listener[:, None].copy(), listener[:, None].copy()
    other[0] = listener[2]
    assert metric(other, listener, neighbours) == pytest.approx(metric(own, listener, neighbours), abs=1e-6)
    wrong = own.copy()
    wrong[0] = listener[1]
    assert abs(metric(wrong, listener, neighbours) - metric(own, listener, neighbours)) > 0.1


def test_frcorr_by_three_loops(arrays):
    pred, listener, _, neighbours = arrays
    pred, listener = pred.astype(float), listener.astype(float)

    def ccc(a, b):
        return 2 * np.cov(a, b, ddof=0)[0, 1] / (a.var() + b.var() + (a.mean() - b.mean()) ** 2 + 1e-8)

    best = [
        [
            max(np.mean([ccc(x[:, d], listener[m, :, d]) for d in range(25)]) for m in np.flatnonzero(neighbours[n]))
            for x in pred[n]
        ]
        for n in range(4)
    ]
    assert metrics.frcorr(pred, listener, neighbours) == pytest.approx(np.sum(best, axis=1).mean(), rel=1e-9)
    assert metrics.frcorr(pred, listener, neighbours, "mean") == pytest.approx(np.mean(best), rel=1e-9)


def test_sums_depend_on_the_number_of_samples_and_means_do_not(arrays):
    """field.md 2.5: unofficial repositories use 5 samples and halve the sum."""
    pred, listener, _, neighbours = arrays
    for metric in (metrics.frcorr, metrics.frdist):
        once, twice = metric(pred, listener, neighbours), metric(np.repeat(pred, 2, axis=1), listener, neighbours)
        assert twice == pytest.approx(2 * once)
        means = [metric(p, listener, neighbours, "mean") for p in (pred, np.repeat(pred, 2, axis=1))]
        assert means[1] == pytest.approx(means[0])


def test_a_dead_action_unit_costs_the_truth_its_perfect_score(arrays):
    """REACT's FRC scores constant channels 0: 24/25 for the truth itself (anchors.md A). Ours, on request: equal constants agree."""
    _, listener, _, neighbours = arrays
    dead = listener.copy()
    dead[..., 4] = 0.0
    truth = dead[:, None]
    with pytest.warns(MetricWarning, match="listener channels"):
        assert metrics.frcorr(truth, dead, neighbours) == pytest.approx(0.96, abs=1e-5)
    assert metrics.frcorr(truth, dead, neighbours, constant="aware") == pytest.approx(1, abs=1e-5)
    other = truth.copy()
    other[..., 4] = 0.5  # dead too, at another level: no agreement
    assert metrics.frcorr(other, dead, neighbours, constant="aware") == pytest.approx(0.96, abs=1e-5)


def test_concordance_punishes_level_and_amplitude_where_pearson_does_not():
    clip = np.random.default_rng(0).normal(size=(200, 4))
    for damaged in (clip + 1, clip * 0.5):
        assert (np.diag(np.corrcoef(clip.T, damaged.T)[:4, 4:]) > 0.999).all()
        assert (metrics.concordance(clip, damaged) < 0.85).all()
    assert metrics.concordance(clip, -clip) == pytest.approx(-np.ones(4), abs=0.05)


def adverse():
    """Small differences between large values: what float32 `cdist` by matrix products loses."""
    rng = np.random.default_rng(0)
    return (3000 + 0.1 * rng.normal(size=(60, 1, 200, 25))).astype(np.float32)


def test_diversity_where_the_official_cdist_fails():
    """anchors.md A: `torch.cdist(p, p)**2` in float32, diagonal included. Ours equals a float64 loop."""
    pred = adverse()
    flat = torch.from_numpy(pred.reshape(60, -1))
    official = float((torch.cdist(flat, flat) ** 2).sum() / (60 * 59) / flat.shape[1])
    rows = pred.reshape(60, -1).astype(float)
    true = sum(((a - b) ** 2).mean() for a in rows for b in rows) / (60 * 59)
    assert official > 5 * true
    assert metrics.frdvs(pred) == pytest.approx(true, rel=1e-9)
    assert metrics.frdiv(pred.swapaxes(0, 1)) == pytest.approx(true, rel=1e-9)


def test_each_diversity_sees_its_own_axis():
    rng = np.random.default_rng(0)
    samples = np.broadcast_to(rng.random((1, 3, 1, 2)), (4, 3, 50, 2))
    speakers = np.broadcast_to(rng.random((4, 1, 1, 2)), (4, 3, 50, 2))
    times = np.broadcast_to(rng.random((1, 1, 50, 2)), (4, 3, 50, 2))
    for array, seen in (
        (samples, (True, False, False)),
        (speakers, (False, True, False)),
        (times, (False, False, True)),
    ):
        values = metrics.frdiv(array), metrics.frdvs(array), metrics.frvar(array)
        assert tuple(value > 1e-12 for value in values) == seen


def test_frvar_is_unbiased(arrays):
    pred = arrays[0].astype(float)
    expected = torch.var(torch.from_numpy(pred), dim=2).mean()
    assert metrics.frvar(pred) == pytest.approx(float(expected), rel=1e-9)


def matrix(**changes):
    array = np.eye(4)
    for cell, value in changes.items():
        array[int(cell[1]), int(cell[2])] = value
    return array


BAD_MATRICES = {
    "other split": (np.eye(5), "slice of this split"),
    "weights": (matrix(c01=0.5), "0 and 1 only"),
    "nobody": (matrix(c22=0), "speaker 2 has no appropriate listener"),
}


@pytest.mark.parametrize("case", BAD_MATRICES)
def test_refuses_bad_matrices(arrays, case):
    neighbours, message = BAD_MATRICES[case]
    for metric in (metrics.frcorr, metrics.frdist):
        with pytest.raises(MetricInputError, match=message):
            metric(arrays[0], arrays[1], neighbours)


def test_refuses_bad_arrays(arrays):
    pred, listener, _, neighbours = arrays
    with pytest.raises(MetricInputError, match="common length"):
        metrics.frcorr(pred, listener[:, :-1], neighbours)
    with pytest.raises(MetricInputError, match="another layout"):
        metrics.frdist(pred[..., :20], listener[..., :20], neighbours)
    broken = pred.copy()
    broken[2, 0, 5, 3] = np.nan
    with pytest.raises(MetricInputError, match="first in clip 2"):
        metrics.frvar(broken)
    with pytest.raises(MetricInputError, match="clips, samples, frames, channels"):
        metrics.frdiv(listener)
    with pytest.raises(MetricInputError, match="2 are needed"):
        metrics.frdiv(pred[:, :1])
    with pytest.raises(MetricInputError, match="different speakers"):
        metrics.frdvs(pred[:1])
    with pytest.raises(MetricInputError, match="one frame"):
        metrics.frvar(pred[:, :, :1])
    with pytest.raises(MetricInputError, match="aggregate must be one of"):
        metrics.frcorr(pred, listener, neighbours, "median")
    with pytest.raises(MetricInputError, match="one shape"):
        metrics.concordance([1, 2], [1, 2, 3])

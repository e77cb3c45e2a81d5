"""Fréchet distance: closed forms, every path against every other, bias and its removal, refusals."""

import warnings

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.frechet import Moments, frechet_distance, frechet_infinity, paired_frechet
from scipy.linalg import sqrtm


def features(n, d=12, scale=1.0, shift=0.0, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ np.diag(np.linspace(0.5, 2, d)) * scale + shift


def textbook(a, b):
    """The definition with a complex matrix square root, as pytorch-fid computes it."""
    spread_a, spread_b = np.cov(a, rowvar=False), np.cov(b, rowvar=False)
    offset = a.mean(axis=0) - b.mean(axis=0)
    return float(offset @ offset + np.trace(spread_a + spread_b - 2 * sqrtm(spread_a @ spread_b).real))


def test_equals_the_matrix_square_root():
    a, b = features(200), features(300, scale=1.3, shift=0.2, seed=1)
    assert frechet_distance(a, b) == pytest.approx(textbook(a, b), rel=1e-7)


@pytest.mark.parametrize("n", [200, 8], ids=["full rank", "fewer rows than channels"])
def test_closed_form_of_a_scaled_and_shifted_copy(n):
    """b = c a + s has FD = |mu_a - mu_b|^2 + (1 - c)^2 tr S_a, whatever the rank."""
    a = features(n)
    b = 1.7 * a + 0.3
    offset = a.mean(axis=0) - b.mean(axis=0)
    expected = offset @ offset + 0.7**2 * np.trace(np.cov(a, rowvar=False))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", MetricWarning)
        for left in (a, Moments.from_features(a)):
            for right in (b, Moments.from_features(b)):
                assert frechet_distance(left, right) == pytest.approx(expected, rel=1e-12)


def test_one_channel_is_the_difference_of_means_and_deviations():
    a, b = features(50, 1), features(70, 1, scale=2, shift=1, seed=1)
    expected = (a.mean() - b.mean()) ** 2 + (a.std(ddof=1) - b.std(ddof=1)) ** 2
    assert frechet_distance(a, b) == pytest.approx(expected, rel=1e-12)


@pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
@pytest.mark.parametrize(("n", "m"), [(100, 80), (8, 80), (80, 8), (8, 6), (12, 13)])
def test_every_path_gives_the_same_number(n, m):
    """Rows, moments, moments with the root at hand: on either side, below and above full rank."""
    a, b = features(n), features(m, scale=1.4, seed=1)
    rooted = Moments.from_features(a)
    rooted.root()
    truth = frechet_distance(a, b)
    for left in (a, Moments.from_features(a), rooted):
        for right in (b, Moments.from_features(b)):
            assert frechet_distance(left, right) == pytest.approx(truth, rel=1e-7)
            assert frechet_distance(right, left) == pytest.approx(truth, rel=1e-7)
    assert textbook(a, b) == pytest.approx(truth, rel=1e-5)


@pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
def test_dead_channels_are_no_trouble():
    a, b = features(60), features(60, seed=1)
    a[:, 3] = b[:, 3] = 0.25
    live = [i for i in range(12) if i != 3]
    assert frechet_distance(a, b) == pytest.approx(frechet_distance(a[:, live], b[:, live]), rel=1e-9)


@pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
def test_two_sets_that_both_hold_still_are_their_means_apart():
    """A published system writes a head pose of zeros: neither covariance has a root with rows."""
    assert frechet_distance(np.zeros((40, 3)), np.full((40, 3), 0.5)) == pytest.approx(0.75)
    assert frechet_distance(Moments.from_features(np.zeros((40, 3))), np.ones((40, 3))) == pytest.approx(3)


@pytest.mark.parametrize("n", [70, 400, 20_000])
def test_a_face_that_is_held_is_its_offset_and_the_spread_of_the_truth(n):
    """Its moments hold nothing but rounding, which grows with the rows and may have either sign."""
    for seed in range(5):
        a, held = features(n, 64, seed), np.tile(features(1, 64, seed + 9), (n, 1))
        expected = ((a.mean(0) - held[0]) ** 2).sum() + np.trace(np.cov(a, rowvar=False))
        for one, other in ((a, held), (Moments.from_features(a), Moments.from_features(held))):
            assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-9)
            assert frechet_distance(other, one) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("rank", [1, 2, 3])
def test_sets_that_do_not_overlap_are_their_offset_and_both_spreads(rank):
    for seed in range(20):
        rng = np.random.default_rng(seed)
        axes = np.linalg.qr(rng.normal(size=(6, 6)))[0]
        a, b = rng.normal(size=(300, rank)) @ axes[:rank], rng.normal(size=(300, 6 - rank)) @ axes[rank:]
        expected = ((a.mean(0) - b.mean(0)) ** 2).sum() + np.trace(np.cov(a.T)) + np.trace(np.cov(b.T))
        for one, other in ((a, b), (Moments.from_features(a), Moments.from_features(b))):
            assert frechet_distance(one, other) == pytest.approx(expected, rel=1e-6)


@pytest.mark.filterwarnings("ignore::echo_metrics.errors.MetricWarning")
@pytest.mark.parametrize("n", [5, 12, 13, 400])
def test_equal_sets_are_at_zero_and_never_below(n):
    a = features(n)
    assert 0 <= frechet_distance(a, a.copy()) < 1e-12
    assert 0 <= frechet_distance(Moments.from_features(a), a) < 1e-7


def test_the_bias_is_reported_where_it_is_worst():
    with pytest.warns(MetricWarning, match="8 rows of 12 channels"):
        frechet_distance(features(8), features(100, seed=1))


def test_bias_is_as_large_as_published_distances():
    """Two draws of one 50-d Gaussian: 22.3 at T = 60, 2.96 at 500 in one published pair of draws each; the truth is 0."""
    draws = [np.random.default_rng(s) for s in range(20)]
    for frames, published in ((60, 22.3), (500, 2.96)):
        mean = np.mean([frechet_distance(r.normal(size=(frames, 50)), r.normal(size=(frames, 50))) for r in draws])
        assert mean == pytest.approx(published, rel=0.12)


def test_extrapolation_removes_the_bias():
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(1500, 20)), rng.normal(size=(1500, 20)) + 0.2
    true = 20 * 0.2**2
    line = frechet_infinity(a, b)
    assert abs(line.value - true) < 0.25 * abs(frechet_distance(a, b) - true)
    assert line.slope > 0
    assert line.distances[0] > line.distances[-1]
    assert line.sizes[[0, -1]].tolist() == [150, 1500]


def test_extrapolation_against_fixed_moments_keeps_the_bias_of_their_n():
    rng = np.random.default_rng(4)
    few, many = rng.normal(size=(200, 10)), rng.normal(size=(4000, 10))
    assert frechet_infinity(Moments.from_features(few), many).value > 0.1
    assert abs(frechet_infinity(Moments.from_features(many), many[:2000]).value) < 0.02


def test_extrapolation_is_seeded():
    a, b = features(100, 4), features(100, 4, seed=1)
    assert frechet_infinity(a, b, seed=1).value == frechet_infinity(a, b, seed=1).value
    assert frechet_infinity(a, b, seed=1).value != frechet_infinity(a, b, seed=2).value


def test_extrapolation_below_full_rank_is_reported():
    with pytest.warns(MetricWarning, match="does not follow 1 / n"):
        frechet_infinity(features(20), features(20, seed=1))
    with pytest.raises(MetricInputError, match="at least 2 points"):
        frechet_infinity(features(20), features(20, seed=1), points=1)
    with pytest.raises(MetricInputError, match="smallest = 20"):
        frechet_infinity(features(20), features(20, seed=1), smallest=20)


def test_paired_distance_sees_a_reaction_to_the_wrong_partner():
    """Shuffled clips keep the distance of the motion alone, and lose the pairing."""
    rng = np.random.default_rng(5)
    partner = rng.normal(size=(400, 3))
    gt = partner @ rng.normal(size=(3, 3)) + 0.1 * rng.normal(size=(400, 3))
    stranger = gt[rng.permutation(400)]
    assert frechet_distance(gt, stranger) < 1e-9
    assert paired_frechet(gt, stranger, partner) > 0.5
    assert paired_frechet(gt, gt, partner) < 1e-9


def test_paired_distance_refuses_other_lengths():
    with pytest.raises(MetricInputError, match="cut to a common length"):
        paired_frechet(features(20), features(20), features(19))


@pytest.mark.parametrize(
    ("b", "message"),
    [
        (features(1), "the second set has 1 row"),
        (features(20, 5), "one extractor, in one layout"),
        (np.full((20, 12), np.nan), "the second set holds NaN"),
        (np.zeros(20), "samples, channels"),
    ],
)
def test_refuses(b, message):
    with pytest.raises(MetricInputError, match=message):
        frechet_distance(features(20), b)


def test_refuses_moments_that_are_no_covariance():
    bad = Moments(10, np.zeros(2), np.diag([9.0, -4.0]))
    with pytest.raises(MetricInputError, match="not a covariance"):
        frechet_distance(Moments.from_features(features(20, 2)), bad)
    good = Moments.from_features(features(300, shift=3.0))
    for sums in (Moments(200, good.sum, good.outer), Moments(300, 1.5 * good.sum, good.outer)):
        with pytest.raises(MetricInputError, match="not a covariance"):
            frechet_distance(features(300, seed=1), sums)

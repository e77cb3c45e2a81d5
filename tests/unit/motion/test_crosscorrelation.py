"""Lagged Pearson by FFT against a loop with `corrcoef`."""

import numpy as np
import pytest
from echo_metrics.crosscorrelation import lagged_pearson
from echo_metrics.errors import MetricInputError


def loop(a, b, max_lag, valid=None):
    frames, dims = a.shape
    valid = np.ones(frames, bool) if valid is None else valid
    rows = []
    for lag in range(-max_lag, max_lag + 1):
        late, early = (slice(lag, None), slice(frames - lag)) if lag >= 0 else (slice(lag), slice(-lag, None))
        first, second = (side[valid[late] & valid[early]] for side in (a[late], b[early]))
        with np.errstate(invalid="ignore", divide="ignore"):
            rows.append([np.corrcoef(first[:, d], second[:, d])[0, 1] for d in range(dims)])
    return np.array(rows)


def test_equals_a_loop_even_with_large_offsets_and_dead_spans():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 60, 5))
    a[:, 0] += 1e4
    a[:, 1] = 3.0  # dead throughout: NaN at every lag
    b[:50, 2] = 1.0  # dead in a prefix: NaN at some lags
    a[20:, 3] = 0.0  # dead in a suffix
    expected = loop(a, b, 25)
    assert np.isnan(expected[:, 2]).any()
    assert not np.isnan(expected[:, 2]).all()
    np.testing.assert_allclose(lagged_pearson(a, b, 25), expected, atol=1e-9, equal_nan=True)


def test_lost_frames_keep_their_place_in_time():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(2, 90, 3))
    valid = rng.random(90) > 0.3
    valid[40:52] = False
    a[valid, 1] = 2.0  # dead in what is seen
    a[~valid] = b[~valid] = np.nan
    expected = loop(a, b, 20, valid)
    assert np.isfinite(expected[:, [0, 2]]).all()
    np.testing.assert_allclose(lagged_pearson(a, b, 20, valid), expected, atol=1e-9, equal_nan=True)


def test_a_lag_at_which_hardly_a_frame_has_its_partner_tells_nothing():
    valid = np.arange(200) % 50 < 25  # at a lag of 25 nothing meets, at 20 a fifth
    curve = lagged_pearson(*np.random.default_rng(0).normal(size=(2, 200, 1)), 30, valid)[:, 0]
    lags = np.arange(-30, 31)
    np.testing.assert_array_equal(lags[np.isnan(curve)], [*range(-30, -18), *range(19, 31)])


def test_leading_axes_broadcast():
    rng = np.random.default_rng(0)
    a, b = rng.normal(size=(3, 50, 2)), rng.normal(size=(50, 2))
    np.testing.assert_allclose(lagged_pearson(a, b, 9)[1], lagged_pearson(a[1], b, 9), atol=1e-12)


def test_what_is_lost_in_rounding_counts_as_constant():
    """A blip of size 1 followed by dust of 1e-9: a correlation of the dust would be noise of the sums."""
    rng = np.random.default_rng(0)
    a = 1e-9 * rng.normal(size=(100, 1))
    a[0] = 1.0
    assert np.isnan(lagged_pearson(a, rng.normal(size=(100, 1)), 5)[6:]).all()


def test_refuses_short_or_unequal_sequences():
    with pytest.raises(MetricInputError, match="too short"):
        lagged_pearson(np.zeros((50, 2)), np.zeros((50, 2)), 49)
    with pytest.raises(MetricInputError, match="common length"):
        lagged_pearson(np.zeros((50, 2)), np.zeros((51, 2)), 5)

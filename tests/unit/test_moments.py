"""Streaming moments against two-pass numpy, and what they refuse."""

import tracemalloc

import numpy as np
import pytest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.moments import Moments, covariance_root


def features(n=300, d=6, seed=0):
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + rng.normal(size=d)


def test_streaming_equals_two_passes():
    rows = features()
    moments = Moments.empty(6)
    for start in range(0, 300, 77):
        moments.update(rows[start : start + 77])
    assert moments.n == 300
    np.testing.assert_allclose(moments.mean, rows.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance(), np.cov(rows, rowvar=False), rtol=1e-9)


def test_float32_rows_are_summed_in_float64():
    """float32 sums of the same rows are wrong in the sixth digit."""
    rows = (features(20_000) + 30).astype(np.float32)
    exact = np.cov(rows.astype(np.float64), rowvar=False)
    np.testing.assert_allclose(Moments.from_features(rows).covariance(), exact, rtol=1e-9)
    naive = (rows.T @ rows - np.outer(rows.sum(0), rows.mean(0))) / np.float32(len(rows) - 1)
    assert np.abs(naive / exact - 1).max() > 1e-6


def test_without_is_what_the_other_rows_have():
    rows = features() + 30
    left = Moments.from_features(rows).without(Moments.from_features(rows[100:140]))
    others = np.delete(rows, np.s_[100:140], axis=0)
    assert left.n == 260
    np.testing.assert_allclose(left.mean, others.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(left.covariance(), np.cov(others, rowvar=False), rtol=1e-9)


def test_more_rows_cannot_be_taken_than_there_are():
    with pytest.raises(MetricInputError, match="11 rows cannot be taken from 10"):
        Moments.from_features(features(10)).without(Moments.from_features(features(11)))


def test_memory_does_not_grow_with_rows():
    def peak(batches):
        moments = Moments.empty(64)
        tracemalloc.start()
        for seed in range(batches):
            moments.update(features(200, 64, seed))
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(1)
    assert peak(40) < 1.2 * peak(2)


def test_a_root_squares_to_the_covariance_and_is_kept_until_the_next_update():
    moments = Moments.from_features(features())
    root = moments.root()
    np.testing.assert_allclose(root.T @ root, moments.covariance(), rtol=1e-10, atol=1e-12)
    assert moments.root() is root
    moments.update(features(10, seed=1))
    assert not moments.has_root
    np.testing.assert_allclose(moments.root().T @ moments.root(), moments.covariance(), rtol=1e-10, atol=1e-12)


def test_root_of_a_singular_covariance_has_its_rank():
    """An offset of 1000 leaves rounding in the null space that no floor relative to the spread would catch."""
    for offset, tolerance in ((0, 1e-12), (1000, 1e-8)):
        rows = features(5, 8) + offset
        root = Moments.from_features(rows).root()
        assert root.shape == (4, 8)
        np.testing.assert_allclose(root.T @ root, np.cov(rows, rowvar=False), atol=tolerance)


def test_root_with_a_dead_channel():
    rows = features(100, 4)
    rows[:, 2] = 0.5
    root = Moments.from_features(rows).root()
    np.testing.assert_allclose(root.T @ root, np.cov(rows, rowvar=False), atol=1e-12)


def test_save_and_load_keep_every_bit(tmp_path):
    moments = Moments.from_features(features())
    moments.save(tmp_path / "truth.stats")
    again = Moments.load(tmp_path / "truth.stats")
    assert again.n == moments.n
    assert again.sum.tobytes() == moments.sum.tobytes()
    assert again.outer.tobytes() == moments.outer.tobytes()


def test_load_refuses_pickles_and_other_files(tmp_path):
    np.savez(tmp_path / "pickle.npz", n=np.array([{"a": 1}], dtype=object), sum=np.zeros(1), outer=np.zeros((1, 1)))
    np.savez(tmp_path / "other.npz", mu=np.zeros(3))
    np.save(tmp_path / "array.npy", np.zeros(3))
    (tmp_path / "text.npz").write_text("mu, sigma")
    for name in ("pickle.npz", "other.npz", "array.npy", "text.npz"):
        with pytest.raises(MetricInputError, match=r"written by Moments\.save"):
            Moments.load(tmp_path / name)


def test_a_mean_that_dwarfs_the_spread_is_reported():
    with pytest.warns(MetricWarning, match="dwarfs"):
        Moments.from_features(features() + 1e6).covariance()


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (np.zeros(5), r"x\[:, None\]"),
        (np.zeros((2, 3, 4)), "joining them in time"),
        (np.zeros((4, 0)), "samples, channels"),
        (np.array([[0.0], [np.nan], [np.inf]]), r"2 of 3 rows \(first: row 1\)"),
        (np.array([["a"]]), "real numbers"),
        (np.zeros((2, 2), complex), "real numbers"),
    ],
)
def test_refuses_what_is_not_rows(rows, message):
    with pytest.raises(MetricInputError, match=message):
        Moments.from_features(rows)


def test_refuses_other_channels_and_too_few_rows():
    moments = Moments.from_features(features(3, 4))
    with pytest.raises(MetricInputError, match="5 channels do not fit moments of 4"):
        moments.update(features(3, 5))
    with pytest.raises(MetricInputError, match="one layout"):
        moments.merge(Moments.empty(5))
    with pytest.raises(MetricInputError, match="Did every clip fail"):
        _ = Moments.empty(4).mean
    with pytest.raises(MetricInputError, match="at least 2"):
        Moments.from_features(features(1, 4)).covariance()


def test_refuses_sums_that_do_not_belong_together():
    with pytest.raises(MetricInputError, match="shape"):
        Moments(3, np.zeros(4), np.zeros((3, 3)))
    with pytest.raises(MetricInputError, match="not finite"):
        Moments(3, np.array([np.nan]), np.zeros((1, 1)))
    with pytest.raises(MetricInputError, match="not a covariance"):
        covariance_root(np.diag([1.0, -0.5]), 5)

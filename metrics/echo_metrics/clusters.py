"""Clips that are not independent, summed to the clusters (dyads) that are, and drawn again with replacement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

Values = NDArray[np.float64]
Codes = NDArray[np.int64]

FEW_CLUSTERS = 20  # below: an interval is marked
LEAST_CLUSTERS = 5  # below: there is no interval
DRAWS_AT_ONCE = 2_000_000  # numbers held while resampling


def as_values(values: ArrayLike, name: str = "values") -> Values:
    """One finite number per clip, as float64.

    Raises
    ------
    MetricInputError
        When there is no clip, more than one axis, or a value that is missing.
    """
    array = np.asarray(values, np.float64)
    if array.ndim != 1 or array.size == 0:
        raise MetricInputError(
            f"{name} must be one number per clip, shape (clips,) with at least one clip; got {array.shape}"
        )
    refuse_missing(array, name)
    return array


def refuse_missing(array: Values, name: str) -> None:
    """Raise when any value is NaN or Inf."""
    missing = int((~np.isfinite(array)).sum())
    if missing:
        raise MetricInputError(
            f"{name} has no finite number for {missing} of {array.size} entries: drop those clips from every method alike, "
            "and report the coverage; a mean over the clips that happened to work is another number"
        )


def cluster_codes(clusters: Sequence[Any] | NDArray[Any] | None, clips: int) -> Codes:
    """Cluster number 0..G-1 of each clip, in order of first appearance; every clip its own cluster without labels.

    Raises
    ------
    MetricInputError
        When there is not one label per clip.
    """
    if clusters is None:
        return np.arange(clips)
    if len(clusters) != clips:
        raise MetricInputError(f"{len(clusters)} cluster labels for {clips} clips: give each clip the id of its dyad")
    seen: dict[Any, int] = {}
    return np.array([seen.setdefault(label, len(seen)) for label in clusters], np.int64)


def cluster_sums(values: Values, codes: Codes) -> Values:
    """Sum of the values in each cluster; `values` has clips on its last axis."""
    sums = np.zeros((*values.shape[:-1], int(codes.max()) + 1))
    np.add.at(sums.T, codes, values.T)
    return sums


def resample(groups: int, replicates: int, rng: np.random.Generator) -> Iterator[NDArray[np.float64]]:
    """How often each cluster is drawn, in blocks of shape (some replicates, groups)."""
    block = max(1, DRAWS_AT_ONCE // groups)
    for start in range(0, replicates, block):
        rows = min(block, replicates - start)
        drawn = rng.integers(0, groups, (rows, groups), np.int32) + groups * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * groups).reshape(rows, groups).astype(np.float64)


def resampled_means(values: Values, codes: Codes, replicates: int, seed: int) -> Values:
    """Mean over clips in each cluster resample, shape (..., replicates) for values (..., clips).

    A mean of resampled clusters is a ratio: resampled sums over resampled clip counts. All rows of `values` share the draws.
    """
    if replicates < 1:
        raise MetricInputError(f"at least one replicate is needed, got {replicates}")
    sums = cluster_sums(values, codes)
    counts = np.bincount(codes).astype(np.float64)
    rng = np.random.default_rng(seed)
    blocks = [sums @ draws.T / (draws @ counts) for draws in resample(len(counts), replicates, rng)]
    return np.concatenate(blocks, axis=-1)

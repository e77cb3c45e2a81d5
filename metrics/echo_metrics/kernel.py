"""Kernel distance (KID): an unbiased squared maximum mean discrepancy between two sets of features.

Unlike the Fréchet distance it does not grow when there are fewer samples: its expectation is the same at every n, and 0 for two draws of
one distribution, so single values may be negative. The kernel is ``(gamma x.y + coef)^degree``.

Source: Binkowski et al., "Demystifying MMD GANs", ICLR 2018.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.moments import Floats, Matrix, as_rows

Drawn = tuple[NDArray[np.int64], NDArray[np.int64]]
"""Rows of one random subset: indices into the first set and into the second."""


@dataclass(frozen=True, slots=True)
class KernelDistance:
    """Mean of the squared discrepancy over random subsets.

    Attributes
    ----------
    value : float
        Lower is better; 0 is expected for equal distributions, slightly negative values happen.
    deviation : float
        Standard deviation over the subsets (`ddof = 0`, as torchmetrics and torch-fidelity print). The subsets share rows: this is no
        standard error of `value`.
    subsets, subset_size : int
        What was drawn. Both change `deviation`; neither changes the expectation of `value`.
    """

    value: float
    deviation: float
    subsets: int
    subset_size: int


def kernel_distance(
    a: Floats,
    b: Floats,
    *,
    subsets: int = 100,
    subset_size: int = 1000,
    degree: int = 3,
    gamma: float | None = None,
    coef: float = 1.0,
    seed: int = 0,
) -> KernelDistance:
    """Kernel inception distance (KID) of two sets of features.

    Parameters
    ----------
    a, b : ndarray of shape (samples, channels), float or integer
        Truth and prediction; the expectation is symmetric in them.
    subsets, subset_size : int, default 100 and 1000
        Random subsets, drawn without replacement from each set. Sets smaller than `subset_size` are used whole, as their one subset.
    degree, gamma, coef : int, float, float
        Kernel ``(gamma x.y + coef)^degree``; `gamma` defaults to 1 / channels. The defaults are those of the paper.
    seed : int, default 0
        Seed of the subsets.

    Raises
    ------
    MetricInputError
        When a set has fewer than two rows, is not finite, the channels differ, or no subset is asked for.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> a, b = rng.normal(size=(400, 8)), rng.normal(size=(400, 8))
    >>> abs(kernel_distance(a, b).value) < 0.1 < kernel_distance(a, b + 1).value
    True
    """
    first, second = as_rows(a, "the first set"), as_rows(b, "the second set")
    if first.shape[1] != second.shape[1]:
        raise MetricInputError(
            f"{first.shape[1]} and {second.shape[1]} channels cannot be compared: were both sets made by one extractor, in one layout?"
        )
    drawn = kernel_subsets(len(first), len(second), subsets=subsets, subset_size=subset_size, seed=seed)
    values = discrepancies(first, second, drawn, degree=degree, gamma=gamma, coef=coef)
    return KernelDistance(float(values.mean()), float(values.std()), len(drawn), len(drawn[0][0]))


def kernel_subsets(
    first: int, second: int, *, subsets: int = 100, subset_size: int = 1000, seed: int = 0
) -> list[Drawn]:
    """The random subsets of :func:`kernel_distance`, drawn from sets of so many rows.

    Raises
    ------
    MetricInputError
        When a set has fewer than two rows, or no subset is asked for.
    """
    size = min(subset_size, first, second)
    if size < 2 or subsets < 1:
        raise MetricInputError(f"a kernel distance needs subsets of at least 2 rows; got {subsets} subset(s) of {size}")
    if size == first == second:
        subsets = 1  # every further subset would be the same rows
    rng = np.random.default_rng(seed)
    sets = [[rng.choice(rows, size, replace=False) for rows in (first, second)] for _ in range(subsets)]
    return [(x, y) for x, y in sets]


def discrepancies(
    a: Floats,
    b: Floats,
    drawn: Sequence[Drawn],
    *,
    degree: int = 3,
    gamma: float | None = None,
    coef: float = 1.0,
) -> Matrix:
    """The unbiased squared discrepancy of each subset, (subsets,); the two sides of a subset may differ in size.

    Raises
    ------
    MetricInputError
        When a side of a subset has fewer than two rows.
    """
    scale = 1 / a.shape[1] if gamma is None else gamma

    def discrepancy(rows: Drawn) -> float:
        if min(map(len, rows)) < 2:
            raise MetricInputError(
                f"subsets of {len(rows[0])} and {len(rows[1])} rows: a kernel distance needs 2 of each"
            )
        x, y = (side[index].astype(np.float64) for side, index in zip((a, b), rows, strict=True))
        within_x, within_y, between = (
            (scale * (left @ right.T) + coef) ** degree for left, right in ((x, x), (y, y), (x, y))
        )
        return _off_diagonal_mean(within_x) + _off_diagonal_mean(within_y) - 2 * float(between.mean())

    return np.array([discrepancy(rows) for rows in drawn])


def _off_diagonal_mean(kernel: Matrix) -> float:
    n = len(kernel)
    return float((kernel.sum() - np.trace(kernel)) / (n * (n - 1)))

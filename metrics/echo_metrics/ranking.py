"""Ranks of several methods with their uncertainty: rank intervals, and letters for groups that cannot be told apart.

Source: Mogstad et al., Rev. Econ. Stud. 91 (2024), on why ranks need intervals; Piepho, J. Comput. Graph. Stat. 13 (2004), for the letters.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.clusters import Values, cluster_codes, refuse_missing, resampled_means
from echo_metrics.errors import MetricInputError
from echo_metrics.intervals import Interval, Labels, few, no_interval


@dataclass(frozen=True, slots=True)
class RankInterval:
    """Rank of one method among all.

    Attributes
    ----------
    rank : int
        1 is best: one more than the number of methods that are strictly better.
    interval : Interval
        Ends are whole ranks.
    """

    rank: int
    interval: Interval


def rank_intervals(
    scores: ArrayLike,
    clusters: Labels = None,
    *,
    higher_is_better: bool,
    replicates: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[RankInterval, ...]:
    """Ranks by mean over clips, with bootstrap intervals over clusters; all methods share each resample.

    Parameters
    ----------
    scores : array_like of shape (methods, clips)
        The same clips in the same order for every method.
    clusters : sequence of shape (clips,), optional
        Dyad of each clip.
    higher_is_better : bool
    replicates : int, default 10000
    level : float, default 0.95
    seed : int, default 0

    Raises
    ------
    MetricInputError
        When the table is not (methods, clips), a value is missing, or labels do not match.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> clips = rng.normal(size=100)
    >>> table = [clips + 1, clips + rng.normal(0, 0.1, 100), clips]
    >>> [(r.rank, r.interval.lo, r.interval.hi) for r in rank_intervals(table, higher_is_better=True)][0]
    (1, 1.0, 1.0)
    """
    table = np.asarray(scores, np.float64)
    if table.ndim != 2 or 0 in table.shape:
        raise MetricInputError(f"scores must have shape (methods, clips); got {table.shape}")
    refuse_missing(table, "scores")
    codes = cluster_codes(clusters, table.shape[1])
    groups = int(codes.max()) + 1
    sign = -1.0 if higher_is_better else 1.0
    ranks = _ranks(sign * table.mean(axis=1, keepdims=True))[:, 0]
    absent = no_interval(groups, level, "cluster bootstrap of ranks")
    if absent:
        return tuple(RankInterval(int(rank), absent) for rank in ranks)
    drawn = _ranks(sign * resampled_means(table, codes, replicates, seed))
    tail = (1 - level) / 2
    los = np.quantile(drawn, tail, axis=1, method="lower")
    his = np.quantile(drawn, 1 - tail, axis=1, method="higher")
    return tuple(
        RankInterval(int(rank), Interval(float(lo), float(hi), level, "cluster bootstrap of ranks", few(groups)))
        for rank, lo, hi in zip(ranks, los, his, strict=True)
    )


def ranks_from_pairs(costs: ArrayLike, p_values: ArrayLike, level: float = 0.95) -> tuple[RankInterval, ...]:
    """Ranks with the intervals that all pairwise tests together allow.

    A method's rank is at best one more than the number of methods that are significantly better, and at worst the number of methods
    less those that are significantly worse (Mogstad et al.). With p corrected over all pairs, all intervals hold together.

    Parameters
    ----------
    costs : array_like of shape (methods,)
        Lower is better.
    p_values : array_like of shape (methods, methods)
        Symmetric table of pairwise p-values, already corrected; the diagonal is not read.
    level : float, default 0.95

    Raises
    ------
    MetricInputError
        When the table does not fit the costs, or is not symmetric.

    Examples
    --------
    >>> ranks = ranks_from_pairs([0.1, 0.2, 0.9], [[1, 0.6, 0.01], [0.6, 1, 0.01], [0.01, 0.01, 1]])
    >>> [(r.rank, r.interval.lo, r.interval.hi) for r in ranks]
    [(1, 1.0, 2.0), (2, 1.0, 2.0), (3, 3.0, 3.0)]
    """
    values, table = np.asarray(costs, np.float64), np.asarray(p_values, np.float64)
    count = len(values)
    refuse_missing(values, "costs")
    if table.shape != (count, count) or not np.array_equal(_off_diagonal(table), _off_diagonal(table.T)):
        raise MetricInputError(
            f"{count} methods need a symmetric ({count}, {count}) table of p; got shape {table.shape}"
        )
    apart = (table < 1 - level) & ~np.eye(count, dtype=bool)
    better = (apart & (values[None, :] < values[:, None])).sum(axis=1)
    worse = (apart & (values[None, :] > values[:, None])).sum(axis=1)
    return tuple(
        RankInterval(int(rank), Interval(float(1 + ahead), float(count - behind), level, "pairwise tests, Holm"))
        for rank, ahead, behind in zip(_ranks(values[:, None])[:, 0], better, worse, strict=True)
    )


def tie_groups(p_values: ArrayLike, level: float = 0.05, order: Sequence[int] | None = None) -> tuple[str, ...]:
    """Letters such that two methods share one exactly when they are not significantly different.

    Parameters
    ----------
    p_values : array_like of shape (methods, methods)
        Symmetric table of pairwise p-values, already corrected (:func:`echo_metrics.comparisons.holm`); the diagonal is not read.
    level : float, default 0.05
        A pair with p below it is different.
    order : sequence of int, optional
        Methods from best to worst: letters start at the best. Default: as given.

    Returns
    -------
    tuple of str
        One string of letters per method, in the order of the table.

    Raises
    ------
    MetricInputError
        When the table is not square and symmetric, or `order` is not a permutation.

    Examples
    --------
    >>> tie_groups([[1, 0.6, 0.01], [0.6, 1, 0.3], [0.01, 0.3, 1]])
    ('a', 'ab', 'b')
    """
    table = np.asarray(p_values, np.float64)
    methods = len(table)
    if table.shape != (methods, methods) or not np.array_equal(_off_diagonal(table), _off_diagonal(table.T)):
        raise MetricInputError(
            f"pairwise p-values must be a symmetric (methods, methods) table; got shape {table.shape}"
        )
    placed = list(range(methods)) if order is None else list(order)
    if sorted(placed) != list(range(methods)):
        raise MetricInputError(f"order must name each of the {methods} methods once; got {order}")
    groups = [frozenset(range(methods))]
    for i, j in combinations(range(methods), 2):
        if table[i, j] < level:
            groups = _split(groups, i, j)
    groups.sort(key=lambda group: sorted(placed.index(member) for member in group))
    return tuple("".join(_letter(k) for k, group in enumerate(groups) if m in group) for m in range(methods))


def _split(groups: list[frozenset[int]], i: int, j: int) -> list[frozenset[int]]:
    """No group holds both i and j any more; groups inside another are dropped (insert and absorb)."""
    pieces = [g - {one} for g in groups for one in ((i, j) if {i, j} <= g else (-1,))]
    distinct = list(dict.fromkeys(pieces))
    return [g for g in distinct if not any(g < other for other in distinct)]


def _letter(index: int) -> str:
    """a..z, then A..Z, then a number in brackets: distinct, and readable for any number of groups."""
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[index] if index < len(letters) else f"[{index + 1}]"


def _ranks(costs: Values) -> NDArray[np.int64]:
    """1 + number of strictly smaller costs, along the first axis."""
    return np.array([1 + (costs < own).sum(axis=0) for own in costs], np.int64)


def _off_diagonal(table: Values) -> Values:
    return table[~np.eye(len(table), dtype=bool)]

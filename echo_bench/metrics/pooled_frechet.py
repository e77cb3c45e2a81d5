"""Fréchet distance of all rows of a split, and of many subsets of its clips at little more than the cost of one.

An interval leaves groups of clips out, twenty times over (:mod:`echo_metrics.jackknife`). To sum the rows of 2048 channels that remain is
most of the work each time; here they are what all clips have, less what the dropped clips have.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from echo_metrics.frechet import Moments, frechet_distance
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, MetricInfo, OfSubset
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric, TwoSamples


def described(rows: tuple[Rows, ...]) -> Moments | Rows:
    """The rows of all clips as what a Fréchet distance needs of them: rows while they are few, else sums in constant memory."""
    return _summed(rows) if _are_many(rows) else np.concatenate(rows)


def pooled_frechet(stat: TwoSamples) -> float:
    """Fréchet distance between all rows of both sides."""
    return frechet_distance(described(stat.truth), described(stat.pred))


class PooledFrechet(TwoSampleMetric):
    """The distance as a metric.

    Parameters
    ----------
    info : MetricInfo
    rows : callable
        The rows of one side (``pred`` or ``truth``) of an artefact.
    """

    def __init__(self, info: MetricInfo, rows: Callable[[ClipFeatures, str], Rows]) -> None:
        super().__init__(info, rows, pooled_frechet)

    def subsets(self, stats: Sequence[TwoSamples]) -> OfSubset:
        """The distance of any of these clips; each row is summed once for all subsets, and once for each that is without it."""
        whole = reduce(self.merge, stats)
        truth, pred = described(whole.truth), described(whole.pred)

        def value(kept: NDArray[np.int64]) -> float:
            left = reduce(self.merge, [stats[i] for i in kept])
            self.require_both(left)
            gone = reduce(self.merge, [stats[i] for i in np.setdiff1d(np.arange(len(stats)), kept)], TwoSamples((), ()))
            return frechet_distance(_less(truth, gone.truth, left.truth), _less(pred, gone.pred, left.pred))

        return value


def _less(whole: Moments | Rows, gone: tuple[Rows, ...], left: tuple[Rows, ...]) -> Moments | Rows:
    """What :func:`described` says of the rows that are left, by whichever way sums fewer of them."""
    if not gone:
        return whole
    if isinstance(whole, Moments) and _are_many(left) and _count(gone) < _count(left):
        return whole.without(_summed(gone))
    return described(left)


def _summed(rows: tuple[Rows, ...]) -> Moments:
    moments = Moments.empty(rows[0].shape[1])
    for block in rows:
        moments.update(block)
    return moments


def _are_many(rows: tuple[Rows, ...]) -> bool:
    channels: int = rows[0].shape[1]
    return _count(rows) > channels


def _count(rows: tuple[Rows, ...]) -> int:
    return sum(map(len, rows))

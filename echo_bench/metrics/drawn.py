"""Metrics of two sets that are computed on random subsets of their rows, and their intervals.

An interval leaves groups of clips out, twenty times over (:mod:`echo_metrics.jackknife`), and multiplies the spread of what comes out by
about twenty. Subsets drawn anew each time would differ by their draw as well, and the interval of a KID be two to three times too wide: so
rows are drawn once, from all clips, and a clip that is left out leaves them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import reduce

import numpy as np
from echo_metrics.kernel import Drawn
from echo_metrics.moments import as_rows
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, MetricInfo, OfSubset
from echo_bench.metrics.two_samples import Rows, TwoSampleMetric, TwoSamples


class DrawnTwoSamples(TwoSampleMetric):
    """A number from random subsets of the rows of two sets.

    Parameters
    ----------
    info : MetricInfo
    rows : callable
        The rows of one side (``pred`` or ``truth``) of an artefact.
    draw : callable
        From all rows of truth and of prediction to the subsets, as indices.
    value : callable
        The number of truth, prediction and subsets.
    """

    def __init__(
        self,
        info: MetricInfo,
        rows: Callable[[ClipFeatures, str], Rows],
        draw: Callable[[Rows, Rows], list[Drawn]],
        value: Callable[[Rows, Rows, list[Drawn]], float],
    ) -> None:
        super().__init__(info, rows, self._of_all)
        self._draw = draw
        self._of_drawn = value

    def subsets(self, stats: Sequence[TwoSamples]) -> OfSubset:
        """The number of any of these clips, on the subsets of all clips less the rows of those that are left out."""
        whole = reduce(self.merge, stats)
        truth, pred = _pooled(whole)
        drawn = self._draw(truth, pred)
        of_truth, of_pred = _clips([s.truth for s in stats]), _clips([s.pred for s in stats])

        def value(kept: NDArray[np.int64]) -> float:
            self.require_both(reduce(self.merge, [stats[i] for i in kept]))
            in_truth, in_pred = np.isin(of_truth, kept), np.isin(of_pred, kept)
            return self._of_drawn(truth, pred, [(x[in_truth[x]], y[in_pred[y]]) for x, y in drawn])

        return value

    def _of_all(self, stat: TwoSamples) -> float:
        truth, pred = _pooled(stat)
        return self._of_drawn(truth, pred, self._draw(truth, pred))


def _pooled(stat: TwoSamples) -> tuple[Rows, Rows]:
    return as_rows(np.concatenate(stat.truth), "the truth"), as_rows(np.concatenate(stat.pred), "the prediction")


def _clips(blocks: Sequence[tuple[Rows, ...]]) -> NDArray[np.int64]:
    """The clip of each row."""
    return np.repeat(np.arange(len(blocks)), [sum(map(len, rows)) for rows in blocks])

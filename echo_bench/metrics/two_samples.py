"""Metrics of two sets: rows of all predictions against rows of all truths, whatever the rows are.

Either side may be missing from a clip: the halves of the truth are compared so, one half's rows against the other's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, MetricInfo

Rows = NDArray[np.floating[Any]]


@dataclass(frozen=True, slots=True)
class TwoSamples:
    """Rows of predictions and of truths, one array per clip, in manifest order."""

    pred: tuple[Rows, ...]
    truth: tuple[Rows, ...]


class TwoSampleMetric:
    """A number from the rows of two sets.

    Parameters
    ----------
    info : MetricInfo
        Requires one feature of ``pred`` and of ``truth``.
    rows : callable
        The rows of one side (``pred`` or ``truth``) of an artefact.
    value : callable
        The number of all rows; each side has at least one clip.
    one_artefact : bool
        Count only the first of the K artefacts of a clip, where the sizes of the two sets must be equal.
    """

    def __init__(
        self,
        info: MetricInfo,
        rows: Callable[[ClipFeatures, str], Rows],
        value: Callable[[TwoSamples], float],
        *,
        one_artefact: bool = False,
    ) -> None:
        self.info = info
        self._artefacts = 1 if one_artefact else None
        self._rows = rows
        self._value = value

    def clip(self, samples: Sequence[ClipFeatures]) -> TwoSamples:
        """The rows of one clip; the K artefacts of a clip all count, its truth once."""
        return TwoSamples(self._side(samples[: self._artefacts], "pred"), self._side(samples[:1], "truth"))

    def merge(self, a: TwoSamples, b: TwoSamples) -> TwoSamples:
        """Rows of both, in order."""
        return TwoSamples(a.pred + b.pred, a.truth + b.truth)

    def finalize(self, stat: TwoSamples) -> float:
        """The number.

        Raises
        ------
        MetricInputError
            When one side has no row, or as the function of this metric.
        """
        self.require_both(stat)
        return self._value(stat)

    def require_both(self, stat: TwoSamples) -> None:
        """Refuse statistics without a row on one side.

        Raises
        ------
        MetricInputError
        """
        for side, rows in (("prediction", stat.pred), ("truth", stat.truth)):
            if not rows:
                raise MetricInputError(f"nothing of {side} in these clips: at least one clip of each side is needed")

    def _side(self, samples: Sequence[ClipFeatures], side: str) -> tuple[Rows, ...]:
        return tuple(self._rows(s, side) for s in samples if any(name.startswith(f"{side}:") for name in s.arrays))

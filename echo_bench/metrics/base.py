"""Metrics that are the mean of a per-clip value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from echo_bench.metric import ClipFeatures, MetricInfo


@dataclass(frozen=True, slots=True)
class MeanStat:
    """A sum over clips and their number."""

    n: int
    total: float


class MeanOverClips:
    """What all means over clips share."""

    def merge(self, a: MeanStat, b: MeanStat) -> MeanStat:
        """Sums and counts add."""
        return MeanStat(a.n + b.n, a.total + b.total)

    def finalize(self, stat: MeanStat) -> float:
        """The mean over clips."""
        return stat.total / stat.n


class MeanMetric(MeanOverClips):
    """The mean over clips of a value per artefact; K artefacts of one clip count as their mean.

    Parameters
    ----------
    info : MetricInfo
    value : callable
        The value of one artefact.
    """

    def __init__(self, info: MetricInfo, value: Callable[[ClipFeatures], float]) -> None:
        self.info = info
        self._value = value

    def clip(self, samples: Sequence[ClipFeatures]) -> MeanStat:
        """The mean over the K artefacts of one clip."""
        return MeanStat(1, float(np.mean([self._value(sample) for sample in samples])))


class MeanOfSets(MeanOverClips):
    """The mean over clips of a value of all K artefacts of a clip together.

    Parameters
    ----------
    info : MetricInfo
    value : callable
        The value of the artefacts of one clip.
    """

    def __init__(self, info: MetricInfo, value: Callable[[Sequence[ClipFeatures]], float]) -> None:
        self.info = info
        self._value = value

    def clip(self, samples: Sequence[ClipFeatures]) -> MeanStat:
        """The value of one clip."""
        return MeanStat(1, self._value(samples))

"""What a metric is in the harness: a protocol id bound to features, with per-clip statistics that merge.

``clip`` gives the sufficient statistics of one clip, ``merge`` adds two of them (associative), ``finalize`` turns them into the
number. ``finalize`` is the same function for one clip, a slice, a resample or the whole split.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from typing import Any, Literal, Protocol, TypeVar, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import DyadicClip

S = TypeVar("S")
OfSubset = Callable[[NDArray[np.int64]], float]
"""From the indices of the clips to keep, ascending, to the metric of these."""


class Direction(StrEnum):
    """Which values are good."""

    HIGHER = "higher"
    LOWER = "lower"
    TARGET = "target"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MetricInfo:
    """What is known of a metric before it is computed.

    Attributes
    ----------
    id : str
        ``name@protocol``: the value never travels without it.
    title : str
        A few words for a column's tooltip.
    unit : str
    direction : Direction
    target : float or "truth" or None
        For ``Direction.TARGET``: the wanted number, or the ground-truth row's own value.
    range : (float or None, float or None)
        Values outside are a defect.
    requires : tuple of str
        Features as ``side:name`` with side in pred, truth, user, pair: ``pred:motion``, ``pair:pixels``, ``pred:speech``.
    role : {"speaking", "listening", "both"}
        The spans of the avatar on which it means something.
    min_clips : int
    aggregation : {"mean", "set"}
        A mean of per-clip values, or a value of all clips together.
    signature : mapping
        What changes the number, e.g. ``{"K": 40, "ddof": 1}``.
    """

    id: str
    title: str
    unit: str
    direction: Direction
    requires: tuple[str, ...]
    target: float | Literal["truth"] | None = None
    range: tuple[float | None, float | None] = (None, None)
    role: Literal["speaking", "listening", "both"] = "both"
    min_clips: int = 1
    aggregation: Literal["mean", "set"] = "mean"
    signature: tuple[tuple[str, str], ...] = ()

    @property
    def name(self) -> str:
        """The part before the @."""
        return self.id.partition("@")[0]

    @property
    def protocol(self) -> str:
        """The part after the @."""
        return self.id.partition("@")[2]


def is_native(metric_id: str) -> bool:
    """Whether an id scores motion as it was delivered: such ids never share a board with what is measured from pixels.

    Examples
    --------
    >>> is_native("fd_exp@dim-native"), is_native("fd_exp@dim-tracker")
    (True, False)
    """
    return metric_id.endswith("-native")


@dataclass(frozen=True, slots=True)
class ClipFeatures:
    """Everything a metric may read of one artefact of one clip.

    Attributes
    ----------
    clip : DyadicClip
    arrays : mapping of str to mapping of str to ndarray
        ``side:name`` -> named arrays, exactly the metric's `requires`.
    """

    clip: DyadicClip
    arrays: Mapping[str, Mapping[str, NDArray[Any]]]

    def __getitem__(self, feature: str) -> Mapping[str, NDArray[Any]]:
        return self.arrays[feature]


class Metric(Protocol[S]):
    """A metric of the harness."""

    info: MetricInfo

    def clip(self, samples: Sequence[ClipFeatures]) -> S:
        """Sufficient statistics of one clip, from the K artefacts that a method made for it.

        Raises
        ------
        NotApplicable
            When the clip has nothing this metric can measure.
        MetricInputError
            When its features cannot be used; the clip ends as FAILED with this reason.
        """
        ...

    def merge(self, a: S, b: S) -> S:
        """Statistics of both."""
        ...

    def finalize(self, stat: S) -> float:
        """The number."""
        ...


@runtime_checkable
class SubsetMetric(Protocol):
    """A metric that knows a better way to its value on many subsets of the same clips than to merge each subset anew."""

    def subsets(self, stats: Sequence[Any]) -> OfSubset:
        """The metric of any of these clips; equal to merging and finalizing them up to rounding (1e-8, relative), or up to what a
        metric draws at random, which is then the same for all subsets. Of all clips it is the very value.
        """
        ...


def subsets_of(metric: Metric[S], stats: Sequence[S]) -> OfSubset:
    """The metric as a function of which clips are kept: what an interval of a set metric is made from.

    Parameters
    ----------
    metric : Metric
    stats : sequence
        Statistics of each clip, in manifest order.
    """
    if isinstance(metric, SubsetMetric):
        return metric.subsets(stats)
    return lambda kept: metric.finalize(reduce(metric.merge, [stats[i] for i in kept]))

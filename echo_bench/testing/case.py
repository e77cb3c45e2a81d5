"""A metric on trial: its values on clips of graded damage."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.metric import ClipFeatures, Direction, Metric, MetricInfo
from echo_bench.testing.toy import Samples

Array = NDArray[Any]
LEVELS = (0.0, 0.25, 0.5, 0.75, 1.0)
"""Strengths of damage at which a metric is looked at."""
CLOSE = 1e-9
"""Relative difference that the order of sums may make."""


class BrokenClauseError(AssertionError):
    """A clause of the contract does not hold; the message says what was seen and what is wanted."""


class NotDeclaredError(Exception):
    """The metric's own properties do not claim what the clause is about."""


@dataclass(frozen=True, slots=True)
class Case:
    """A metric, and the clips that it is tried on.

    Attributes
    ----------
    metric : Metric
    samples : callable
        From a strength in 0..1 to the features of every clip, one list of artefacts per clip.
    symmetric : bool
        The metric claims that truth and prediction may change places.
    """

    metric: Metric[Any]
    samples: Samples
    symmetric: bool = False

    @property
    def info(self) -> MetricInfo:
        """What the metric says of itself."""
        return self.metric.info

    def stats(self, level: float) -> list[Any]:
        """Statistics of each clip at a strength."""
        return [self.metric.clip(samples) for samples in self.samples(level)]

    def folded(self, stats: Sequence[Any]) -> float:
        """The value of clips, merged one after the other."""
        return self.metric.finalize(reduce(self.metric.merge, stats))

    def value(self, level: float) -> float:
        """The value of all clips at a strength."""
        return self.folded(self.stats(level))

    def losses(self) -> NDArray[np.float64]:
        """How bad each strength of `LEVELS` is by the metric's own direction; 0 is a perfect target."""
        values = np.array([self.value(level) for level in LEVELS], np.float64)
        match self.info.direction:
            case Direction.LOWER:
                return values
            case Direction.HIGHER:
                return -values
            case Direction.TARGET:
                target = values[0] if self.info.target == "truth" else self.info.target
                return np.asarray(np.abs(values - np.float64(target)))
        raise NotDeclaredError("the metric says that no direction is good")


def close(a: float, b: float, rel: float = CLOSE) -> bool:
    """Whether two values are the same but for rounding."""
    return bool(np.isclose(a, b, rtol=rel, atol=rel, equal_nan=True))


def changed(sample: ClipFeatures, change: Callable[[str, str, Array], Array]) -> ClipFeatures:
    """A copy of features in which `change(requirement, name, array)` has replaced every array."""
    return replace(
        sample,
        arrays={
            requirement: {name: change(requirement, name, array.copy()) for name, array in arrays.items()}
            for requirement, arrays in sample.arrays.items()
        },
    )


def swapped(sample: ClipFeatures) -> ClipFeatures:
    """Features in which truth and prediction have changed places."""
    other = {"pred": "truth", "truth": "pred"}
    arrays: Mapping[str, Mapping[str, Array]] = {
        ":".join((other.get(side, side), name)): found
        for (side, _, name), found in ((key.partition(":"), each) for key, each in sample.arrays.items())
    }
    return replace(sample, arrays=arrays)

"""The clauses of the contract about bad input: no number comes of it, and what is masked does not count."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
from echo_metrics.errors import MetricInputError

from echo_bench.errors import EchoBenchError
from echo_bench.metric import ClipFeatures
from echo_bench.testing.case import Array, BrokenClauseError, Case, NotDeclaredError, changed, close

Change = Callable[[str, str, Array], Array]
NAMED = (MetricInputError, EchoBenchError)
"""What a metric may raise; the harness turns it into a FAILED clip with this reason."""


def bad_input(case: Case) -> None:
    """NaN, Inf and nothing at all in the prediction end in a named error; a single frame or half of them may have a value.

    Widths, and lengths that do not belong together, are refused by the harness before a metric sees them.
    """
    (sample, *_), *_ = case.samples(0.5)
    broken: dict[str, Change] = {
        "NaN": partial(_filled, np.nan),
        "Inf": partial(_filled, np.inf),
        "no frames": partial(_cut, 0),
    }
    for what, change in broken.items():
        _must_raise(case, f"{what} in the prediction", changed(sample, change))
    frames = max(len(array) for arrays in sample.arrays.values() for array in arrays.values() if array.ndim)
    for what, kept in (("a single frame", 1), ("half of the frames", frames // 2)):
        _may_raise(case, what, changed(sample, partial(_cut, kept)))


def masked(case: Case) -> None:
    """What stands in frames that are marked invalid does not change the value."""
    clips = case.samples(0.5)
    if not any("valid" in arrays for samples in clips for sample in samples for arrays in sample.arrays.values()):
        raise NotDeclaredError("no feature marks frames as invalid")
    values = []
    for content in (0.0, np.nan):
        marked = [[_marked(sample, content) for sample in samples] for samples in clips]
        values.append(case.folded([case.metric.clip(samples) for samples in marked]))
    if not close(*values):
        raise BrokenClauseError(
            f"{values[0]:.9g} becomes {values[1]:.9g} when frames marked invalid hold NaN: leave them out"
        )


def _must_raise(case: Case, what: str, sample: ClipFeatures) -> None:
    if (value := _tried(case, what, sample)) is not None:
        raise BrokenClauseError(f"{what} gives {value}: raise MetricInputError")


def _may_raise(case: Case, what: str, sample: ClipFeatures) -> None:
    low, high = case.info.range
    value = _tried(case, what, sample)
    if value is None:
        return
    inside = (low is None or value >= low) and (high is None or value <= high)
    if not (np.isfinite(value) and inside):
        raise BrokenClauseError(f"{what} gives {value}: raise MetricInputError")


def _tried(case: Case, what: str, sample: ClipFeatures) -> float | None:
    """The value, or None where the metric refuses the input by name."""
    try:
        return case.metric.finalize(case.metric.clip([sample]))
    except NAMED:
        return None
    except Exception as error:  # whatever a metric throws that is not the named error breaks the clause
        name = type(error).__name__
        raise BrokenClauseError(f"{what} raises {name} ({error}): raise MetricInputError") from error


def _filled(value: float, requirement: str, _name: str, array: Array) -> Array:
    if not requirement.startswith("truth:") and not requirement.startswith("user:") and _real(array) and len(array):
        array[len(array) // 2] = value
    return array


def _cut(frames: int, requirement: str, _name: str, array: Array) -> Array:
    return array[:frames] if requirement.startswith(("pred:", "pair:")) and array.ndim else array


def _marked(sample: ClipFeatures, content: float) -> ClipFeatures:
    def mark(requirement: str, name: str, array: Array) -> Array:
        if "valid" not in sample.arrays[requirement] or not requirement.startswith("pred:"):
            return array
        stretch = slice(len(array) // 3, len(array) // 3 + 5)
        if name == "valid":
            array[stretch] = False
        elif _real(array):
            array[stretch] = content
        return array

    return changed(sample, mark)


def _real(array: Array) -> bool:
    return bool(np.issubdtype(array.dtype, np.floating))

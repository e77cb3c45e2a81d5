"""The clauses of the contract about values: what a metric says of good, of order, of parts and of types.

Each takes a :class:`~echo_bench.testing.case.Case`, returns when it holds, raises `BrokenClauseError` when it does not, and
`NotDeclaredError` when the metric's own properties make no such claim.
"""

from __future__ import annotations

import pickle
from copy import deepcopy
from functools import reduce

import numpy as np

from echo_bench.metric import Direction
from echo_bench.testing.case import LEVELS, Array, BrokenClauseError, Case, NotDeclaredError, changed, close, swapped

SLACK = 0.02
"""Share of a metric's whole rise by which one step of damage may seem to be an improvement."""
SINGLE = 1e-4
"""Relative difference that single precision of the input may make."""


def identity(case: Case) -> None:
    """The truth itself gets the best value there is: the target, or the good end of the range."""
    low, high = case.info.range
    target = None if case.info.target == "truth" else case.info.target
    best = {Direction.LOWER: low, Direction.HIGHER: high, Direction.TARGET: target}.get(case.info.direction)
    if best is None:
        raise NotDeclaredError("neither a target nor the good end of the range is a number")
    value, worst = case.value(0.0), case.value(1.0)
    if not abs(value - best) <= 1e-6 * max(1.0, abs(worst - best)):
        raise BrokenClauseError(
            f"the truth against itself gets {value:.9g}, and the best value is declared as {best:g}"
        )


def symmetry(case: Case) -> None:
    """Truth and prediction may change places."""
    if not case.symmetric:
        raise NotDeclaredError("symmetric=True was not given")
    clips = case.samples(1.0)
    there = case.folded([case.metric.clip(samples) for samples in clips])
    back = case.folded([case.metric.clip([swapped(sample) for sample in samples]) for samples in clips])
    if not close(there, back):
        raise BrokenClauseError(f"{there:.9g} becomes {back:.9g} when truth and prediction change places")


def permutation(case: Case) -> None:
    """The order of the clips does not matter, neither in computing nor in merging."""
    clips = case.samples(1.0)
    forth = [case.metric.clip(samples) for samples in clips]
    back = [case.metric.clip(samples) for samples in reversed(clips)]
    values = case.folded(forth), case.folded(back), case.folded(forth[::2] + forth[1::2])
    if not all(close(values[0], value) for value in values):
        raise BrokenClauseError(
            f"clips in order, backwards and interleaved give {_list(*values)}: order must not matter"
        )


def batch(case: Case) -> None:
    """A clip's statistics do not depend on which clips were computed before it, and finalize leaves them as they are."""
    clips = case.samples(1.0)
    together = [case.metric.clip(samples) for samples in clips]
    alone = [deepcopy(case.metric).clip(samples) for samples in clips]
    first, again, apart = case.folded(together), case.folded(together), case.folded(alone)
    if not close(first, again):
        raise BrokenClauseError(
            f"merging the same statistics twice gives {_list(first, again)}: merge or finalize changes its arguments"
        )
    if not close(first, apart):
        raise BrokenClauseError(f"{_list(first, apart)} from one metric and from a copy per clip: clip() keeps state")


def merge(case: Case) -> None:
    """Shards of clips, merged in themselves and sent between processes, give what one process gives; a mean is the mean."""
    stats = case.stats(1.0)
    whole = case.folded(stats)
    for workers in (2, 3):
        shards = [
            pickle.dumps(reduce(case.metric.merge, stats[i::workers])) for i in range(workers) if stats[i::workers]
        ]
        value = case.folded([pickle.loads(shard) for shard in shards])
        if not close(whole, value):
            raise BrokenClauseError(
                f"{_list(whole, value)} from one process and from {workers}: merge is not associative"
            )
    if case.info.aggregation == "mean":
        mean = float(np.mean([case.metric.finalize(stat) for stat in case.stats(1.0)]))
        if not close(whole, mean):
            raise BrokenClauseError(f"declared as a mean of clips, whose mean is {mean:.9g}, and it gives {whole:.9g}")


def monotone(case: Case) -> None:
    """More damage is never better, and most damage is worse than none."""
    losses = case.losses()
    rise = float(losses[-1] - losses[0])
    if not rise > 1e-9 * max(1.0, float(np.abs(losses).max())):
        raise BrokenClauseError(f"losses {_list(*losses)} at strengths {_list(*LEVELS)}: damage is not seen")
    if not np.all(np.diff(losses) >= -SLACK * rise):
        raise BrokenClauseError(
            f"losses {_list(*losses)} at strengths {_list(*LEVELS)}: more damage must not be better"
        )


def range_(case: Case) -> None:
    """Every value lies in the declared range and is a number."""
    low, high = case.info.range
    if low is not None and high is not None and not low < high:
        raise BrokenClauseError(f"the declared range {low:g} to {high:g} is empty")
    for level in LEVELS:
        value = case.value(level)
        if not np.isfinite(value):
            raise BrokenClauseError(f"{value} at strength {level:g}: raise an error where there is no number")
        slack = 1e-9 * max(1.0, abs(value))
        if (low is not None and value < low - slack) or (high is not None and value > high + slack):
            raise BrokenClauseError(f"{value:.9g} at strength {level:g} is outside the declared range {low} to {high}")


def pickling(case: Case) -> None:
    """Metric and statistics survive pickling: extraction and scoring run in processes."""
    try:
        copy = pickle.loads(pickle.dumps(case.metric))
        stats = pickle.loads(pickle.dumps(case.stats(1.0)))
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise BrokenClauseError(f"cannot be pickled: {error}") from error
    values = case.value(1.0), copy.finalize(reduce(copy.merge, stats))
    if copy.info != case.info or not close(*values):
        raise BrokenClauseError(f"{_list(*values)} before and after pickling")


def dtype(case: Case) -> None:
    """The value is a Python float, hardly moves with double precision of the input, and the input is left as it was."""
    single = case.samples(1.0)
    before = pickle.dumps([[sample.arrays for sample in samples] for samples in single])
    value = case.folded([case.metric.clip(samples) for samples in single])
    if type(value) is not float:
        raise BrokenClauseError(f"finalize returns {type(value).__name__}, and a float is wanted")
    if pickle.dumps([[sample.arrays for sample in samples] for samples in single]) != before:
        raise BrokenClauseError("clip() changes the arrays that it is given; other metrics read them too")
    double = [[changed(sample, lambda _r, _n, array: _double(array)) for sample in samples] for samples in single]
    precise = case.folded([case.metric.clip(samples) for samples in double])
    if not close(value, precise, SINGLE):
        raise BrokenClauseError(f"{_list(value, precise)} of the same input in single and in double precision")


def _double(array: Array) -> Array:
    return array.astype(np.float64) if np.issubdtype(array.dtype, np.floating) else array


def _list(*values: float) -> str:
    return ", ".join(f"{value:.9g}" for value in values)

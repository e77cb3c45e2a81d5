"""Compiled loops of :mod:`echo_metrics.dtw`; importing this module imports numba.

The dynamic programme runs along anti-diagonals, where every cell is independent of its neighbours and the loop vectorises. Cell
(i, j) of diagonal k = i + j is stored at index i + 1, so that index 0 and the index behind the last cell can hold infinity.
Cells that already cost more than the limit are cut off both ends of a diagonal: a path through them can only grow.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar, cast

import numba
import numpy as np
from numba import uint64
from numpy.typing import NDArray

Kernel = TypeVar("Kernel", bound=Callable[..., object])
Floats = NDArray[np.floating]
Integers = NDArray[np.int64]

CHECK_EVERY = 32  # diagonals between two comparisons of the combined lower bound with the limit
EMPTY = 1 << 40  # first index of a diagonal on which no cell is left

# Row indices of a group's integer state: active range of the previous diagonal and of the one before it.
FIRST_1, LAST_1, FIRST_2, LAST_2 = range(4)


def jit(function: Kernel) -> Kernel:
    """Compile without reordering sums beyond fused multiply-add, so that results do not depend on the vector width."""
    return cast(Kernel, numba.njit(cache=True, fastmath={"contract", "nsz"})(function))


@jit
def _add_squares(cost: Floats, a: Floats, b: Floats, channel: int, first: int, end: int, shift: int) -> None:
    """Add the squared difference of one channel to the cells `first:end` of a diagonal."""
    for i in range(first, end):
        cost[uint64(i)] += (a[channel, uint64(i)] - b[channel, uint64(i + shift)]) ** 2


@jit
def _add_squares_of_4(cost: Floats, a: Floats, b: Floats, channel: int, first: int, end: int, shift: int) -> None:
    """The same for four channels in one pass: fewer loads and stores of `cost`."""
    for i in range(first, end):
        x0 = a[channel, uint64(i)] - b[channel, uint64(i + shift)]
        x1 = a[channel + 1, uint64(i)] - b[channel + 1, uint64(i + shift)]
        x2 = a[channel + 2, uint64(i)] - b[channel + 2, uint64(i + shift)]
        x3 = a[channel + 3, uint64(i)] - b[channel + 3, uint64(i + shift)]
        cost[uint64(i)] += x0 * x0 + x1 * x1 + (x2 * x2 + x3 * x3)


@jit
def _local_costs(cost: Floats, a: Floats, b: Floats, start: int, stop: int, first: int, end: int, shift: int) -> None:
    """Squared distances of the frames that meet on a diagonal, over the channels `start:stop`."""
    cost[first:end] = 0
    channel = start
    while channel + 4 <= stop:
        _add_squares_of_4(cost, a, b, channel, first, end, shift)
        channel += 4
    while channel < stop:
        _add_squares(cost, a, b, channel, first, end, shift)
        channel += 1


@jit
def _advance(cells: Floats, cost: Floats, k: int, first: int, end: int) -> None:
    """The recurrence: the cheapest way in (row above, column before, or both), plus the cell's own cost."""
    now, last, before = k % 3, (k + 2) % 3, (k + 1) % 3
    for i in range(first, end):
        best = min(cells[last, uint64(i)], cells[last, uint64(i + 1)])
        cells[now, uint64(i + 1)] = min(best, cells[before, uint64(i)]) + cost[uint64(i)]


@jit
def _diagonal(
    k: int, a: Floats, b: Floats, start: int, stop: int, cells: Floats, active: Integers, cost: Floats, bound: float
) -> None:
    """Fill diagonal `k` of one group into ``cells[k % 3]`` and note which of its cells stay within `bound`.

    `b` runs backwards in time, so that a diagonal is contiguous in both sequences.
    """
    first = max(k - b.shape[1] + 1, min(active[FIRST_1], active[FIRST_2] + 1))
    end = min(a.shape[1] - 1, k, max(active[LAST_1] + 1, active[LAST_2] + 1)) + 1
    active[FIRST_2], active[LAST_2] = active[FIRST_1], active[LAST_1]
    active[FIRST_1], active[LAST_1] = EMPTY, -1
    if first >= end:
        return
    shift = b.shape[1] - 1 - k
    _local_costs(cost, a, b, start, stop, first, end, shift)
    if k == 0:
        cells[0, 1] = cost[0]
    else:
        _advance(cells, cost, k, first, end)
    cells[k % 3, first], cells[k % 3, end + 1] = np.inf, np.inf
    while first < end and cells[k % 3, first + 1] > bound:
        first += 1
    while first < end and cells[k % 3, end] > bound:
        end -= 1
    if first < end:
        active[FIRST_1], active[LAST_1] = first, end - 1


@jit
def _floor(k: int, cells: Floats, active: Integers) -> float:
    """Least cost that a path can have left diagonals k - 1 and k with: every path touches one of the two."""
    least = np.inf
    for i in range(active[FIRST_1] + 1, active[LAST_1] + 2):
        least = min(least, cells[k % 3, i])
    for i in range(active[FIRST_2] + 1, active[LAST_2] + 2):
        least = min(least, cells[(k + 2) % 3, i])
    return least


@jit
def weighted_dtw(a: Floats, b_reversed: Floats, starts: Integers, weights: Floats, limit: float) -> float:
    """Weighted sum over channel groups of their DTW distances, or infinity as soon as it must exceed `limit`.

    Parameters
    ----------
    a : ndarray of shape (channels, T)
    b_reversed : ndarray of shape (channels, S), latest frame first
    starts : int64 ndarray of shape (groups + 1,)
        Group g owns the channels ``starts[g]:starts[g + 1]``.
    weights : float64 ndarray of shape (groups,), positive
    limit : float
    """
    groups, frames = len(weights), a.shape[1]
    cells = np.full((groups, 3, frames + 2), np.inf, a.dtype)
    active = np.empty((groups, 4), np.int64)
    active[:, FIRST_1], active[:, LAST_1], active[:, FIRST_2], active[:, LAST_2] = 0, -1, EMPTY, -1
    cost = np.empty(frames, a.dtype)
    least = np.zeros(groups)
    bound = (limit / weights) ** 2
    for k in range(frames + b_reversed.shape[1] - 1):
        for g in range(groups):
            _diagonal(k, a, b_reversed, starts[g], starts[g + 1], cells[g], active[g], cost, bound[g])
        if k % CHECK_EVERY == 0:
            for g in range(groups):
                least[g] = np.sqrt(_floor(k, cells[g], active[g]))
            total = (weights * least).sum()
            if total > limit:
                return np.inf
            bound = ((limit - total) / weights + least) ** 2
    last = (frames + b_reversed.shape[1] - 2) % 3
    return float((weights * np.sqrt(cells[:, last, frames])).sum())

"""Where a value stands among those of the other ranked rows, as far as paired tests can tell."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from echo_metrics.errors import MetricInputError
from echo_metrics.statistics import Replicates, holm, paired_jackknife, ranks_from_pairs, tie_groups

from echo_bench.leaderboard.ranking import cost, cost_of
from echo_bench.results.schema import ScorePart

LEVEL = 0.95


@dataclass(frozen=True, slots=True)
class Standing:
    """The place of one value in its column.

    Attributes
    ----------
    rank : int
        1 is best.
    best, worst : int
        Ends of its 95 % interval; those of all rows hold together.
    letters : str
        Rows that share a letter cannot be told apart.
    """

    rank: int
    best: int
    worst: int
    letters: str


def standings(scores: Mapping[str, ScorePart]) -> dict[str, Standing]:
    """The standing of every row of a column.

    Each pair of rows is compared by the replicates of their costs; p is corrected over all pairs by Holm.

    Parameters
    ----------
    scores : mapping of method to ScorePart
        Complete scores of one metric id with a direction, under one signature and target.

    Returns
    -------
    dict of str to Standing
        Empty where there are fewer than two rows, or no test: below five dyads, other clips, or replicates of other groups.
    """
    names = list(scores)
    table = np.ones((len(names), len(names)))
    pairs = list(combinations(range(len(names)), 2))
    p_values = [_p(scores[names[i]], scores[names[j]]) for i, j in pairs]
    if not pairs or any(p is None for p in p_values):
        return {}
    for (i, j), p in zip(pairs, holm([p for p in p_values if p is not None]).tolist(), strict=True):
        table[i, j] = table[j, i] = p
    costs = [cost(score) for score in scores.values()]
    order = [int(index) for index in np.argsort(costs, kind="stable")]
    letters = tie_groups(table, 1 - LEVEL, order)
    places = ranks_from_pairs(costs, table, LEVEL)
    return {
        name: Standing(place.rank, int(place.interval.lo or 1), int(place.interval.hi or len(names)), marks)
        for name, place, marks in zip(names, places, letters, strict=True)
    }


def _p(a: ScorePart, b: ScorePart) -> float | None:
    """p of no difference of two costs; None where it cannot be tested."""
    if not a.replicates or not b.replicates or not a.of_same_clips(b):
        return None
    try:
        return paired_jackknife(_costs(a), _costs(b)).p
    except MetricInputError:  # groups of other clips
        return None


def _costs(score: ScorePart) -> Replicates:
    without = [None if each is None else cost_of(score.direction, score.target, each) for each in score.replicates]
    return Replicates(cost(score), tuple(without), score.n_clusters)

"""The ladder: rows of every damage at every strength, scored by the pipeline, and what each metric made of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.clip import Status
from echo_bench.metric import Direction, Metric, subsets_of
from echo_bench.pipeline.rows import Row, heard
from echo_bench.pipeline.run import Session, make_plan, outcomes_of, run_extract, run_generate
from echo_bench.pipeline.score import rows_of
from echo_bench.validation.ladders import Ladder, Rung
from echo_bench.validation.methods import HARMLESS

Floats = NDArray[np.float64]
LEVELS = (0.0, 0.25, 0.5, 1.0)
HALF = LEVELS.index(0.5)
DRAWS = 10
"""Draws of clips from which power is told."""


@dataclass(frozen=True, slots=True)
class Response:
    """What one metric made of one damage.

    Attributes
    ----------
    losses : ndarray of shape (levels,)
        By the metric's direction, at the strengths of `LEVELS`; NaN where there was no value.
    power : mapping of int to float
        Number of clips -> share of draws of so many clips in which half strength is told from none: it is worse on the draw, and
        worse whichever clip is left out of it.
    """

    losses: Floats
    power: Mapping[int, float]

    @property
    def added(self) -> float:
        """The most loss that the damage adds."""
        return float(np.nanmax(self.losses) - self.losses[0]) if np.isfinite(self.losses[0]) else float("nan")

    @property
    def monotony(self) -> float:
        """Spearman's rank correlation of loss with strength; 0 where nothing moves."""
        from scipy.stats import spearmanr

        known = np.isfinite(self.losses)
        if known.sum() < 3 or np.ptp(self.losses[known]) == 0:
            return 0.0
        return float(spearmanr(np.flatnonzero(known), self.losses[known]).statistic)


Responses = dict[str, dict[str, Response]]


def climb(session: Session, ladder: Ladder, sizes: Sequence[int], done: Callable[[str], None]) -> Responses:
    """Damage the clips of a session and score them.

    Parameters
    ----------
    session : Session
        Its methods are not used.
    ladder : Ladder
    sizes : sequence of int
        Numbers of clips at which power is told.
    done : callable
        Called with a label after each damage.

    Returns
    -------
    dict of metric id to dict of damage to Response
        Metrics that apply to no clip are left out.
    """
    found: Responses = {metric.info.id: {} for metric in session.metrics}
    none = _rows(session, ladder[HARMLESS], 0.0)
    for damage, rung in ladder.items():
        start = _rows(session, rung, 0.0) if rung.apart else none
        tables = [start, *(_rows(session, rung, level) for level in LEVELS[1:])]
        for metric in session.metrics:
            rows = [[row for row in table if row.metric == metric.info.id] for table in tables]
            if response := _response(metric, rows, sizes):
                found[metric.info.id][damage] = response
        done(damage)
    return {id_: rows for id_, rows in found.items() if rows}


def _rows(session: Session, rung: Rung, level: float) -> list[Row]:
    """All metrics on all clips of one row of the ladder."""
    method = rung.row(level)
    own = replace(session, methods=(method,))
    run_generate(own, _silent)
    run_extract(own, make_plan(own), _silent)
    outcomes = {clip: outcome for (_, clip), outcome in outcomes_of(own).items()}
    return rows_of(method, own.metrics, own.clips, outcomes, own.store, lambda _clip: None)


def _response(metric: Metric[Any], tables: Sequence[Sequence[Row]], sizes: Sequence[int]) -> Response | None:
    common = [i for i in range(len(tables[0])) if all(table[i].status is Status.OK for table in tables)]
    if len(common) < max(metric.info.min_clips, 2):
        return None
    stats = [[table[i].stat for i in common] for table in tables]
    with heard():
        whole = np.arange(len(common))
        values = [_value(subsets_of(metric, each), whole) for each in stats]
        losses = np.array([_loss(metric, value, values[0]) for value in values])
        power = {n: _power(metric, stats[0], stats[HALF], n) for n in sizes if n <= len(common)}
    return Response(losses, power)


def _power(metric: Metric[Any], none: Sequence[Any], half: Sequence[Any], n: int) -> float:
    """Share of draws of `n` clips in which the damaged row is worse, and stays so without any one of the clips."""
    rng = np.random.default_rng(0)
    sides = subsets_of(metric, none), subsets_of(metric, half)
    told = 0
    for _ in range(DRAWS):
        drawn = np.sort(rng.choice(len(none), size=n, replace=False))
        told += all(_worse(metric, sides, kept) for kept in (drawn, *(np.delete(drawn, i) for i in range(n))))
    return told / DRAWS


def _worse(metric: Metric[Any], sides: Sequence[Callable[[NDArray[np.int64]], float]], kept: NDArray[np.int64]) -> bool:
    truth, damaged_ = (_value(side, kept) for side in sides)
    return _loss(metric, damaged_, truth) > _loss(metric, truth, truth) + 1e-9 * max(1.0, abs(truth))


def _value(of: Callable[[NDArray[np.int64]], float], kept: NDArray[np.int64]) -> float:
    try:
        return of(kept)
    except MetricInputError:
        return float("nan")


def _loss(metric: Metric[Any], value: float, truth: float) -> float:
    """How bad a value is; ids without a good direction, and those whose target is the truth's value, lose by leaving it."""
    match metric.info.direction:
        case Direction.LOWER:
            return value
        case Direction.HIGHER:
            return -value
    target = metric.info.target if isinstance(metric.info.target, int | float) else truth
    return abs(value - target)


def _silent(_label: str) -> None:
    pass

"""Make a result again from what it says of itself, and compare.

A result names dataset, split, limit, method, seed, samples and metric ids, which is all that a run needs; where footage or outputs lie
is not kept in results and has to be given again.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from echo_bench.errors import MethodError
from echo_bench.leaderboard.baseline import environment
from echo_bench.pipeline.config import RunConfig
from echo_bench.results.schema import ResultPart, ScorePart

TRUTH = "ground-truth"
TOLERANCE = 1e-5
"""Relative: between processors, the last digits of 32-bit arithmetic differ."""
NOTHING = 1e-9
"""Values that differ by less are the same: what is 0 but for rounding has no last digits that could agree."""


@dataclass(frozen=True, slots=True)
class Reproduced:
    """One metric id, then and now.

    Attributes
    ----------
    metric : str
    then, now : float or None
    same : bool
        Both have no value, or they agree within a relative 1e-5 or an absolute 1e-9; on as many clips.
    why : str
        What differs, where they are not the same.
    """

    metric: str
    then: float | None
    now: float | None
    same: bool
    why: str = ""


@dataclass(frozen=True, slots=True)
class Reproduction:
    """A result made again.

    Attributes
    ----------
    scores : tuple of Reproduced
    identical : bool
        The deterministic parts are the same bytes.
    other : tuple of str
        What of split and environment differs, so that numbers may too.
    """

    scores: tuple[Reproduced, ...]
    identical: bool
    other: tuple[str, ...]

    @property
    def exit_code(self) -> int:
        """0 the same numbers; 1 others; 3 others under another split or environment."""
        if all(score.same for score in self.scores):
            return 0
        return 3 if self.other else 1


def config_of(part: ResultPart, out: Path, methods: Sequence[str] = ()) -> RunConfig:
    """The run that makes a result again.

    Parameters
    ----------
    part : ResultPart
    out : Path
        Where to.
    methods : sequence of str, optional
        How the method is called on the command line, where its name is not enough (``folder:NAME=DIR``).

    Raises
    ------
    MethodError
        When none of `methods` is the result's.
    """
    name = part.method.name
    called = [method for method in methods if name in (method, method.removeprefix("folder:").partition("=")[0])]
    if methods and not called:
        raise MethodError(f"the result is of {name!r}", where="--methods", fix=f"give {name} or folder:{name}=DIR")
    return RunConfig(
        dataset=part.split.dataset,
        split=part.split.split,
        methods=tuple(dict.fromkeys([TRUTH, *(called or [name])])),
        always=False,
        metrics=tuple(score.metric for score in part.scores),
        limit=part.split.limit,
        seed=part.method.seed,
        samples=part.method.samples,
        workers=os.cpu_count() or 1,
        out=out,
    )


def compare_results(then: ResultPart, now: ResultPart, *, identical: bool) -> Reproduction:
    """What is the same in a result that was made again.

    Parameters
    ----------
    then, now : ResultPart
    identical : bool
        Whether their deterministic bytes are the same.
    """
    scores = tuple(_reproduced(score, now.score(score.metric)) for score in then.scores)
    fields = ("version", "manifest_sha256", "n_expected")
    other = [
        f"{field} was {getattr(then.split, field)}, is {getattr(now.split, field)}"
        for field in fields
        if getattr(then.split, field) != getattr(now.split, field)
    ]
    before, after = environment(then.provenance), environment(now.provenance)
    other += [
        f"{name} was {before.get(name, 'absent')}, is {after.get(name, 'absent')}"
        for name in sorted({*before, *after})
        if before.get(name) != after.get(name)
    ]
    return Reproduction(scores, identical, tuple(other))


def _reproduced(then: ScorePart, now: ScorePart | None) -> Reproduced:
    if now is None or now.status != then.status:
        was = f"was {then.status}, is {f'{now.status}: {now.reason}' if now else 'absent'}"
        return Reproduced(then.metric, then.value, now.value if now else None, False, was)
    if now.n != then.n:
        return Reproduced(then.metric, then.value, now.value, False, f"was of {then.n} clips, is of {now.n}")
    if then.value is None or now.value is None:
        return Reproduced(then.metric, None, None, True)
    off = abs(now.value - then.value)
    same = off <= max(NOTHING, TOLERANCE * max(abs(then.value), abs(now.value)))
    return Reproduced(then.metric, then.value, now.value, same, "" if same else f"differs by {off:.3g}")

"""Has a method become worse? A result against its baseline, metric by metric.

A metric has regressed when its value is worse than the baseline by more than the tolerance *and* the paired difference cannot be
chance: its interval excludes zero and p, corrected over the metrics by Holm, is below alpha. Below five dyads there is no interval;
then it must stay worse whichever dyad is left out. A guarded metric without a value, or without a clip that the baseline has, has
regressed. Results of another split, protocol or environment are not judged at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from echo_metrics.statistics import Replicates, holm, paired_jackknife

from echo_bench.leaderboard.baseline import Baseline, GuardedMetric, environment, protocol_of
from echo_bench.results.schema import ResultFile, ResultPart, ScorePart

Outcome = Literal["ok", "better", "worse", "missing", "coverage"]
FAILURES: frozenset[Outcome] = frozenset({"worse", "missing", "coverage"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One guarded metric of a result.

    Attributes
    ----------
    metric : str
    outcome : {"ok", "better", "worse", "missing", "coverage"}
        Beyond the tolerance and the doubt, or within; without a value; without a clip of the baseline.
    baseline : float
        Mean over the seeds of the baseline.
    value : float or None
    worse_by : float or None
        How much worse it is, in the unit of the metric; negative where it is better.
    tolerance : float
    lo, hi : float or None
        95 % interval of `worse_by` over dyads; below five dyads its range without each of them.
    p, p_holm : float or None
        Two-sided p of no difference, and corrected over all metrics.
    why : str
        What else is to be said.
    """

    metric: str
    outcome: Outcome
    baseline: float
    value: float | None
    worse_by: float | None
    tolerance: float
    lo: float | None = None
    hi: float | None = None
    p: float | None = None
    p_holm: float | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a gate says of a result.

    Attributes
    ----------
    method : str
    guarded : str
        The method of the baseline; a successor under another name is judged, and the outputs say so.
    findings : tuple of Finding
        One per guarded metric; empty where nothing was judged.
    incomparable : tuple of str
        Why nothing was judged; empty where the findings hold.
    """

    method: str
    guarded: str
    findings: tuple[Finding, ...]
    incomparable: tuple[str, ...] = ()

    @property
    def regressions(self) -> tuple[Finding, ...]:
        """The findings that close the gate."""
        return tuple(finding for finding in self.findings if finding.outcome in FAILURES)

    @property
    def exit_code(self) -> int:
        """0 pass, 1 regression, 3 not comparable."""
        return 3 if self.incomparable else 1 if self.regressions else 0


def check(baseline: Baseline, result: ResultFile) -> Verdict:
    """Judge a result by a baseline.

    Parameters
    ----------
    baseline : Baseline
    result : ResultFile

    Returns
    -------
    Verdict
    """
    part = result.result
    reasons = _incomparable(baseline, part)
    if reasons:
        return Verdict(part.method.name, baseline.method, (), tuple(reasons))
    tested = [_tested(guarded, part.score(guarded.metric)) for guarded in baseline.metrics]
    corrected = iter(holm([f.p for f in tested if f.p is not None]).tolist())
    judged = [_judged(replace(f, p_holm=next(corrected)) if f.p is not None else f, baseline.alpha) for f in tested]
    return Verdict(part.method.name, baseline.method, tuple(judged))


def _incomparable(baseline: Baseline, part: ResultPart) -> list[str]:
    """What makes a result incomparable with a baseline, in words."""
    reasons = [
        f"{field} is {getattr(part.split, field)!r}, in the baseline {getattr(baseline.split, field)!r}"
        for field in ("dataset", "version", "split", "manifest_sha256", "limit", "n_expected")
        if getattr(part.split, field) != getattr(baseline.split, field)
    ]
    if part.method.samples != baseline.samples:
        reasons.append(f"{part.method.samples} samples per clip, in the baseline {baseline.samples}")
    here = environment(part.provenance)
    reasons += [
        f"{name} is {here.get(name, 'absent')}, in the baseline {baseline.environment.get(name, 'absent')}"
        for name in sorted({*here, *baseline.environment})
        if here.get(name) != baseline.environment.get(name)
    ]
    for guarded in baseline.metrics:
        score = part.score(guarded.metric)
        if score is not None and protocol_of(score) != guarded.protocol:
            reasons.append(f"protocol {protocol_of(score)}, in the baseline {guarded.protocol}")
    return reasons


def _tested(guarded: GuardedMetric, score: ScorePart | None) -> Finding:
    """The finding before the correction over metrics: `outcome` is only decided where no test is needed."""
    found = Finding(guarded.metric, "ok", guarded.value, None, None, guarded.tolerance)
    if score is None or score.status != "ok" or score.value is None:
        return replace(found, outcome="missing", why=f"{score.status}: {score.reason}" if score else "not scored")
    expected = float(np.mean([guarded.cost(seed.value) for seed in guarded.seeds]))
    found = replace(found, value=score.value, worse_by=guarded.cost(score.value) - expected)
    if score.n < guarded.n:
        return replace(found, outcome="coverage", why=f"{score.n} of the {guarded.n} clips of the baseline")
    others = len({score.clips_sha256, guarded.clips_sha256} - {""}) > 1
    if others and score.n == guarded.n:
        return replace(found, outcome="coverage", why=f"{score.n} clips as in the baseline, and not the same ones")
    pair = None if others else _pair(guarded, score)
    if pair is None:
        return replace(found, why="without replicates of the same clips: judged by the tolerance alone")
    comparison = paired_jackknife(*pair)
    interval = comparison.difference.interval
    if comparison.p is None:
        each = [a - b for a, b in zip(*(side.without for side in pair), strict=True) if a is not None and b is not None]
        return replace(
            found, lo=min(each), hi=max(each), why="too few dyads for an interval: the range without each of them"
        )
    return replace(found, lo=interval.lo, hi=interval.hi, p=comparison.p, why=interval.note)


def _pair(guarded: GuardedMetric, score: ScorePart) -> tuple[Replicates, Replicates] | None:
    """Costs of the result and of the baseline (the mean over its seeds), all clips and without each group."""
    kept = [seed.replicates for seed in guarded.seeds]
    shapes = {tuple(each is None for each in row) for row in (score.replicates, *kept)}
    known = any(each is not None for each in score.replicates)
    if not known or len(shapes) > 1 or score.n_clusters != guarded.n_clusters or score.value is None:
        return None
    own = tuple(None if each is None else guarded.cost(each) for each in score.replicates)
    mean = tuple(_mean_cost(guarded, [row[g] for row in kept]) for g in range(len(own)))
    whole = _mean_cost(guarded, [seed.value for seed in guarded.seeds])
    if whole is None:
        return None
    return (
        Replicates(guarded.cost(score.value), own, score.n_clusters),
        Replicates(whole, mean, guarded.n_clusters),
    )


def _mean_cost(guarded: GuardedMetric, values: Sequence[float | None]) -> float | None:
    costs = [guarded.cost(value) for value in values if value is not None]
    return float(np.mean(costs)) if costs else None


def _judged(found: Finding, alpha: float) -> Finding:
    """Whether a difference is beyond the tolerance and beyond chance."""
    if found.outcome != "ok" or found.worse_by is None or abs(found.worse_by) <= found.tolerance:
        return found
    if not _certain(found, alpha):
        return replace(found, why="; ".join(filter(None, ("beyond the tolerance, within chance", found.why))))
    return replace(found, outcome="worse" if found.worse_by > 0 else "better")


def _certain(found: Finding, alpha: float) -> bool:
    """The interval excludes zero, and so does the corrected test; what there is not, does not speak."""
    apart = found.lo is None or found.hi is None or found.lo > 0 or found.hi < 0
    return apart and (found.p_holm is None or found.p_holm < alpha)

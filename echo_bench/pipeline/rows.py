"""Per-clip rows: every expected clip of every metric ends as OK, FAILED (why) or SKIPPED (by which rule)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Literal

from echo_metrics.errors import MetricInputError, MetricWarning

from echo_bench.clip import DyadicClip, Status
from echo_bench.errors import EchoBenchError, NotApplicable
from echo_bench.media.cut import seconds_of
from echo_bench.method import Artefact, Capabilities
from echo_bench.metric import ClipFeatures, Metric
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.artefacts import Outcome
from echo_bench.pipeline.features import FeatureError, arrays_of
from echo_bench.pipeline.store import FeatureStore

Stage = Literal["dataset", "generate", "extract", "score"]
SHORTEST = 0.95
"""Share of a clip that an artefact must cover; a method could else answer only where it is easy."""
LONGEST = 1.05
"""An artefact that lasts more than so many times its clip is warned of: it was hardly made for it."""


@dataclass(frozen=True, slots=True)
class Row:
    """One metric of one method on one clip.

    Attributes
    ----------
    value : float or None
        The metric of this clip alone; None where it is not OK, or needs more than one clip.
    stat : object or None
        The sufficient statistics that are merged.
    stage, error, reason : str
        Where and why there is no value.
    trimmed : bool
        The artefact is shorter than the clip.
    overlong : bool
        It is more than 5 % longer, and what comes after the clip is not scored.
    warnings : tuple of str
        What the metric itself had to say about its input.
    """

    method: str
    clip: str
    cluster: str
    metric: str
    status: Status
    value: float | None = None
    stat: Any = None
    stage: Stage | None = None
    error: str = ""
    reason: str = ""
    trimmed: bool = False
    overlong: bool = False
    warnings: tuple[str, ...] = ()


class Scorer:
    """Makes the rows of one method.

    Parameters
    ----------
    capabilities : Capabilities
        Of the method.
    store : FeatureStore
    """

    def __init__(self, capabilities: Capabilities, store: FeatureStore) -> None:
        self._capabilities = capabilities
        self._store = store
        self._cache: dict[tuple[str, str, int], Mapping[str, Any]] = {}
        self._overlong: tuple[Outcome, bool] | None = None  # of the outcome asked about last: all metrics ask in turn

    def row(self, metric: Metric[Any], clip: DyadicClip, outcome: Outcome, half: int) -> Row:
        """The row of one metric on one clip; `half` is the clip's side in a comparison of halves."""
        base = Row(outcome.method, clip.id, clip.cluster, metric.info.id, Status.OK)
        if clip.defect is not None:
            return _failed(base, "dataset", "DatasetError", clip.defect)
        if outcome.status != "ok":
            status = Status.FAILED if outcome.status == "failed" else Status.SKIPPED
            return _ended(base, status, "generate", outcome.error, outcome.reason)
        try:
            self._rules(metric, clip)
            samples = [self._features(metric, clip, artefact, half) for artefact in outcome.artefacts]
            trimmed = any(self._check_length(sample, clip) for sample in samples)
            with heard() as warned:
                stat = metric.clip(samples)
        except NotApplicable as rule:
            return _ended(base, Status.SKIPPED, "score", "", str(rule))
        except FeatureError as error:
            return _failed(base, "extract", error.error, error.message)
        except (MetricInputError, EchoBenchError) as error:
            return _failed(base, "score", type(error).__name__, str(error))
        with heard():  # said again, of all clips together, when they are merged
            value, why = value_of(metric, stat)
        if value is None and metric.info.aggregation == "mean":
            return _failed(base, "score", "MetricInputError", why)
        return Row(
            base.method,
            clip.id,
            clip.cluster,
            base.metric,
            Status.OK,
            value,
            stat,
            trimmed=trimmed,
            overlong=self._runs_on(outcome, clip),
            warnings=tuple(warned),
        )

    def _rules(self, metric: Metric[Any], clip: DyadicClip) -> None:
        two_sets = metric.info.aggregation == "set" and any(r.startswith("truth:") for r in metric.info.requires)
        if self._capabilities.halves and not two_sets:
            raise NotApplicable("halves of the truth are compared by metrics of two sets only")
        if metric.info.role != "both" and clip.spans:
            speaker = "avatar" if metric.info.role == "speaking" else "user"
            if all(span.who != speaker for span in clip.spans):
                raise NotApplicable(f"measured where the avatar is {metric.info.role}, and it never is in this clip")

    def _features(self, metric: Metric[Any], clip: DyadicClip, artefact: Artefact, half: int) -> ClipFeatures:
        wanted: Sequence[str] = metric.info.requires
        if self._capabilities.halves:
            wanted = [name for name in wanted if name.startswith("truth:" if half else "pred:")]
        return ClipFeatures(clip, {name: self._arrays(name, clip, artefact) for name in wanted})

    def _arrays(self, requirement: str, clip: DyadicClip, artefact: Artefact) -> Mapping[str, Any]:
        sample = artefact.sample if requirement.startswith(("pred:", "pair:")) else 0
        key = (requirement, clip.id, sample)
        if key not in self._cache:
            if len(self._cache) > 64:  # a clip's features serve all its metrics; older clips are not needed again
                self._cache.clear()
            self._cache[key] = arrays_of(requirement, clip, artefact, self._store)
        return self._cache[key]

    def _check_length(self, features: ClipFeatures, clip: DyadicClip) -> bool:
        """Whether the artefact is shorter than the clip.

        Raises
        ------
        EchoBenchError
            When it covers less than 95 % of it and has no licence to.
        """
        own = [arrays for name, arrays in features.arrays.items() if name.startswith(("pred:", "pair:"))]
        rows = [max(len(array) for array in arrays.values()) for arrays in own]
        expected = clip.duration * clip.fps
        if not rows or min(rows) >= SHORTEST * expected:
            return False
        if not self._capabilities.partial_length:
            raise EchoBenchError(
                f"the artefact covers {min(rows) / clip.fps:.2f} s of a clip of {clip.duration:.2f} s",
                fix="write the whole clip",
            )
        return True

    def _runs_on(self, outcome: Outcome, clip: DyadicClip) -> bool:
        """Whether an artefact is much longer than the clip."""
        if self._overlong is None or self._overlong[0] is not outcome:
            longest = max(map(_seconds, outcome.artefacts))
            self._overlong = outcome, longest > LONGEST * clip.duration
        return self._overlong[1]


@contextmanager
def heard() -> Iterator[list[str]]:
    """The texts of the MetricWarnings raised inside, once each; other warnings go their way."""
    found: list[str] = []
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", MetricWarning)
        yield found
    found += dict.fromkeys(str(w.message) for w in caught if issubclass(w.category, MetricWarning))
    for other in caught:
        if not issubclass(other.category, MetricWarning):
            warnings.warn_explicit(other.message, other.category, other.filename, other.lineno)


def value_of(metric: Metric[Any], stat: Any) -> tuple[float | None, str]:
    """The metric of these statistics; or None, and why they do not suffice for a finite number."""
    try:
        value = metric.finalize(stat)
    except MetricInputError as error:
        return None, str(error)
    return (value, "") if math.isfinite(value) else (None, "the value is not a finite number")


def _seconds(artefact: Artefact) -> float:
    """How long what is longest in an artefact is; 0 where its file is gone, which does not matter to features that are kept."""
    try:
        seen = seconds_of(artefact.video) if artefact.video else 0.0
        return max(seen, len(load_motion(artefact.motion)[0]) / artefact.motion.fps if artefact.motion else 0.0)
    except EchoBenchError:
        return 0.0


def _failed(row: Row, stage: Stage, error: str, reason: str) -> Row:
    return _ended(row, Status.FAILED, stage, error, reason)


def _ended(row: Row, status: Status, stage: Stage, error: str, reason: str) -> Row:
    return Row(row.method, row.clip, row.cluster, row.metric, status, None, None, stage, error, reason)

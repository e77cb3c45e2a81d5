"""Reaction events: nods, shakes, smiles, laughs, frowns and looks of surprise, matched in time.

Conventions
-----------
An event is ``(label, start, end)``, half-open in frames (25 fps). A *set of events* is a list with one list of events per clip; truth and
prediction hold the clips in one order. Within a clip and a label, pairs are matched one to one, greedily by falling temporal
intersection over union (tIoU), down to a threshold.

Source: GLARE (2026), appendix D (code promised, not out); protocol ``glare``. Definitions and doubts: ``docs/metrics/reaction-events.md``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

import numpy as np

from echo_metrics.errors import MetricInputError, UndefinedMetricError
from echo_metrics.sequences import check_choice

__all__ = ["GLARE_CLASSES", "Event", "event_atd", "event_counts", "event_f1", "event_f1_per_class", "event_tiou"]

GLARE_CLASSES = ("nod", "shake", "smile", "laugh", "frown", "surprise")
THRESHOLD = 0.5  # least tIoU of a match
EARLY, LATE = 2.0, 0.5  # cost of being early or late by one duration of the true event


class Event(NamedTuple):
    """One reaction of a person.

    Attributes
    ----------
    label : str
    start, end : float
        Frames, half-open: ``[start, end)``.
    """

    label: str
    start: float
    end: float


EventSet = Sequence[Sequence[Event | tuple[str, float, float]]]
Absent = Literal["zero", "skip"]
Pairs = list[tuple[float, Event, Event]]


def event_f1(
    gt: EventSet,
    pred: EventSet,
    classes: Sequence[str] = GLARE_CLASSES,
    threshold: float = THRESHOLD,
    absent: Absent = "zero",
) -> float:
    """Mean over classes of the F1 of matched events (R-F1), higher is better, range [0, 1].

    Hits and misses are pooled over all clips before F1 is taken.

    Parameters
    ----------
    gt, pred : list of lists of (label, start, end)
    classes : sequence of str
        An event of another class is refused.
    threshold : float, default 0.5
    absent : {"zero", "skip"}
        A class that neither side has scores 0 (protocol ``glare``: then the truth itself does not reach 1), or is left out.

    Raises
    ------
    MetricInputError
        When the clips differ in number, an event is malformed or of an unknown class, or no class is left.

    Examples
    --------
    >>> gt = [[("nod", 10, 30), ("nod", 50, 70), ("smile", 5, 45)]]
    >>> pred = [[("nod", 12, 34), ("nod", 20, 60), ("smile", 10, 40)]]
    >>> event_f1(gt, pred, classes=("nod", "smile"))
    0.75
    """
    check_choice(absent, Absent, "absent")
    scores = event_f1_per_class(gt, pred, classes, threshold)
    if absent == "skip":
        present = {Event(*event).label for clips in (gt, pred) for clip in clips for event in clip}
        scores = {label: score for label, score in scores.items() if label in present}
    if not scores:
        raise UndefinedMetricError("no class has an event on either side: there is nothing to score")
    return float(np.mean(list(scores.values())))


def event_f1_per_class(
    gt: EventSet, pred: EventSet, classes: Sequence[str] = GLARE_CLASSES, threshold: float = THRESHOLD
) -> dict[str, float]:
    """F1 of each class, 0 where neither side has an event; parameters and errors as for :func:`event_f1`."""
    counts = event_counts(gt, pred, classes, threshold)
    return {label: 2 * matched / max(given, 1) for label, (matched, given) in counts.items()}


def event_counts(
    gt: EventSet, pred: EventSet, classes: Sequence[str] = GLARE_CLASSES, threshold: float = THRESHOLD
) -> dict[str, tuple[int, int]]:
    """Matched pairs of each class, and its events on both sides together: these add up over clips, F1 does not.

    Parameters and errors as for :func:`event_f1`.
    """
    matched = [pair[1].label for pair in _match(gt, pred, threshold, classes)]
    given = [event[0] for clips in (gt, pred) for clip in clips for event in clip]
    return {label: (matched.count(label), given.count(label)) for label in classes}


def event_tiou(gt: EventSet, pred: EventSet, threshold: float = THRESHOLD) -> float:
    """Mean tIoU of matched events (R-tIoU), higher is better, range [threshold, 1], or 0 when nothing matches.

    Only matched events count: read R-F1 first, since one good match among a hundred misses scores 1.

    Parameters
    ----------
    gt, pred : list of lists of (label, start, end)
    threshold : float, default 0.5

    Raises
    ------
    MetricInputError
        When the clips differ in number, or an event is malformed.

    Examples
    --------
    >>> event_tiou([[("nod", 10, 30)]], [[("nod", 12, 34)]])
    0.75
    """
    pairs = _match(gt, pred, threshold)
    return float(np.mean([tiou for tiou, _, _ in pairs])) if pairs else 0.0


def event_atd(gt: EventSet, pred: EventSet, threshold: float = THRESHOLD) -> float | None:
    """Asymmetric timing deviation of matched events (R-ATD), lower is better; None when nothing matches.

    Start, end and duration errors in units of the true duration; being early (or short) costs 2 per unit, late (or long) 0.5.

    Parameters
    ----------
    gt, pred : list of lists of (label, start, end)
    threshold : float, default 0.5

    Raises
    ------
    MetricInputError
        When the clips differ in number, or an event is malformed.

    Notes
    -----
    With the official threshold no value can exceed 2.5, so the published 57 to 157 are not these raw ratios (percent, perhaps).

    Examples
    --------
    >>> round(event_atd([[("nod", 10, 30)]], [[("nod", 12, 34)]]), 6)
    0.2
    """
    pairs = _match(gt, pred, threshold)
    return float(np.mean([_deviation(true, found) for _, true, found in pairs])) if pairs else None


def _deviation(true: Event, found: Event) -> float:
    duration = true.end - true.start
    errors = np.array([found.start - true.start, found.end - true.end, (found.end - found.start) - duration]) / duration
    return float(np.where(errors < 0, EARLY * -errors, LATE * errors).sum())


def _match(gt: EventSet, pred: EventSet, threshold: float, classes: Sequence[str] | None = None) -> Pairs:
    if not 0 < threshold <= 1:
        raise MetricInputError(f"threshold must lie in (0, 1]; got {threshold}")
    if len(gt) != len(pred) or not len(gt):
        raise MetricInputError(f"gt has {len(gt)} clips and pred has {len(pred)}: is a prediction missing?")
    truth, found = ([_events(clip, i, classes) for i, clip in enumerate(clips)] for clips in (gt, pred))
    return [pair for a, b in zip(truth, found, strict=True) for pair in _match_clip(a, b, threshold)]


def _events(clip: Sequence[Event | tuple[str, float, float]], index: int, classes: Sequence[str] | None) -> list[Event]:
    events = [Event(*event) for event in clip]
    for event in events:
        if not (np.isfinite(event.start) and np.isfinite(event.end) and event.start < event.end):
            raise MetricInputError(f"clip {index}: {event} must end after it starts, in finite frames")
        if classes is not None and event.label not in classes:
            raise MetricInputError(f"clip {index}: unknown class {event.label!r}; known are {', '.join(classes)}")
    return events


def _match_clip(truth: list[Event], found: list[Event], threshold: float) -> Pairs:
    """Greedy one-to-one matches by falling tIoU; the order of the lists decides ties."""
    candidates = [(_tiou(a, b), i, j) for i, a in enumerate(truth) for j, b in enumerate(found) if a.label == b.label]
    pairs, used_truth, used_found = [], set[int](), set[int]()
    for tiou, i, j in sorted(candidates, key=lambda candidate: (-candidate[0], candidate[1:])):
        if tiou >= threshold and i not in used_truth and j not in used_found:
            used_truth.add(i)
            used_found.add(j)
            pairs.append((tiou, truth[i], found[j]))
    return pairs


def _tiou(a: Event, b: Event) -> float:
    shared = max(0.0, min(a.end, b.end) - max(a.start, b.start))
    return shared / (a.end - a.start + b.end - b.start - shared)

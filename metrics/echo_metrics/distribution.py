"""Where heads point and eyes look: distances between the distributions of truth and prediction, pooled and per emotion.

Conventions
-----------
Frames of all clips are pooled; time plays no part. Angles are in radians (any unit, if both sides share it).
Histogram bins are the truth's, plus one open bin on either side, so that a prediction outside the truth's range differs from one at
its edge.
Jensen-Shannon divergence is in bits: 0 for equal, 1 for disjoint distributions. W1 (earth mover's distance) is in the unit of the angles.

Two finite draws of one distribution have a positive divergence: put the truth's two halves beside the number.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError, UndefinedMetricError
from echo_metrics.sequences import Clips, as_clips

__all__ = [
    "DistributionDistance",
    "gaze_distance",
    "head_pose_distance",
    "jensen_shannon",
    "per_emotion",
    "wasserstein",
]

Floats = NDArray[np.float64]

GAZE_BINS = 16
POSE_BINS = 32


@dataclass(frozen=True, slots=True)
class DistributionDistance:
    """Two distances between two pooled distributions, both lower is better.

    Attributes
    ----------
    jensen_shannon : float
        In bits, within [0, 1].
    wasserstein : tuple of float
        W1 of each axis, in its unit.
    """

    jensen_shannon: float
    wasserstein: tuple[float, ...]


def jensen_shannon(p: ArrayLike, q: ArrayLike) -> float:
    """Jensen-Shannon divergence of two histograms over the same bins, in bits, within [0, 1].

    Parameters
    ----------
    p, q : array_like of equal shape
        Counts or shares, not negative; each is normalised to sum 1.

    Raises
    ------
    MetricInputError
        When the bins differ, or a histogram is negative, not finite or empty.

    Examples
    --------
    >>> jensen_shannon([1, 0], [0, 1])
    1.0
    """
    a, b = np.asarray(p, float), np.asarray(q, float)
    if a.shape != b.shape:
        raise MetricInputError(f"histograms have {a.shape} and {b.shape} bins: were they made with one set of edges?")
    for histogram in (a, b):
        if not np.isfinite(histogram).all() or (histogram < 0).any() or histogram.sum() == 0:
            raise MetricInputError("a histogram must hold counts of at least one frame, none negative, NaN or Inf")
    a, b = a / a.sum(), b / b.sum()
    middle = (a + b) / 2
    return float(max(0.0, (_relative_entropy(a, middle) + _relative_entropy(b, middle)) / 2))


def _relative_entropy(p: Floats, q: Floats) -> float:
    used = p > 0
    return float((p[used] * np.log2(p[used] / q[used])).sum())


def wasserstein(a: ArrayLike, b: ArrayLike) -> float:
    """W1 distance of two samples of one axis: the mean way by which mass must move, in the axis' unit.

    Raises
    ------
    MetricInputError
        When a sample is empty, not one-dimensional or not finite.

    Examples
    --------
    >>> wasserstein([0.0, 1.0], [2.0, 3.0])
    2.0
    """
    first, second = np.asarray(a, float), np.asarray(b, float)
    for sample in (first, second):
        if sample.ndim != 1 or not len(sample) or not np.isfinite(sample).all():
            raise MetricInputError(f"a sample must be a non-empty finite vector; got shape {sample.shape}")
    grid = np.sort(np.concatenate([first, second]))
    below_a, below_b = (np.searchsorted(np.sort(s), grid[:-1], side="right") / len(s) for s in (first, second))
    return float((abs(below_a - below_b) * np.diff(grid)).sum())


def _pool(gt: Clips, pred: Clips, dims: int, axes: str) -> tuple[Floats, Floats]:
    truth, prediction = np.concatenate(as_clips(gt, "gt")), np.concatenate(as_clips(pred, "pred"))
    if truth.shape[1] != dims or prediction.shape[1] != dims:
        raise MetricInputError(
            f"clips must have the {dims} columns {axes}; got {truth.shape[1]} and {prediction.shape[1]}"
        )
    return truth, prediction


def _edges(truth: Floats, bins: int) -> Floats:
    low, high = truth.min(), truth.max()
    if low == high:
        raise UndefinedMetricError("an axis of the truth never changes, so it has no histogram: was the track lost?")
    inner = np.linspace(low, high, bins + 1)
    inner[-1] = np.nextafter(high, np.inf)  # the largest value belongs to the last bin, not beyond it
    return np.concatenate([[-np.inf], inner, [np.inf]])


def _histogram(sample: Floats, edges: Sequence[Floats]) -> Floats:
    """Joint counts over the given axes; edges may be infinite."""
    cells = tuple(np.searchsorted(e, column, side="right") - 1 for e, column in zip(edges, sample.T, strict=True))
    counts = np.zeros([len(e) - 1 for e in edges])
    np.add.at(counts, cells, 1)
    return counts


def gaze_distance(gt: Clips, pred: Clips, bins: int = GAZE_BINS) -> DistributionDistance:
    """Distance of gaze directions: divergence of the joint (yaw, pitch) histogram, and W1 of each angle.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, 2)
        Gaze yaw and pitch in the head frame; lengths may differ.
    bins : int, default 16
        Bins per axis over the truth's range.

    Returns
    -------
    DistributionDistance
        `wasserstein` is (yaw, pitch).

    Raises
    ------
    MetricInputError
        When clips are not (frames, 2), or the truth never moves.

    Examples
    --------
    >>> gaze = np.random.default_rng(0).normal(size=(500, 2))
    >>> gaze_distance([gaze], [gaze])
    DistributionDistance(jensen_shannon=0.0, wasserstein=(0.0, 0.0))
    """
    truth, prediction = _pool(gt, pred, 2, "(yaw, pitch)")
    edges = [_edges(column, bins) for column in truth.T]
    divergence = jensen_shannon(_histogram(truth, edges), _histogram(prediction, edges))
    return DistributionDistance(divergence, _axis_distances(truth, prediction))


def head_pose_distance(gt: Clips, pred: Clips, bins: int = POSE_BINS) -> DistributionDistance:
    """Distance of head poses: divergence of each angle's histogram, averaged, and W1 of each angle.

    The joint histogram of three angles would be mostly empty, so that any two recordings look disjoint.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, 3)
        Pitch, yaw and roll; lengths may differ.
    bins : int, default 32
        Bins per axis over the truth's range.

    Returns
    -------
    DistributionDistance
        `wasserstein` is (pitch, yaw, roll).

    Raises
    ------
    MetricInputError
        When clips are not (frames, 3), or an angle of the truth never moves.
    """
    truth, prediction = _pool(gt, pred, 3, "(pitch, yaw, roll)")
    divergences = []
    for column in range(3):
        edges = [_edges(truth[:, column], bins)]
        histograms = (_histogram(side[:, [column]], edges) for side in (truth, prediction))
        divergences.append(jensen_shannon(*histograms))
    return DistributionDistance(float(np.mean(divergences)), _axis_distances(truth, prediction))


def _axis_distances(a: Floats, b: Floats) -> tuple[float, ...]:
    return tuple(wasserstein(x, y) for x, y in zip(a.T, b.T, strict=True))


def per_emotion(
    distance: Callable[[Clips, Clips], DistributionDistance], gt: Clips, pred: Clips, emotions: Sequence[Hashable]
) -> dict[Hashable, DistributionDistance]:
    """One distance per emotion: clips of one label are pooled, truth against prediction.

    Cut clips at the borders of their emotion spans first. As a control, shuffle the predicted clips against the labels: a method that
    expresses emotions must get worse.

    Parameters
    ----------
    distance : callable
        :func:`gaze_distance` or :func:`head_pose_distance`.
    gt, pred : list of ndarray
        As the distance takes them; clip i of both sides has the label ``emotions[i]``.
    emotions : sequence of hashable
        One label per clip.

    Returns
    -------
    dict
        Label to distance, in order of first appearance.

    Raises
    ------
    MetricInputError
        When the number of labels differs from the number of clips, or the distance refuses a group.
    """
    if not len(gt) == len(pred) == len(emotions):
        raise MetricInputError(
            f"one label per clip is needed; got {len(gt)} true clips, {len(pred)} predicted clips and {len(emotions)} labels"
        )
    groups = {label: [i for i, other in enumerate(emotions) if other == label] for label in dict.fromkeys(emotions)}
    return {label: distance([gt[i] for i in clips], [pred[i] for i in clips]) for label, clips in groups.items()}

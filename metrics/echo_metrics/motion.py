"""Motion against motion: lists of ``(T_i, D)`` coefficient tracks in, one number out.

Conventions
-----------
``gt``, ``pred`` and ``partner`` are lists with one array per clip, in one named layout, cut to a common length per clip (nothing is
trimmed in silence: :func:`echo_metrics.sequences.trim_to_shortest`). A metric sees whatever columns it is given: the official protocols
score expression, jaw and head rotation apart, and a layout mixed up (DIM puts pose first, L2L last) gives plausible wrong numbers.

``pooling="clip"`` computes per clip and averages over clips, each clip counting once; ``pooling="corpus"`` computes once over all frames.

Metrics
-------
* :func:`frechet`, :func:`paired_frechet` -- FD and P-FD, lower is better.
* :func:`mean_squared_error` -- MSE, lower is better.
* :func:`shannon_index` -- SID, at most log2(clusters) (:mod:`echo_metrics.shannon`).
* :func:`variance` -- Var, four definitions; the target is the truth's value.
* :func:`residual_pearson`, :func:`lagged_residual_pearson` -- rPCC, lower is better.
* :func:`sts` -- difference of frame-to-frame steps, lower is better.
* :func:`diversity` -- distance between random frames; the target is the truth's value.
* :func:`jerk`, :func:`spectral_arc_length`, :func:`velocity_statistics` -- smoothness (:mod:`echo_metrics.smoothness`).
* :func:`gaze_distance`, :func:`head_pose_distance`, :func:`per_emotion` -- distributions (:mod:`echo_metrics.distribution`).

Source: Boese0601/Dyadic-Interaction-Modeling code/metrics/eval_utils.py and code/mymetrics.py (``dim``); ZiqiaoPeng/DualTalk
metric/metric.py (``dualtalk``); CoderChen01/towards-seamless-interaction util/metrics.py (``timar``).
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echo_metrics.distribution import (
    DistributionDistance,
    gaze_distance,
    head_pose_distance,
    jensen_shannon,
    per_emotion,
    wasserstein,
)
from echo_metrics.errors import MetricInputError
from echo_metrics.frechet import frechet_distance
from echo_metrics.frechet import paired_frechet as paired_frechet_distance
from echo_metrics.residual import lagged_residual_pearson, residual_pearson
from echo_metrics.sequences import Clips, Pooling, as_clips, check_choice, matched_clips, pooled
from echo_metrics.shannon import check_shannon_index, shannon_index
from echo_metrics.smoothness import VelocityStatistics, jerk, spectral_arc_length, velocity_statistics

__all__ = [
    "DistributionDistance",
    "VelocityStatistics",
    "check_shannon_index",
    "diversity",
    "frechet",
    "gaze_distance",
    "head_pose_distance",
    "jensen_shannon",
    "jerk",
    "lagged_residual_pearson",
    "mean_squared_error",
    "paired_frechet",
    "per_emotion",
    "residual_pearson",
    "shannon_index",
    "spectral_arc_length",
    "sts",
    "variance",
    "velocity_statistics",
    "wasserstein",
]

Floats = NDArray[np.float64]
Variance = Literal["flat", "time", "sum", "react"]

STS_TIMESTEP = 0.1  # the official constant; the motion's own frame interval plays no part


def frechet(gt: Clips, pred: Clips, pooling: Pooling = "clip") -> float:
    """Fréchet distance of frames (FD, in tables also "FID-exp"), lower is better.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)
    pooling : {"clip", "corpus"}
        ``"clip"`` is protocol ``dim`` and ``dualtalk``: the frames of one clip are the samples, mean over clips.

    Returns
    -------
    float
        In squared units of the motion; 0 for equal tracks.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or a clip has one frame.

    Warns
    -----
    MetricWarning
        When a clip has no more frames than dimensions: its covariance is singular and the bias may exceed the distance.

    Notes
    -----
    Per clip the bias of few frames dominates: two draws of one 50-dimensional Gaussian, true distance 0, measure 40.8 at T = 30, 22.3 at
    60, 11.3 at 120 and 2.96 at 500, the order of published ViCo values (15 to 39). Numbers compare at equal clip lengths only.

    Examples
    --------
    >>> clip = np.random.default_rng(0).normal(size=(100, 3))
    >>> round(frechet([clip], [clip + 1.0]), 9)
    3.0
    """
    truth, prediction = pooled(pooling, *matched_clips(2, gt=gt, pred=pred))
    return float(np.mean([frechet_distance(a, b) for a, b in zip(truth, prediction, strict=True)]))


def paired_frechet(gt: Clips, pred: Clips, partner: Clips, pooling: Pooling = "clip") -> float:
    """Fréchet distance of (partner, listener) frame pairs (P-FD), lower is better.

    As :func:`frechet` on ``concat([partner, gt], axis=-1)`` against ``concat([partner, pred], axis=-1)``: it also sees whether the listener
    moves *with* the partner. All three tracks must start at the same frame (DIM's loader pairs partner frame t with listener frame t + 1).

    Parameters
    ----------
    gt, pred, partner : list of ndarray of shape (T_i, D)
    pooling : {"clip", "corpus"}

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or a clip has one frame.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> partner, gt = rng.normal(size=(2, 100, 3))
    >>> paired_frechet([gt], [gt], [partner]) < 1e-9
    True
    """
    tracks = pooled(pooling, *matched_clips(2, gt=gt, pred=pred, partner=partner))
    return float(np.mean([paired_frechet_distance(y, p, x) for y, p, x in zip(*tracks, strict=True)]))


def mean_squared_error(gt: Clips, pred: Clips) -> float:
    """Mean squared difference per clip, mean over clips (not weighted by frames), lower is better.

    Protocols ``dim`` and ``dualtalk``. Squared units of the motion.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame.

    Examples
    --------
    >>> mean_squared_error([np.zeros((10, 2))], [np.full((10, 2), 0.5)])
    0.25
    """
    truth, prediction = matched_clips(gt=gt, pred=pred)
    return float(np.mean([np.mean((a - b) ** 2) for a, b in zip(truth, prediction, strict=True)]))


def variance(motion: Clips, definition: Variance = "time") -> float:
    """Variance of motion (Var); the target is the truth's value, more is not better.

    Parameters
    ----------
    motion : list of ndarray of shape (T_i, D)
    definition : {"flat", "time", "sum", "react"}
        * ``"flat"``: of all numbers of all clips, flattened; includes the variance *between* dimensions (``dim``).
        * ``"time"``: over time, mean over dimensions, mean over clips (``dualtalk``, ``timar``, ``avatar-forcing``, ``lm-listener``).
        * ``"sum"``: over all frames, summed over dimensions (DIM's unused ``calculate_variance``).
        * ``"react"``: as ``"time"`` with the unbiased estimate (FRVar; ``react24``).

    Returns
    -------
    float
        In squared units of the motion. The first three differ fourfold on the same data.

    Raises
    ------
    MetricInputError
        When `motion` is not a list of clips, or a clip is too short for the unbiased estimate.

    Examples
    --------
    A face that never moves has variance in the ``"flat"`` definition only:

    >>> still = [np.tile([0.0, 1.0], (50, 1))]
    >>> variance(still, "flat"), variance(still, "time")
    (0.25, 0.0)
    """
    check_choice(definition, Variance, "definition")
    clips = as_clips(motion, min_frames=2 if definition == "react" else 1)
    if definition == "flat":
        return float(np.concatenate(clips).var())
    if definition == "sum":
        return float(np.concatenate(clips).var(axis=0).sum())
    ddof = 1 if definition == "react" else 0
    return float(np.mean([clip.var(axis=0, ddof=ddof).mean() for clip in clips]))


def sts(gt: Clips, pred: Clips, pooling: Pooling = "clip") -> float:
    """Difference of frame-to-frame steps (STS), lower is better: ``sqrt(sum over t, d of (dy - dŷ)^2 / 0.1)``.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)
    pooling : {"clip", "corpus"}
        ``"clip"`` is ``dualtalk``. ``"corpus"`` is ``dim``, which concatenates the clips first, so that jumps at the joints count too.

    Returns
    -------
    float
        Grows with the square root of the frames: not comparable between test sets of different length.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or a clip has one frame.

    Examples
    --------
    >>> still, step = np.zeros((3, 1)), np.array([[0.0], [0.0], [1.0]])
    >>> round(sts([still], [step]), 6)
    3.162278
    """
    truth, prediction = pooled(pooling, *matched_clips(2, gt=gt, pred=pred))
    steps = [np.diff(a - b, axis=0) for a, b in zip(truth, prediction, strict=True)]
    return float(np.mean([np.sqrt((step**2 / STS_TIMESTEP).sum()) for step in steps]))


def diversity(motion: Clips, pairs: int = 100, seed: int | np.random.RandomState = 0) -> float:
    """Mean distance between randomly paired frames of a clip, mean over clips; the target is the truth's value.

    Parameters
    ----------
    motion : list of ndarray of shape (T_i, D)
    pairs : int, default 100
        Pairs per clip; each side is drawn without replacement (``dualtalk``; lm-listener: 30, or 10 for clips of up to 30 frames).
    seed : int or RandomState, default 0
        With an int every clip starts afresh, so that clip order does not matter. The official code is unseeded and draws clip after clip
        and part after part from one stream: pass that stream to repeat it.

    Raises
    ------
    MetricInputError
        When a clip has fewer frames than pairs.

    Examples
    --------
    >>> diversity([np.zeros((100, 4))])
    0.0
    """
    if pairs < 1:
        raise MetricInputError(f"pairs must be at least 1; got {pairs}")
    return float(np.mean([_pair_distance(clip, pairs, seed) for clip in as_clips(motion, min_frames=pairs)]))


def _pair_distance(clip: Floats, pairs: int, seed: int | np.random.RandomState) -> float:
    stream = seed if isinstance(seed, np.random.RandomState) else np.random.RandomState(seed)
    first, second = (stream.choice(len(clip), pairs, replace=False) for _ in range(2))
    return float(np.linalg.norm(clip[first] - clip[second], axis=1).mean())

"""Facial reactions: appropriateness, diversity, variance and synchrony of several generated reactions per speaker (REACT).

Conventions
-----------
``pred`` is ``(N, M, T, D)``: M reactions to each of N speakers; ``listener`` and ``speaker`` are ``(N, T, D)``. The official layout is
D = 25 facial attributes at 25 fps: 15 action units, valence and arousal, 8 expression probabilities. ``neighbours`` is the ``(N, N)``
0/1 matrix that names the real listeners whose reactions are appropriate for each speaker (:mod:`echo_metrics.reactions`).

Metrics
-------
* :func:`frcorr`, :func:`frdist` -- appropriateness: concordance (higher) and DTW distance (lower) to the best appropriate listener.
* :func:`frdiv`, :func:`frvar`, :func:`frdvs` -- diversity among samples, over time, between speakers; random noise maximises all three.
* :func:`frsyn` -- synchrony with the speaker (:mod:`echo_metrics.synchrony`).
* :func:`concordance` -- the coefficient inside `frcorr`.
* :func:`event_f1`, :func:`event_tiou`, :func:`event_atd` -- reaction events (:mod:`echo_metrics.events`).
* :func:`detect_nods`, :func:`detect_shakes`, :func:`detect_smiles`, :func:`detect_blinks` -- events from motion
  (:mod:`echo_metrics.detection`).
* :func:`interactivity` -- how much the eyes move while listening.

Source: reactmultimodalchallenge/baseline_react2024 0c3ce58, metric/{FRC,FRD,S_MSE,FRVar,FRDvs,TLCC}.py (protocol ``react24``).
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.detection import detect_blinks, detect_nods, detect_shakes, detect_smiles
from echo_metrics.dtw import Part, nearest
from echo_metrics.errors import MetricInputError, MetricWarning
from echo_metrics.events import Event, event_atd, event_f1, event_f1_per_class, event_tiou
from echo_metrics.interactivity import interactivity
from echo_metrics.reactions import as_neighbours, as_reactions, as_tracks, check_same_frames
from echo_metrics.sequences import check_choice
from echo_metrics.synchrony import frsyn, reaction_lags

__all__ = [
    "Event",
    "concordance",
    "detect_blinks",
    "detect_nods",
    "detect_shakes",
    "detect_smiles",
    "event_atd",
    "event_f1",
    "event_f1_per_class",
    "event_tiou",
    "frcorr",
    "frdist",
    "frdiv",
    "frdvs",
    "frsyn",
    "frvar",
    "interactivity",
    "reaction_lags",
]

Floats = NDArray[np.floating]
Doubles = NDArray[np.float64]
Aggregate = Literal["sum", "mean"]
ConstantRule = Literal["official", "aware"]

EPSILON = 1e-8  # in the denominator of the concordance, as in the official code
REACT25: tuple[Part, ...] = ((slice(0, 15), 1 / 15), (slice(15, 17), 1.0), (slice(17, 25), 1 / 8))


def concordance(a: ArrayLike, b: ArrayLike, constant: ConstantRule = "official") -> Doubles:
    """Lin's concordance correlation coefficient of each channel, in [-1, 1]; 1 for equal sequences that move.

    ``2 cov / (var_a + var_b + (mean_a - mean_b)^2 + 1e-8)`` with population moments.

    Parameters
    ----------
    a, b : array_like of shape (T, ...)
        Frames first.
    constant : {"official", "aware"}
        ``"official"``: a channel that is constant in one sequence scores 0, even when both are the same constant. ``"aware"``: the same
        constant in both scores 1.

    Returns
    -------
    float64 ndarray of shape (...)

    Raises
    ------
    MetricInputError
        When the shapes differ, there are fewer than two frames, or a sequence holds NaN or Inf.

    Notes
    -----
    Source: Lin, Biometrics 45 (1989); baseline_react2024 metric/FRC.py.

    Examples
    --------
    >>> concordance([3, -0.5, 2, 7], [2.5, 0.0, 2, 8]).round(6)
    np.float64(0.976789)
    """
    check_choice(constant, ConstantRule, "constant")
    first, second = np.asarray(a, float), np.asarray(b, float)
    if first.shape != second.shape or first.ndim < 1 or len(first) < 2:
        raise MetricInputError(
            f"sequences must have one shape and two frames or more; got {first.shape} and {second.shape}"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise MetricInputError("sequences hold NaN or Inf: was the face lost there?")
    columns_a, columns_b = (np.moveaxis(x, 0, -1)[..., None, :] for x in (first, second))
    return _concordances(columns_a, columns_b, constant)[..., 0, 0]


def _concordances(a: Doubles, b: Doubles, constant: ConstantRule) -> Doubles:
    """All pairs, channel by channel: (D, M, T) and (D, K, T) to (D, M, K)."""
    mean_a, mean_b = a.mean(-1), b.mean(-1)
    covariance = (a - mean_a[..., None]) @ np.swapaxes(b - mean_b[..., None], -1, -2) / a.shape[-1]
    gap = mean_a[..., :, None] - mean_b[..., None, :]
    coefficient: Doubles = 2 * covariance / (a.var(-1)[..., :, None] + b.var(-1)[..., None, :] + gap**2 + EPSILON)
    still_a, still_b = (np.ptp(x, axis=-1) == 0 for x in (a, b))
    coefficient[still_a[..., :, None] | still_b[..., None, :]] = 0.0  # covariances with a constant leave rounding dust
    if constant == "aware":
        same = still_a[..., :, None] & still_b[..., None, :] & (a[..., :, None, 0] == b[..., None, :, 0])
        coefficient[same] = 1.0
    return coefficient


def _aggregate(per_sample: Doubles, aggregate: Aggregate) -> float:
    """Mean over speakers of the sum or mean over samples, for (N, M)."""
    check_choice(aggregate, Aggregate, "aggregate")
    return float((per_sample.sum(1) if aggregate == "sum" else per_sample.mean(1)).mean())


def frcorr(
    pred: Floats,
    listener: Floats,
    neighbours: ArrayLike,
    aggregate: Aggregate = "sum",
    constant: ConstantRule = "official",
) -> float:
    """Appropriateness by concordance with the best appropriate listener (FRCorr, FRC), higher is better.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)
    listener : ndarray of shape (N, T, D)
    neighbours : array_like of shape (N, N), 0 or 1
    aggregate : {"sum", "mean"}
        ``"sum"`` over the M samples is protocol ``react24``, range [-M, M]: it depends on M (officially 10). ``"mean"`` has range [-1, 1].
    constant : {"official", "aware"}
        See :func:`concordance`. Officially channels that never move contribute 0, so that the truth itself scores below M;
        ``"aware"`` (``react24-nan-aware``) lets equal constants agree.

    Returns
    -------
    float

    Raises
    ------
    MetricInputError
        When shapes do not fit, the matrix is not 0/1 over these clips, a speaker has no neighbour, or an array holds NaN or Inf.

    Warns
    -----
    MetricWarning
        When listeners have constant channels and ``constant="official"``: the best reachable score is below M.

    Examples
    --------
    >>> listener = np.random.default_rng(0).normal(size=(3, 50, 25))
    >>> round(frcorr(listener[:, None], listener, np.eye(3), aggregate="mean"), 6)
    1.0
    """
    check_choice(constant, ConstantRule, "constant")
    reactions, listeners, allowed = _checked(pred, listener, neighbours)
    if constant == "official":
        _warn_still(listeners)
    by_channel = np.moveaxis(listeners, -1, 0).astype(np.float64)
    best = np.stack(
        [
            _concordances(np.moveaxis(own, -1, 0).astype(np.float64), by_channel[:, row], constant).mean(0).max(1)
            for own, row in zip(reactions, allowed, strict=True)
        ]
    )
    return _aggregate(best, aggregate)


def _warn_still(listeners: Floats) -> None:
    still = int((np.ptp(listeners, axis=1) == 0).sum())
    if still:
        share = still / (listeners.shape[0] * listeners.shape[2])
        text = f"{still} listener channels ({share:.1%}) never move and score 0 whatever is predicted; constant='aware' repairs it"
        warnings.warn(text, MetricWarning, stacklevel=3)


def frdist(
    pred: Floats,
    listener: Floats,
    neighbours: ArrayLike,
    aggregate: Aggregate = "sum",
    parts: tuple[Part, ...] = REACT25,
) -> float:
    """Appropriateness by DTW distance to the nearest appropriate listener (FRDist, FRD), lower is better, at least 0.

    ``min over neighbours of dtw(AU) / 15 + dtw(VA) + dtw(EXPR) / 8``, summed or averaged over samples, mean over speakers.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)
    listener : ndarray of shape (N, T, D)
    neighbours : array_like of shape (N, N), 0 or 1
    aggregate : {"sum", "mean"}
        ``"sum"`` over the M samples is protocol ``react24``.
    parts : tuple of (slice, float)
        Channels that are warped together, and their weight; the default is the official 25-channel layout.

    Returns
    -------
    float
        Grows with about the square root of T: not comparable between clip lengths.

    Raises
    ------
    MetricInputError
        As for :func:`frcorr`, and when the parts do not cover all D channels.

    Examples
    --------
    >>> listener = np.random.default_rng(0).normal(size=(2, 50, 25))
    >>> frdist(listener[:, None], listener, np.eye(2))
    0.0
    """
    reactions, listeners, allowed = _checked(pred, listener, neighbours)
    _check_parts(parts, reactions.shape[3])
    best = np.stack([nearest(own, listeners[row], parts) for own, row in zip(reactions, allowed, strict=True)])
    return _aggregate(best, aggregate)


def _check_parts(parts: tuple[Part, ...], channels: int) -> None:
    covered = sorted(i for part, _ in parts for i in range(*part.indices(channels)))
    if covered != list(range(channels)) or any((part.stop or 0) > channels for part, _ in parts):
        raise MetricInputError(f"the parts {parts} do not cover {channels} channels once each: is this another layout?")


def _checked(pred: Floats, listener: Floats, neighbours: ArrayLike) -> tuple[Floats, Floats, NDArray[np.bool_]]:
    reactions, listeners = as_reactions(pred), as_tracks(listener, "listener")
    check_same_frames(reactions, listeners, "listener")
    return reactions, listeners, as_neighbours(neighbours, len(reactions))


def frdiv(pred: Floats) -> float:
    """Diversity among the reactions to one speaker (FRDiv, S-MSE): mean squared difference over ordered pairs of samples, T and D.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)

    Returns
    -------
    float
        0 for equal samples; 1/6 for independent U(0, 1) noise, so that higher is better only among plausible reactions.

    Raises
    ------
    MetricInputError
        When there is one sample per speaker (the official code prints 0), or the array is malformed.

    Notes
    -----
    The official code squares `torch.cdist`, which in float32 loses small distances between large values; here the differences to the mean
    are summed in float64: ``sum over pairs |p_i - p_j|^2 = 2 M sum |p_i - mean|^2``.

    Examples
    --------
    >>> frdiv(np.stack([np.zeros((1, 10, 2)), np.ones((1, 10, 2))], axis=1))
    1.0
    """
    return _pairwise(as_reactions(pred, min_samples=2), axis=1)


def frdvs(pred: Floats) -> float:
    """Diversity between speakers (FRDvs): mean squared difference of the reactions to two different speakers, for each sample.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)

    Returns
    -------
    float
        0 when all speakers get one reaction; 1/6 for U(0, 1) noise. Depends on the content of the test set.

    Raises
    ------
    MetricInputError
        When there is one speaker, or the array is malformed.

    Examples
    --------
    >>> frdvs(np.stack([np.zeros((1, 10, 2)), np.ones((1, 10, 2))]))
    1.0
    """
    return _pairwise(as_reactions(pred, min_clips=2), axis=0)


def _pairwise(reactions: Floats, axis: int) -> float:
    """Mean squared difference over ordered pairs along `axis`, which is twice the unbiased variance."""
    return float(2 * reactions.var(axis=axis, ddof=1, dtype=np.float64).mean())


def frvar(pred: Floats) -> float:
    """Variance over time (FRVar): unbiased, mean over clips, samples and channels; 1/12 for U(0, 1) noise, the target is the truth's value.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)

    Raises
    ------
    MetricInputError
        When clips have one frame, or the array is malformed.

    Examples
    --------
    >>> frvar(np.array([0.0, 1.0]).reshape(1, 1, 2, 1))
    0.5
    """
    reactions = as_reactions(pred)
    if reactions.shape[2] < 2:
        raise MetricInputError("clips of one frame have no variance over time")
    return float(reactions.var(axis=2, ddof=1, dtype=np.float64).mean())

"""Rhythm and timing: beats, blinks, who follows whom, when backchannels and answers come.

Conventions
-----------
Beats are in frames, speech and response times in seconds. A delay or lag is positive when the avatar comes later.

Metrics
-------
* :func:`beat_alignment` with :func:`motion_beats` -- BAS.
* :func:`windowed_tlcc` -- lag and strength of coupling with the partner, window by window.
* :func:`backchannel_timing` -- backchannels in the right places.
* :func:`response_latency`, :func:`floor_transfer_offsets` -- how fast the avatar reacts, and takes the floor
  (:mod:`echo_metrics.turntaking`).
* :func:`eye_aspect_ratio`, :func:`ear_blinks`, :func:`blink_statistics`, :func:`blink_rate_kl` -- :mod:`echo_metrics.blinks`.

Sources: AI Choreographer, ICCV 2021 (BAS); Boker et al., Psychological Methods 7, 2002 (windowed cross-correlation).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.blinks import (
    EMOFACE_RATE,
    BlinkStatistics,
    blink_rate_kl,
    blink_statistics,
    ear_blinks,
    eye_aspect_ratio,
)
from echo_metrics.crosscorrelation import lagged_pearson
from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import matched_clips
from echo_metrics.turntaking import (
    BackchannelTiming,
    Latencies,
    as_times,
    backchannel_timing,
    floor_transfer_offsets,
    response_latency,
)

__all__ = [
    "EMOFACE_RATE",
    "BackchannelTiming",
    "BlinkStatistics",
    "Latencies",
    "WindowedTlcc",
    "backchannel_timing",
    "beat_alignment",
    "blink_rate_kl",
    "blink_statistics",
    "ear_blinks",
    "eye_aspect_ratio",
    "floor_transfer_offsets",
    "motion_beats",
    "response_latency",
    "windowed_tlcc",
]

Floats = NDArray[np.float64]

BEAT_SPACING_S = 0.4
SMOOTHING_FRAMES, SMOOTHING_ORDER = 9, 3


@dataclass(frozen=True, slots=True)
class WindowedTlcc:
    """Coupling of two people over time.

    Attributes
    ----------
    lag : int
        Frames by which the first trails the second where `curve` is highest.
    peak : float
        The highest value of `curve`, in [-1, 1].
    curve : ndarray of shape (2 * max_lag + 1,)
        Mean correlation over windows and moving channels at each lag.
    window_lags, window_peaks : ndarray of shape (windows,)
        The same of each window: their spread says how steady the coupling is.
    skipped : int
        Windows left out because no channel moved in both.
    """

    lag: int
    peak: float
    curve: Floats
    window_lags: NDArray[np.int64]
    window_peaks: Floats
    skipped: int


def beat_alignment(pred: ArrayLike, reference: ArrayLike, sigma: float = 3.0) -> float:
    """Beat alignment score in [0, 1]: ``mean_i exp(-min_j |t_i - t_j|^2 / (2 sigma^2))`` over the motion's beats.

    Parameters
    ----------
    pred : array_like of shape (n,)
        Beats of the motion that is scored, in frames.
    reference : array_like of shape (m,)
        Beats of the music, the speech or the real head, in frames. They are three metrics: say which.
    sigma : float, default 3
        Frames, at 25 frames/s.

    Returns
    -------
    float
        0 when either has no beat. Closer to the truth's own score is better, not higher: motion that beats on every reference beat and
        nowhere else is rare, and few beats are easy to place (recall is not measured).

    Raises
    ------
    MetricInputError
        When beats are not finite vectors, or sigma is not positive.

    Examples
    --------
    >>> round(beat_alignment([5, 18.5, 40, 77], [4, 20, 60, 80]), 6)
    0.608747
    """
    moves, beats = as_times(pred, "pred"), as_times(reference, "reference")
    if not sigma > 0:
        raise MetricInputError(f"sigma must be a positive number of frames; got {sigma}")
    if not len(moves) or not len(beats):
        return 0.0
    nearest = np.abs(moves[:, None] - beats).min(axis=1)
    return float(np.exp(-(nearest**2) / (2 * sigma**2)).mean())


def motion_beats(motion: ArrayLike, fps: float = 25.0) -> NDArray[np.int64]:
    """Beats of a motion: frames where its speed is lowest, after the dance convention.

    Parameters
    ----------
    motion : array_like of shape (T, D)
        For example head pitch, yaw and roll. It is smoothed (Savitzky-Golay, 9 frames, order 3) before the speed is taken.
    fps : float, default 25

    Returns
    -------
    ndarray of shape (n,), int64
        Local minima of the speed, at least 0.4 s apart. A motion at rest has none.

    Raises
    ------
    MetricInputError
        When the motion is not ``(frames, dims)`` and finite, or shorter than 9 frames.

    Notes
    -----
    talking-head-metrics takes *maxima* of angular speed (75th percentile), acceleration or jerk instead: its BAS is another number.

    Examples
    --------
    >>> t = np.arange(100) / 25
    >>> motion_beats(np.cos(2 * np.pi * t)[:, None]).tolist()  # one turn every half second
    [13, 25, 38, 50, 63, 75, 88]
    """
    from scipy.signal import find_peaks, savgol_filter

    (track,) = matched_clips(SMOOTHING_FRAMES, motion=[motion])[0]
    speed = np.linalg.norm(savgol_filter(track, SMOOTHING_FRAMES, SMOOTHING_ORDER, deriv=1, axis=0), axis=1)
    if np.ptp(track, axis=0).max() == 0:
        return np.empty(0, dtype=np.int64)
    beats, _ = find_peaks(-speed, distance=max(1, round(BEAT_SPACING_S * fps)))
    return np.asarray(beats, dtype=np.int64)


def windowed_tlcc(a: ArrayLike, b: ArrayLike, window: int = 125, step: int = 25, max_lag: int = 50) -> WindowedTlcc:
    """Time-lagged cross-correlation in sliding windows: does `a` follow `b`, by how much, and how steadily?

    Parameters
    ----------
    a, b : array_like of shape (T, D)
        Motion of the avatar and of the partner, same channels.
    window, step, max_lag : int
        Frames: length of a window, distance between windows, lags searched either way (5 s, 1 s and 2 s at 25 frames/s).

    Returns
    -------
    WindowedTlcc

    Raises
    ------
    MetricInputError
        When the motions differ in shape or hold NaN, the clip is shorter than a window, the lags exceed half a window, or nothing moves.

    Notes
    -----
    Windows follow a coupling that comes and goes, which REACT's FRSyn over the whole clip averages away; channels that do not move in a
    window are left out of it, where FRSyn becomes 49. The best of many lags of unrelated motion is not 0: put the shuffled pairing beside.

    Examples
    --------
    >>> partner = np.random.default_rng(0).normal(size=(500, 3)).cumsum(axis=0)
    >>> windowed_tlcc(np.roll(partner, 8, axis=0), partner).lag
    8
    """
    tracks = [clips[0] for clips in matched_clips(a=[a], b=[b])]
    _check_window(len(tracks[0]), window, step, max_lag)
    first, second = (
        np.lib.stride_tricks.sliding_window_view(track, window, axis=0)[::step].swapaxes(1, 2) for track in tracks
    )
    correlation = lagged_pearson(first, second, max_lag)
    moving = np.asarray(~np.isnan(correlation).any(axis=1, keepdims=True))
    kept = np.asarray(moving.any(axis=2))[:, 0]
    if not kept.any():
        raise MetricInputError("in no window does a channel move in both: is one side static?")
    sums = np.where(moving, np.nan_to_num(correlation), 0.0).sum(axis=2)[kept]
    curves = sums / moving.sum(axis=2)[kept]
    curve = curves.mean(axis=0)
    return WindowedTlcc(
        lag=int(curve.argmax()) - max_lag,
        peak=float(curve.max()),
        curve=curve,
        window_lags=curves.argmax(axis=1) - max_lag,
        window_peaks=curves.max(axis=1),
        skipped=int((~kept).sum()),
    )


def _check_window(frames: int, window: int, step: int, max_lag: int) -> None:
    if not 2 <= window <= frames or step < 1 or not 0 <= max_lag <= window // 2:
        raise MetricInputError(
            f"a clip of {frames} frames needs a window no longer than itself, a step of 1 or more and lags of at most half a "
            f"window; got window {window}, step {step}, max_lag {max_lag}"
        )

"""FRSyn: by how many frames a reaction leads or trails the speaker, read from time-lagged cross-correlation (TLCC).

Source: reactmultimodalchallenge/baseline_react2024, metric/TLCC.py (``react24``). Definition and traps: ``docs/metrics/frsyn.md``.
"""

from __future__ import annotations

import warnings
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echo_metrics.crosscorrelation import lagged_pearson
from echo_metrics.errors import MetricWarning
from echo_metrics.reactions import as_reactions, as_tracks, check_same_frames
from echo_metrics.sequences import check_choice

__all__ = ["MAX_LAG", "frsyn", "reaction_lags"]

Floats = NDArray[np.floating]
Samples = Literal["all", "first"]
NanRule = Literal["official", "aware"]

MAX_LAG = 49  # frames: the official code searches -49..49, just under 2 s at 25 fps


def frsyn(pred: Floats, speaker: Floats, samples: Samples = "all", nan: NanRule = "official") -> float:
    """Mean absolute lag of best correlation between reactions and speakers (FRSyn), in frames, range [0, 49]; lower is better.

    Parameters
    ----------
    pred : ndarray of shape (N, M, T, D)
        M reactions to each of N speakers.
    speaker : ndarray of shape (N, T, D)
    samples : {"all", "first"}
        ``"first"`` is protocol ``react24-first-sample``: the official multi-process code returns after the first of the M samples.
    nan : {"official", "aware"}
        ``"official"``: a constant channel makes the curve NaN, and the first NaN is taken for the peak, so that a single dead action unit
        gives 49. ``"aware"`` (``react24-nan-aware``): the mean runs over the channels that move.

    Returns
    -------
    float

    Raises
    ------
    MetricInputError
        When shapes do not fit, an array holds NaN or Inf, or clips are shorter than 51 frames.

    Warns
    -----
    MetricWarning
        When constant channels decide the lag of a reaction.

    Examples
    --------
    >>> speaker = np.random.default_rng(0).normal(size=(2, 200, 25))
    >>> frsyn(np.roll(speaker, 7, axis=1)[:, None], speaker)
    7.0
    """
    check_choice(samples, Samples, "samples")
    reactions = as_reactions(pred)
    return float(abs(reaction_lags(reactions[:, :1] if samples == "first" else reactions, speaker, nan)).mean())


def reaction_lags(pred: Floats, speaker: Floats, nan: NanRule = "aware") -> NDArray[np.int64]:
    """Signed lag of each reaction in frames, (N, M): positive when it trails its speaker (the official code's sign is the opposite).

    Parameters, errors and warnings as for :func:`frsyn`. Under ``nan="aware"`` a reaction that shares no moving channel with its speaker
    has no synchrony and counts as 49 frames.
    """
    check_choice(nan, NanRule, "nan")
    reactions, speakers = as_reactions(pred), as_tracks(speaker, "speaker")
    check_same_frames(reactions, speakers, "speaker")
    peaks = [_peaks(lagged_pearson(r, s, MAX_LAG), nan) for r, s in zip(reactions, speakers, strict=True)]
    lags = np.stack([lag for lag, _ in peaks])
    undefined = sum(int(dead.sum()) for _, dead in peaks)
    if undefined:
        advice = "; nan='aware' leaves constant channels out" if nan == "official" else "; they share no moving channel"
        text = f"{undefined} of {lags.size} reactions have no correlation with their speaker and count as a lag of up to {MAX_LAG}{advice}"
        warnings.warn(text, MetricWarning, stacklevel=2)
    return lags


def _peaks(correlation: NDArray[np.float64], nan: NanRule) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
    """Lag of the highest curve and whether the curve is undefined, for correlations (M, lags, D)."""
    if nan == "official":
        curves = correlation.mean(-1)
        return curves.argmax(-1) - MAX_LAG, np.isnan(curves).any(-1)  # argmax returns the first NaN, as torch does
    alive = ~np.isnan(correlation)
    count = alive.sum(-1)
    curves = np.where(count > 0, np.nansum(correlation, -1) / np.maximum(count, 1), -np.inf)
    dead = (count == 0).all(-1)
    return np.where(dead, MAX_LAG, curves.argmax(-1) - MAX_LAG), dead

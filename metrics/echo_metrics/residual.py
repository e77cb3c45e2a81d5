"""Residual Pearson correlation (rPCC): how much more or less the prediction follows the partner than the truth does.

Definitions, with their reasons and blind spots: ``docs/metrics/rpcc.md``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from echo_metrics.crosscorrelation import enough_pairs, lagged_pearson
from echo_metrics.errors import MetricInputError, MetricWarning, UndefinedMetricError
from echo_metrics.sequences import Clips, Pooling, matched_clips, pooled, warn_constant

__all__ = ["lagged_residual_pearson", "residual_pearson"]

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

WINDOW = 25  # frames: 1 s at 25 fps
LONGEST_WINDOW = 0.25  # of a clip: below, at least three quarters of it take part at every lag


def residual_pearson(gt: Clips, pred: Clips, partner: Clips, pooling: Pooling = "corpus") -> float:
    """Official rPCC on flattened frames x dimensions; lower is better, range [0, 2].

    Parameters
    ----------
    gt, pred, partner : list of ndarray of shape (T_i, D)
        The real, the generated and the other person's motion, in one layout.
    pooling : {"corpus", "clip"}
        ``"corpus"`` flattens the whole test set into one coefficient (protocol ``dim``); ``"clip"`` averages over clips
        (``dualtalk``, ``timar``).

    Returns
    -------
    float

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, or a flattened sequence is constant (a speaker track of ones, as DIM's ViCo loader
        makes it).

    Notes
    -----
    Flattening mixes dimensions of different means, so the number is dominated by resting faces, not by dynamics: a static prediction
    at the real mean scores almost 0. :func:`lagged_residual_pearson` is the variant we recommend.
    Source: Boese0601/Dyadic-Interaction-Modeling, code/mymetrics.py; CoderChen01/towards-seamless-interaction, util/metrics.py.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> partner = rng.normal(size=(100, 6))
    >>> gt = partner + rng.normal(size=(100, 6))
    >>> residual_pearson([gt], [gt], [partner])
    0.0
    """
    tracks = pooled(pooling, *matched_clips(gt=gt, pred=pred, partner=partner))
    return float(np.mean([abs(_flat(y, x) - _flat(p, x)) for y, p, x in zip(*tracks, strict=True)]))


def _flat(a: Floats, b: Floats) -> float:
    if np.ptp(a) == 0 or np.ptp(b) == 0:
        raise UndefinedMetricError(
            "a flattened sequence is constant, so its correlation does not exist: is a track filled with one value?"
        )
    return float(np.corrcoef(a.ravel(), b.ravel())[0, 1])


def lagged_residual_pearson(
    gt: Clips, pred: Clips, partner: Clips, window: int = WINDOW, valid: Sequence[Mask] | None = None
) -> float:
    """Recommended rPCC (protocol ``eb1``): per dimension, mean removed, at the best lag; lower is better, range [0, 2].

    Per clip, truth and prediction are each correlated with the partner, dimension by dimension, at the one lag within `window` at which
    the squared correlations sum to most; the score is the mean absolute difference.

    Parameters
    ----------
    gt, pred, partner : list of ndarray of shape (T_i, D)
        The real, the generated and the other person's motion, in one layout.
    window : int, default 25
        Frames searched either way; 25 is 1 s at 25 fps and part of the protocol.
    valid : list of ndarray of shape (T_i,), bool, optional
        Frames that all three have; a frame and the one `window` later are compared where both are among them. Rows of the others must be
        finite and are not read. Default: all.

    Returns
    -------
    float
        0 for the truth; the mean absolute coupling of the truth for a static prediction.

    Raises
    ------
    MetricInputError
        When the lists do not match frame by frame, a clip has no more than ``4 * window`` (valid) frames, or a partner does not move at
        all.

    Warns
    -----
    MetricWarning
        When predicted channels never change: they count as uncorrelated.

    Examples
    --------
    A constant offset and a common delay cost nothing:

    >>> rng = np.random.default_rng(0)
    >>> partner = rng.normal(size=(400, 6)).cumsum(axis=0)
    >>> gt = np.roll(partner, 5, axis=0) + rng.normal(size=(400, 6))
    >>> lagged_residual_pearson([gt], [gt + 3.0], [partner]) < 1e-9
    True
    >>> lagged_residual_pearson([gt], [np.roll(gt, 4, axis=0)], [partner]) < 0.02
    True
    """
    truth, prediction, other = matched_clips(gt=gt, pred=pred, partner=partner)
    masks = _checked(valid, [len(clip) for clip in truth])
    seen = [clip[mask] for clip, mask in zip(prediction, masks, strict=True)]
    warn_constant(seen, "pred", "they count as uncorrelated with the partner")
    clips = zip(truth, prediction, other, masks, strict=True)
    return float(np.mean([_lagged(y, p, x, mask, window, i) for i, (y, p, x, mask) in enumerate(clips)]))


def _checked(valid: Sequence[Mask] | None, frames: list[int]) -> list[Mask]:
    masks = [np.ones(n, bool) for n in frames] if valid is None else [np.asarray(mask, bool) for mask in valid]
    if [mask.shape for mask in masks] != [(n,) for n in frames]:
        raise MetricInputError(
            f"valid has shapes {[mask.shape for mask in masks]} for clips of {frames} frames: one flag per frame is needed"
        )
    return masks


def _lagged(truth: Floats, prediction: Floats, partner: Floats, valid: Mask, window: int, clip: int) -> float:
    if valid.sum() * LONGEST_WINDOW <= window:
        raise MetricInputError(
            f"clip {clip} has {valid.sum()} frames; more than {4 * window} are needed to search {window} frames either way"
        )
    alone = lagged_pearson(partner, partner, window, valid)
    moving = np.asarray(np.isfinite(alone[enough_pairs(valid, window)]).all(0))
    if not moving.any():
        raise UndefinedMetricError(
            f"clip {clip}: no dimension of the partner moves, so nothing can follow it: was its track lost?"
        )
    if not moving.all():
        text = f"clip {clip}: {(~moving).sum()} of {len(moving)} dimensions of the partner do not move and are left out"
        warnings.warn(text, MetricWarning, stacklevel=4)
    coupling = [_best(lagged_pearson(a[:, moving], partner[:, moving], window, valid)) for a in (truth, prediction)]
    return float(abs(coupling[0] - coupling[1]).mean())


def _best(correlation: Floats) -> Floats:
    """Correlations (dims,) at the lag of most squared correlation; the earliest lag wins a tie."""
    correlation = np.nan_to_num(correlation)
    best: Floats = correlation[(correlation**2).sum(1).argmax()]
    return best

"""Metrics of single clips brought to one number for a set, as the protocols that use them do.

Each takes lists with one entry per clip. What an entry is, and what is refused, the function that is summarised says.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_metrics import emotion, motion, reaction
from echo_metrics.errors import MetricInputError
from echo_metrics.identity import csim, track_consistency
from echo_metrics.image import Frames, cpbd, psnr, ssim
from echo_metrics.lipsync import Spans, landmark_offset, speaking_sync, sync_scores
from echo_metrics.timing import blink_statistics

Floats = NDArray[np.float64]
Tracks = Sequence[Floats]
Videos = Sequence[Frames]
Distance = Callable[[Tracks, Tracks], motion.DistributionDistance]

BLINKS, SMILES = [8, 9], [43, 44]  # columns of rig61, left and right
ROTATION = slice(52, 55)
GESTURES = ("nod", "shake", "smile")


def mean_psnr(gt: Videos, pred: Videos) -> float:
    """piq's PSNR, mean over all frames of all clips."""
    return float(np.concatenate([psnr(a, b) for a, b in _clips(gt, pred)]).mean())


def mean_ssim(gt: Videos, pred: Videos) -> float:
    """piq's SSIM, mean over all frames of all clips."""
    return float(np.concatenate([ssim(a, b) for a, b in _clips(gt, pred)]).mean())


def mean_cpbd(pred: Videos) -> float:
    """CPBD, mean over all frames of all clips."""
    return float(np.concatenate([cpbd(np.asarray(frames)) for (frames,) in _clips(pred)]).mean())


def mean_csim(generated: Sequence[Floats], counterpart: Sequence[Floats], protocol: str) -> float:
    """CSIM, mean over all frames of all clips."""
    return float(np.concatenate([csim(a, b, protocol) for a, b in _clips(generated, counterpart)]).mean())


def lse(video: Sequence[Floats], audio: Sequence[Floats], part: str) -> float:
    """One field of :func:`echo_metrics.lipsync.sync_scores`, plain mean over tracks."""
    return float(np.mean([getattr(sync_scores(a, b), part) for a, b in _clips(video, audio)]))


def _clips(*sides: Sequence[Any]) -> list[tuple[Any, ...]]:
    """What belongs to one clip, clip by clip."""
    counts = [len(side) for side in sides]
    if len(set(counts)) > 1 or not counts[0]:
        raise MetricInputError(f"one entry per clip is needed on every side, at least one; got {counts}")
    return list(zip(*sides, strict=True))


def frvar_of_either(motion: NDArray[np.floating[Any]]) -> float:
    """:func:`echo_metrics.reaction.frvar` of a reaction set (N, M, T, D), or of real tracks (N, T, D)."""
    return reaction.frvar(motion if motion.ndim == 4 else motion[:, None])


def listener_diversity(clips: Tracks) -> float:
    """lm-listener's diversity: 30 pairs in clips of more than 30 frames, else 10."""
    return float(np.mean([motion.diversity([clip], 30 if len(np.asarray(clip)) > 30 else 10) for clip in clips]))


def blink_rate(clips: Tracks) -> float:
    """Blinks per minute, from the mean of both lids."""
    blinks = [reaction.detect_blinks(_coefficient(clip, BLINKS)) for clip in clips]
    spans = [[(int(event.start), int(event.end)) for event in clip] for clip in blinks]
    return blink_statistics(spans, [len(clip) for clip in clips]).rate


def gesture_f1(gt: Tracks, pred: Tracks) -> float:
    """R-F1 of nods, shakes and smiles read from both by one ruler; classes that neither side has are left out."""
    return reaction.event_f1(
        [_gestures(clip) for clip in gt], [_gestures(clip) for clip in pred], GESTURES, absent="skip"
    )


def _gestures(clip: Floats) -> list[reaction.Event]:
    rotation = clip[:, ROTATION]
    smiles = reaction.detect_smiles(_coefficient(clip, SMILES))
    return [*reaction.detect_nods(rotation), *reaction.detect_shakes(rotation), *smiles]


def _coefficient(clip: Floats, columns: list[int]) -> Floats:
    """Mean of two coefficients, within [0, 1] as the renderer takes them."""
    mean: Floats = np.clip(clip[:, columns].mean(axis=1), 0, 1)
    return mean


def divergence(gt: Tracks, pred: Tracks, distance: Distance) -> float:
    """Jensen-Shannon divergence of a distribution distance."""
    return distance(gt, pred).jensen_shannon


def transport(gt: Tracks, pred: Tracks, distance: Distance) -> float:
    """W1 of a distribution distance, mean over its angles."""
    return float(np.mean(distance(gt, pred).wasserstein))


def mean_speed(clips: Tracks) -> float:
    """Mean absolute velocity of single channels."""
    return motion.velocity_statistics(clips).mean


def fitting(pred: Sequence[Floats], appropriate: Sequence[Floats]) -> float:
    """Appropriateness score."""
    return emotion.appropriateness(pred, appropriate).score


def fitting_auc(pred: Sequence[Floats], appropriate: Sequence[Floats], inappropriate: Sequence[Floats]) -> float | None:
    """Appropriateness against wrong reactions."""
    return emotion.appropriateness(pred, appropriate, inappropriate).auc


def spoken_sync(video: Tracks, audio: Tracks, spans: Sequence[Spans], part: str) -> float:
    """Sync-C* or Sync-D*: mean over clips, each weighted over its speaking spans."""
    return float(np.mean([getattr(speaking_sync(v, a, own), part) for v, a, own in _clips(video, audio, spans)]))


def median_offset(opening: Tracks, energy: Tracks) -> float:
    """Median over clips of the landmark offset: about one short clip in ten shows a side peak."""
    return float(np.median([landmark_offset(a, b).offset for a, b in _clips(opening, energy)]))


def consistency(embeddings: Tracks, part: str) -> float:
    """Track consistency, mean over clips."""
    return float(np.mean([getattr(track_consistency(clip), part) for (clip,) in _clips(embeddings)]))

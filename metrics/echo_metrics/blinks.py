"""Blinks: eye aspect ratio, blinks found in it, and how their rate and length compare with people's.

Sources: Soukupova and Cech, CVWW 2016 (EAR); SJTU-Lucy/EmoFace (threshold 0.21 for 3 frames; blinks per minute lognormal with
mu 3.518 and sigma 0.532, from its data).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["EMOFACE_RATE", "BlinkStatistics", "blink_rate_kl", "blink_statistics", "ear_blinks", "eye_aspect_ratio"]

Floats = NDArray[np.float64]
Spans = Sequence[tuple[int, int]]

#: mu and sigma of the natural log of blinks per minute.
EMOFACE_RATE = (3.518, 0.532)


@dataclass(frozen=True, slots=True)
class BlinkStatistics:
    """Blinks of a set of clips.

    Attributes
    ----------
    rate : float
        Blinks per minute over all frames of all clips. People: about 17 at rest, 26 in conversation.
    duration : float or None
        Mean length of a blink in seconds; None without blinks. People: 0.1 to 0.4 s.
    interval : float or None
        Median time between the starts of two blinks of one clip in seconds; None when no clip has two.
    rates : tuple of float
        Blinks per minute of each clip.
    """

    rate: float
    duration: float | None
    interval: float | None
    rates: tuple[float, ...]


def eye_aspect_ratio(eye: ArrayLike) -> Floats:
    """Eye aspect ratio ``(|p2 - p6| + |p3 - p5|) / (2 |p1 - p4|)`` per frame: about 0.3 open, below 0.2 shut.

    Parameters
    ----------
    eye : array_like of shape (T, 6, 2) or (T, 6, 3)
        Corner, two points of the upper lid, other corner, two of the lower lid (36:42 or 42:48 of 68 points).

    Returns
    -------
    ndarray of shape (T,), float64
        Free of scale, and of rotation in the image.

    Raises
    ------
    MetricInputError
        When the points are not six per frame, not finite, or the corners coincide.

    Examples
    --------
    >>> eye_aspect_ratio([[[0, 0], [1, 0.5], [2, 0.5], [3, 0], [2, -0.4], [1, -0.4]]])
    array([0.3])
    """
    points = np.asarray(eye, dtype=np.float64)
    if points.ndim != 3 or points.shape[1] != 6 or points.shape[2] not in (2, 3) or not np.isfinite(points).all():
        raise MetricInputError(f"an eye must be (frames, 6, 2 or 3) and finite; got {points.shape}: was the face lost?")
    width = np.linalg.norm(points[:, 0] - points[:, 3], axis=1)
    if (width == 0).any():
        raise MetricInputError(
            f"the corners of the eye coincide in frame {int((width == 0).argmax())}: is the order right?"
        )
    height = np.linalg.norm(points[:, [1, 2]] - points[:, [5, 4]], axis=2).sum(axis=1)
    ratio: Floats = height / (2 * width)
    return ratio


def ear_blinks(ratio: ArrayLike, threshold: float = 0.21, min_frames: int = 3) -> list[tuple[int, int]]:
    """Runs of frames whose eye aspect ratio lies below the threshold, as half-open ``(start, stop)``.

    Parameters
    ----------
    ratio : array_like of shape (T,)
        Mean of both eyes.
    threshold : float, default 0.21
    min_frames : int, default 3
        EmoFace's, at 60 frames/s (50 ms). At 25 frames/s a blink may last 2 frames: give 2.

    Raises
    ------
    MetricInputError
        When the ratio is not a finite vector, or `min_frames` is below 1.

    Notes
    -----
    A fixed threshold takes narrow or smiling eyes for closed ones: compare methods with the truth of the same person, or use
    :func:`echo_metrics.reaction.detect_blinks` on blendshapes.

    Examples
    --------
    >>> ear_blinks([0.3, 0.1, 0.1, 0.1, 0.3, 0.1, 0.3])
    [(1, 4)]
    """
    values = np.asarray(ratio, dtype=np.float64)
    if values.ndim != 1 or not len(values) or not np.isfinite(values).all():
        raise MetricInputError(f"the eye aspect ratio must be a finite vector, one value per frame; got {values.shape}")
    if min_frames < 1:
        raise MetricInputError(f"a blink lasts at least one frame; got min_frames = {min_frames}")
    shut = np.concatenate([[0], (values < threshold).astype(int), [0]])
    edges = np.flatnonzero(np.diff(shut)).reshape(-1, 2)
    return [(int(start), int(stop)) for start, stop in edges if stop - start >= min_frames]


def blink_statistics(blinks: Sequence[Spans], frames: Sequence[int], fps: float = 25.0) -> BlinkStatistics:
    """Rate, length and spacing of blinks over clips; good is what the truth has.

    Parameters
    ----------
    blinks : list of list of (start, stop)
        Blinks of each clip in frames.
    frames : list of int
        Frames of each clip in which the face was seen.
    fps : float, default 25

    Returns
    -------
    BlinkStatistics

    Raises
    ------
    MetricInputError
        When the lists differ in length or are empty, a clip has no frames, or a blink is empty.

    Examples
    --------
    >>> blink_statistics([[(10, 15), (60, 63)], []], [750, 750])
    BlinkStatistics(rate=2.0, duration=0.16, interval=2.0, rates=(4.0, 0.0))
    """
    if not frames or len(blinks) != len(frames):
        raise MetricInputError(
            f"{len(blinks)} lists of blinks and {len(frames)} lengths: one of each per clip, at least one"
        )
    if min(frames) < 1:
        raise MetricInputError("a clip without a frame in which the face was seen has no blink rate; leave it out")
    lengths = [stop - start for clip in blinks for start, stop in clip]
    if lengths and min(lengths) < 1:
        raise MetricInputError("a blink must stop after it starts, in frames")
    gaps = np.concatenate([np.diff(sorted(start for start, _ in clip)) for clip in blinks])
    return BlinkStatistics(
        rate=len(lengths) / sum(frames) * fps * 60,
        duration=float(np.mean(lengths)) / fps if lengths else None,
        interval=float(np.median(gaps)) / fps if len(gaps) else None,
        rates=tuple(len(clip) / seen * fps * 60 for clip, seen in zip(blinks, frames, strict=True)),
    )


def blink_rate_kl(rates: ArrayLike, reference: tuple[float, float] = EMOFACE_RATE) -> float:
    """Kullback-Leibler divergence of a lognormal fitted to blink rates from a reference lognormal, in nats; lower is better.

    ``log(s / s_fit) + (s_fit^2 + (m_fit - m)^2) / (2 s^2) - 1/2`` with the mean and population standard deviation of log rates.

    Parameters
    ----------
    rates : array_like of shape (clips,)
        Blinks per minute of each clip (``BlinkStatistics.rates``), all above 0. Take clips of a minute or more: in 10 s the rate comes
        in steps of 6.
    reference : (mu, sigma), default EmoFace's
        Better: log mean and deviation of the real clips.

    Raises
    ------
    MetricInputError
        When there are fewer than two clips, one never blinks, or all have one rate.

    Examples
    --------
    >>> import math
    >>> round(blink_rate_kl([math.exp(3.518 - 0.532), math.exp(3.518 + 0.532)]), 12)
    0.0
    """
    values = np.asarray(rates, dtype=np.float64)
    if values.ndim != 1 or len(values) < 2 or not np.isfinite(values).all():
        raise MetricInputError(f"rates must be blinks per minute of two clips or more; got {values.shape}")
    if (values <= 0).any():
        raise MetricInputError(
            f"{int((values <= 0).sum())} of {len(values)} clips never blink: report their rate instead"
        )
    logs = np.log(values)
    spread = logs.std()
    if np.ptp(values) == 0:
        raise MetricInputError("all clips have one blink rate, so no lognormal fits: are they long enough?")
    mu, sigma = reference
    return float(np.log(sigma / spread) + (spread**2 + (logs.mean() - mu) ** 2) / (2 * sigma**2) - 0.5)

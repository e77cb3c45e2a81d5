"""How fast and how smoothly a face moves: descriptive numbers whose target is the truth's value.

Conventions
-----------
Clips are ``(T_i, D)`` at `fps` frames per second; derivatives are finite differences per second. Nothing is filtered beforehand, so
tracker noise counts: compare only motion measured by the same tracker.

Source: Balasubramanian et al., "On the analysis of movement smoothness", J. NeuroEng. Rehabil. 12:112 (2015), for spectral arc length.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError, UndefinedMetricError
from echo_metrics.sequences import Clips, as_clips

__all__ = ["VelocityStatistics", "jerk", "spectral_arc_length", "velocity_statistics"]

Floats = NDArray[np.float64]

FPS = 25.0
ZERO_PADDING = 4  # spectra are sampled 2**4 times finer than the clip's length gives
CUTOFF = 10.0  # Hz; at 25 fps nothing above 12.5 Hz exists
AMPLITUDE_FLOOR = 0.05  # of the largest amplitude: the spectrum's tail beyond is noise


@dataclass(frozen=True, slots=True)
class VelocityStatistics:
    """Speeds of a set of clips, in units of the motion per second (acceleration: per second squared).

    Attributes
    ----------
    mean, std, percentile_95 : float
        Of the absolute velocity of single channels, over all frames of all clips.
    acceleration : float
        Mean absolute acceleration of single channels.
    """

    mean: float
    std: float
    percentile_95: float
    acceleration: float


def _derivative(clips: list[Floats], order: int, fps: float) -> Floats:
    """Absolute finite differences of all clips, never across a joint: (sum of T_i - order, D)."""
    if not fps > 0:
        raise MetricInputError(f"fps must be positive; got {fps}")
    return np.concatenate([abs(np.diff(clip, order, axis=0)) for clip in clips]) * fps**order


def jerk(motion: Clips, fps: float = FPS) -> float:
    """Mean absolute third derivative, over channels and all frames of all clips, in units per second cubed.

    Above the truth's value the motion shakes, below it is smoothed away; report the ratio to the truth.

    Raises
    ------
    MetricInputError
        When a clip has fewer than 4 frames.

    Examples
    --------
    >>> t = np.arange(50)[:, None] / 25
    >>> round(jerk([t**3]), 6)
    6.0
    """
    return float(_derivative(as_clips(motion, min_frames=4), 3, fps).mean())


def velocity_statistics(motion: Clips, fps: float = FPS) -> VelocityStatistics:
    """Mean, spread and 95th percentile of the speed of single channels, and the mean absolute acceleration.

    Raises
    ------
    MetricInputError
        When a clip has fewer than 3 frames.

    Examples
    --------
    >>> t = np.arange(50)[:, None] / 25
    >>> velocity_statistics([2 * t]).mean.round(9)
    np.float64(2.0)
    """
    clips = as_clips(motion, min_frames=3)
    speed = _derivative(clips, 1, fps)
    return VelocityStatistics(
        speed.mean(), speed.std(), np.percentile(speed, 95), float(_derivative(clips, 2, fps).mean())
    )


def spectral_arc_length(motion: Clips, fps: float = FPS) -> float:
    """SPARC of the speed profile, mean over clips: negative, closer to 0 is smoother; the target is the truth's value.

    Minus the arc length of the normalised amplitude spectrum of ``|velocity|`` up to 10 Hz, or to the last frequency above 5 % of the
    largest amplitude. Independent of amplitude; grows in size with the clip's length, so compare clips of equal length.

    Parameters
    ----------
    motion : list of ndarray of shape (T_i, D)
    fps : float, default 25

    Raises
    ------
    MetricInputError
        When a clip has fewer than 3 frames or never moves: stillness has no smoothness.

    Examples
    --------
    >>> t = np.linspace(0, 1, 100)[:, None]
    >>> reach = 10 * t**3 - 15 * t**4 + 6 * t**5
    >>> shaky = reach + 0.01 * np.sin(60 * t)
    >>> spectral_arc_length([reach]) > spectral_arc_length([shaky])
    True
    """
    if not fps > 0:
        raise MetricInputError(f"fps must be positive; got {fps}")
    clips = as_clips(motion, min_frames=3)
    return float(np.mean([_arc_length(clip, fps, i) for i, clip in enumerate(clips)]))


def _arc_length(clip: Floats, fps: float, index: int) -> float:
    speed = np.linalg.norm(np.diff(clip, axis=0), axis=1) * fps
    if not speed.any():
        raise UndefinedMetricError(
            f"clip {index} never moves: smoothness of a still face does not exist; leave it out or report it as still"
        )
    size = 2 ** (int(np.ceil(np.log2(len(speed)))) + ZERO_PADDING)
    frequency, amplitude = np.fft.rfftfreq(size, 1 / fps), abs(np.fft.rfft(speed, size))
    amplitude = (amplitude / amplitude.max())[frequency <= CUTOFF]
    used = slice(0, np.flatnonzero(amplitude >= AMPLITUDE_FLOOR)[-1] + 1)
    steps = np.diff(frequency[used]) / (frequency[used][-1] - frequency[0])
    return -float(np.hypot(steps, np.diff(amplitude[used])).sum())

"""Consistency of fine detail over time: what shakes between frames, in motion and in pictures; the target is the truth's value.

ConsistentAvatar (ACM MM 2024) names high frequencies that must vary in time as the truth's do, and gives no formula. The definitions here
are ours: protocol ``eb1``. In motion the fine part is what a Savitzky-Golay filter takes away; in a picture, what a Gaussian blur does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.sequences import Clips, as_clips

__all__ = ["fine_energy", "fine_energy_distance", "flicker_distance", "flicker_spectrum"]

Floats = NDArray[np.float64]

WINDOW, ORDER = 11, 3  # of the Savitzky-Golay filter: frames, degree
BLUR = 2.0  # standard deviation of the Gaussian, in pixels
GREY = np.array([0.299, 0.587, 0.114])  # ITU-R BT.601 luma


def fine_energy(motion: Clips) -> float:
    """Mean square of what a Savitzky-Golay filter (11 frames, degree 3) takes away, over channels and all frames of all clips.

    Parameters
    ----------
    motion : list of ndarray of shape (T_i, D)

    Returns
    -------
    float
        In squared units of the motion, from 0. Motion that is a cubic over every 11 frames has 0.

    Raises
    ------
    MetricInputError
        When a clip has fewer than 11 frames.

    Examples
    --------
    >>> t = np.arange(40.0)[:, None] / 25
    >>> round(fine_energy([t**3]), 12)
    0.0
    """
    from scipy.signal import savgol_filter

    clips = as_clips(motion, min_frames=WINDOW)
    return float(np.mean(np.concatenate([(clip - savgol_filter(clip, WINDOW, ORDER, axis=0)) ** 2 for clip in clips])))


def fine_energy_distance(gt: Clips, pred: Clips) -> float:
    """Absolute difference of the root mean squares of what the filter of :func:`fine_energy` takes away (``fine-energy@eb1``).

    Motion that shakes and motion that is smoothed away are both far from the truth. Measured motion holds the noise of its tracker.

    Parameters
    ----------
    gt, pred : list of ndarray of shape (T_i, D)
        Of one layout; lengths and numbers of clips may differ.

    Raises
    ------
    MetricInputError
        When a clip has fewer than 11 frames, or the two have different numbers of columns.

    Examples
    --------
    >>> fine_energy_distance([np.eye(20)], [np.eye(20)])
    0.0
    """
    true, made = as_clips(gt, "gt", WINDOW), as_clips(pred, "pred", WINDOW)
    if true[0].shape[1] != made[0].shape[1]:
        raise MetricInputError(
            f"gt has {true[0].shape[1]} columns and pred {made[0].shape[1]}: are they of one motion layout?"
        )
    return abs(float(np.sqrt(fine_energy(made)) - np.sqrt(fine_energy(true))))


def flicker_spectrum(frames: NDArray[np.uint8]) -> Floats:
    """Amplitude of how fine detail changes, per temporal frequency.

    Luma in [0, 1], minus its Gaussian blur (2 pixels), differenced over time; root of the mean power over pixels of its spectrum, scaled so
    that the squares add up to the mean square of the differences.

    Parameters
    ----------
    frames : ndarray of shape (T, H, W, 3), uint8
        At one frame rate, T at least 3.

    Returns
    -------
    ndarray of shape ((T - 1) // 2 + 1,), float64
        From frequency 0 to half the frame rate.

    Raises
    ------
    MetricInputError

    Examples
    --------
    >>> flicker_spectrum(np.zeros((5, 8, 8, 3), np.uint8)).tolist()
    [0.0, 0.0, 0.0]
    """
    from scipy.ndimage import gaussian_filter

    if frames.ndim != 4 or frames.shape[-1] != 3 or frames.dtype != np.uint8 or len(frames) < 3:
        raise MetricInputError(
            f"frames must be (T, H, W, 3) uint8 with 3 frames or more; got {frames.shape} {frames.dtype}"
        )
    fine = np.empty(frames.shape[:3])
    for t, frame in enumerate(frames):
        luma = frame @ GREY / 255.0
        fine[t] = luma - gaussian_filter(luma, BLUR)
    changes = np.diff(fine, axis=0)
    power = np.square(np.abs(np.fft.rfft(changes, axis=0))).mean(axis=(1, 2)) / len(changes) ** 2
    twice = slice(1, None if len(changes) % 2 else -1)  # frequencies that stand for themselves and their negative
    power[twice] *= 2.0
    return np.asarray(np.sqrt(power), np.float64)


def flicker_distance(gt: NDArray[np.uint8], pred: NDArray[np.uint8]) -> float:
    """Distance of two :func:`flicker_spectrum` of one video, root of the summed squares of their differences (``flicker@eb1``).

    0 for equal videos; in grey values from 0 to 1. Where things are does not matter, only how much of their detail changes how fast, so a
    video that is right and shifted by a pixel is not punished.

    Parameters
    ----------
    gt, pred : ndarray of shape (T, H, W, 3), uint8
        The same number of frames at the same rate; sizes may differ, and a blurred one has less detail.

    Raises
    ------
    MetricInputError

    Examples
    --------
    >>> video = np.random.default_rng(0).integers(0, 255, (6, 16, 16, 3), np.uint8)
    >>> flicker_distance(video, video)
    0.0
    """
    if len(gt) != len(pred):
        raise MetricInputError(f"gt has {len(gt)} frames and pred {len(pred)}: were the tracks cut to a common length?")
    return float(np.linalg.norm(flicker_spectrum(gt) - flicker_spectrum(pred)))

"""Nods, head shakes, smiles and blinks read from motion, as events of :mod:`echo_metrics.events`.

Conventions
-----------
Channels come by physical meaning, not in a layout: head rotation in radians, coefficients in [0, 1]. Events are half-open in frames
at `fps`. The rules are fixed thresholds, so that truth and every method are read by one ruler; they are ours (protocol ``eb1``), since
GLARE's detector is a trained net that is not public. Events found here and there do not compare.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError
from echo_metrics.events import Event

__all__ = ["detect_blinks", "detect_nods", "detect_shakes", "detect_smiles"]

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

FPS = 25.0
GESTURE_BAND = 0.5, 4.0  # Hz: slower is posture, faster is tracker noise
GESTURE_SWING = np.deg2rad(1.0)  # least root mean square of the band-passed angle
GESTURE_WINDOW = 0.4  # s over which that mean runs
GESTURE_GAP, GESTURE_LENGTH = 0.3, 0.3  # s: shorter pauses are bridged, shorter gestures dropped
SMILE_ON, SMILE_OFF, SMILE_LENGTH = 0.35, 0.2, 0.4
BLINK_ON, BLINK_OFF, BLINK_LONGEST = 0.5, 0.3, 0.5  # s: eyes closed for longer are not a blink


def detect_nods(rotation: ArrayLike, fps: float = FPS) -> list[Event]:
    """Spans in which the head swings up and down, more than to the sides.

    Parameters
    ----------
    rotation : array_like of shape (T, 3)
        Head pitch, yaw and roll in radians.
    fps : float, default 25

    Returns
    -------
    list of Event
        Labelled ``"nod"``. One event is a bout of nodding, not a single stroke.

    Raises
    ------
    MetricInputError
        When the array is not (frames, 3) or not finite, lasts less than a second, or `fps` cannot carry 4 Hz.

    Examples
    --------
    >>> t = np.arange(100) / 25
    >>> pitch = np.where((t >= 1) & (t < 2.5), np.deg2rad(5) * np.sin(2 * np.pi * 2 * t), 0)
    >>> [event.label for event in detect_nods(np.stack([pitch, 0 * t, 0 * t], axis=1))]
    ['nod']
    """
    return _gestures(rotation, fps, axis=0, rival=1, label="nod")


def detect_shakes(rotation: ArrayLike, fps: float = FPS) -> list[Event]:
    """Spans in which the head swings from side to side, more than up and down; as :func:`detect_nods`, labelled ``"shake"``."""
    return _gestures(rotation, fps, axis=1, rival=0, label="shake")


def _gestures(rotation: ArrayLike, fps: float, axis: int, rival: int, label: str) -> list[Event]:
    angles = np.asarray(rotation, float)
    if angles.ndim != 2 or angles.shape[1] != 3 or not np.isfinite(angles).all():
        raise MetricInputError(
            f"rotation must be finite (frames, 3): pitch, yaw, roll in radians; got shape {angles.shape}"
        )
    if fps <= 2 * GESTURE_BAND[1] or len(angles) < fps:
        raise MetricInputError(
            f"{len(angles)} frames at {fps} fps cannot show head gestures: 1 s at more than 8 fps is needed"
        )
    swing = _swing(angles[:, [axis, rival]], fps)
    active = _bridge((swing[:, 0] > GESTURE_SWING) & (swing[:, 0] > swing[:, 1]), round(GESTURE_GAP * fps))
    return _events(active, label, shortest=GESTURE_LENGTH * fps)


def _swing(angles: Floats, fps: float) -> Floats:
    """Running root mean square of the band-passed angles."""
    from scipy import ndimage, signal

    band = signal.butter(2, GESTURE_BAND, "bandpass", fs=fps, output="sos")
    moving = signal.sosfiltfilt(band, angles, axis=0)
    power = ndimage.uniform_filter1d(moving**2, max(1, round(GESTURE_WINDOW * fps)), axis=0, mode="nearest")
    root: Floats = np.sqrt(np.maximum(power, 0.0))
    return root


def detect_smiles(smile: ArrayLike, fps: float = FPS) -> list[Event]:
    """Spans of smiling: from where the coefficient passes 0.35 until it falls below 0.2, at least 0.4 s.

    Parameters
    ----------
    smile : array_like of shape (T,)
        Mean of the left and right smile coefficients, in [0, 1].
    fps : float, default 25

    Returns
    -------
    list of Event
        Labelled ``"smile"``.

    Raises
    ------
    MetricInputError
        When the values are not a finite vector within [0, 1].

    Examples
    --------
    >>> detect_smiles([0.0] * 10 + [0.6] * 20 + [0.1] * 10)
    [Event(label='smile', start=10, end=30)]
    """
    active = _hysteresis(_coefficients(smile, "smile"), SMILE_ON, SMILE_OFF)
    return _events(active, "smile", shortest=SMILE_LENGTH * fps)


def detect_blinks(closure: ArrayLike, fps: float = FPS) -> list[Event]:
    """Blinks: from where the closure passes 0.5 until it falls below 0.3, at most 0.5 s; eyes closed for longer are not a blink.

    Parameters
    ----------
    closure : array_like of shape (T,)
        Mean of the left and right blink coefficients, in [0, 1].
    fps : float, default 25

    Returns
    -------
    list of Event
        Labelled ``"blink"``.

    Raises
    ------
    MetricInputError
        When the values are not a finite vector within [0, 1].

    Examples
    --------
    >>> detect_blinks([0.0, 0.2, 0.9, 0.8, 0.1, 0.0])
    [Event(label='blink', start=2, end=4)]
    """
    active = _hysteresis(_coefficients(closure, "closure"), BLINK_ON, BLINK_OFF)
    return _events(active, "blink", longest=BLINK_LONGEST * fps)


def _coefficients(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, float)
    if array.ndim != 1 or not len(array) or not np.isfinite(array).all():
        raise MetricInputError(f"{name} must be a finite vector with one value per frame; got shape {array.shape}")
    if array.min() < 0 or array.max() > 1:
        raise MetricInputError(
            f"{name} must lie in [0, 1]; got [{array.min():.3g}, {array.max():.3g}]: is it another column?"
        )
    return array


def _hysteresis(values: Floats, on: float, off: float) -> Flags:
    """True from where the values pass `on` until they fall below `off`."""
    decided = np.where(values >= on, 1, np.where(values < off, 0, -1))
    latest = np.maximum.accumulate(np.where(decided >= 0, np.arange(len(values)), 0))
    state: Flags = decided[latest] == 1
    return state


def _runs(active: Flags) -> list[tuple[int, int]]:
    edges = np.flatnonzero(np.diff(np.concatenate([[0], active.astype(int), [0]])))
    return [(int(start), int(end)) for start, end in edges.reshape(-1, 2)]


def _bridge(active: Flags, gap: int) -> Flags:
    """Fill pauses of up to `gap` frames between two active runs."""
    bridged = active.copy()
    runs = _runs(active)
    for (_, end), (start, _) in pairwise(runs):
        if start - end <= gap:
            bridged[end:start] = True
    return bridged


def _events(active: Flags, label: str, shortest: float = 0.0, longest: float = np.inf) -> list[Event]:
    return [Event(label, start, end) for start, end in _runs(active) if shortest <= end - start <= longest]

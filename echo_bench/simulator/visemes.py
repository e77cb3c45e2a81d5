"""Lips from phones: co-articulated visemes whose amplitude follows the emotion.

Every phone pulls the mouth to its viseme with a dominance that is full while it sounds and falls off exponentially to both sides;
the mouth is the dominance-weighted mean of all visemes and of rest (Cohen and Massaro, "Modeling coarticulation in synthetic
visual speech", 1993). Labials and labiodentals dominate most, since their closure must be reached, and only briefly (JALI,
Edwards et al., SIGGRAPH 2016). Dominance is symmetric in time, so the lips neither lead nor trail the sound: the audio-visual
offset is 0 frames.
Speech articulates more widely in aroused emotion and less in sadness (Lee et al., Interspeech 2005).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from echo_bench.simulator.curves import Array, put
from echo_bench.simulator.speech import SILENCE

Shape = Mapping[str, float]
REST = 0.12  # dominance of the mouth at rest, everywhere


class Viseme(NamedTuple):
    """A mouth shape, how strongly it insists on being reached, and how fast (1 / s) its dominance falls off around the phone."""

    dominance: float
    shape: Shape
    fall: float = 44.0


OPEN = Viseme(1.0, {"jawOpen": 0.55, "mouthLowerDown": 0.25, "mouthUpperUp": 0.12})
MID = Viseme(0.9, {"jawOpen": 0.34, "mouthLowerDown": 0.22, "mouthUpperUp": 0.10, "mouthStretch": 0.10})
SPREAD = Viseme(0.9, {"jawOpen": 0.16, "mouthStretch": 0.32, "mouthLowerDown": 0.22, "mouthUpperUp": 0.12})
ROUND_OPEN = Viseme(1.0, {"jawOpen": 0.40, "mouthFunnel": 0.45})
ROUND = Viseme(1.1, {"jawOpen": 0.14, "mouthFunnel": 0.25, "mouthPucker": 0.60})
R = Viseme(0.8, {"jawOpen": 0.14, "mouthFunnel": 0.30, "mouthPucker": 0.20})
CLOSED = Viseme(
    6.0, {"mouthClose": 0.04, "mouthPress": 0.30, "mouthRollLower": 0.15, "mouthRollUpper": 0.12}, fall=60.0
)
LIP_TEETH = Viseme(
    4.0, {"jawOpen": 0.06, "mouthRollLower": 0.40, "mouthUpperUp": 0.20, "mouthLowerDown": 0.05}, fall=50.0
)
TEETH = Viseme(0.9, {"jawOpen": 0.07, "mouthStretch": 0.18, "mouthLowerDown": 0.28, "mouthUpperUp": 0.16})
HUSH = Viseme(1.1, {"jawOpen": 0.10, "mouthFunnel": 0.50, "mouthPucker": 0.25})
TONGUE = Viseme(1.0, {"jawOpen": 0.18, "mouthLowerDown": 0.20, "tongueOut": 0.20})
ALVEOLAR = Viseme(0.75, {"jawOpen": 0.16, "mouthLowerDown": 0.16, "mouthUpperUp": 0.06})
BACK = Viseme(0.75, {"jawOpen": 0.22, "mouthLowerDown": 0.12})

VISEMES: Mapping[str, Viseme] = {
    "AA": OPEN, "AE": OPEN, "AY": OPEN, "AW": OPEN,
    "AH": MID, "EH": MID, "EY": MID, "ER": R, "HH": BACK,
    "IH": SPREAD, "IY": SPREAD, "Y": SPREAD,
    "AO": ROUND_OPEN, "OW": ROUND_OPEN, "OY": ROUND_OPEN,
    "UH": ROUND, "UW": ROUND, "W": ROUND, "R": R,
    "B": CLOSED, "M": CLOSED, "P": CLOSED, "F": LIP_TEETH, "V": LIP_TEETH,
    "S": TEETH, "Z": TEETH, "SH": HUSH, "ZH": HUSH, "CH": HUSH, "JH": HUSH,
    "TH": TONGUE, "DH": TONGUE, "T": ALVEOLAR, "D": ALVEOLAR, "N": ALVEOLAR, "L": ALVEOLAR,
    "G": BACK, "K": BACK, "NG": BACK,
}  # fmt: skip
NAMES = tuple(sorted({name for viseme in VISEMES.values() for name in viseme.shape}))
TARGETS: Mapping[str, Array] = {
    label: np.array([viseme.shape.get(name, 0.0) for name in NAMES]) for label, viseme in VISEMES.items()
}


def amplitude(affect: Array) -> Array:
    """How widely the mouth articulates (T,), 1 when calm, from affect (T, 3).

    Examples
    --------
    >>> [round(float(a), 2) for a in amplitude(np.array([[0, 0, 0], [-0.5, 0.6, 0.2], [-0.6, -0.3, -0.3]]))]
    [1.0, 1.19, 0.87]
    """
    valence, arousal = affect[:, 0], affect[:, 1]
    return np.asarray(np.clip(1.0 + 0.35 * arousal + 0.04 * np.minimum(valence, 0.0), 0.7, 1.35))


def mouth(phones: Sequence[tuple[float, float, str]], times: Array, gain: Array) -> Array:
    """Mouth coefficients of speech.

    Parameters
    ----------
    phones : sequence of (start, end, label)
        Seconds and ARPAbet labels; silence may be labelled ``SIL`` or left out.
    times : ndarray of shape (T,), float
        Frame times in seconds.
    gain : ndarray of shape (T,), float
        See :func:`amplitude`.

    Returns
    -------
    ndarray of shape (T, len(NAMES)), float64
        Columns :data:`NAMES`.
    """
    spoken = [phone for phone in phones if phone[2] != SILENCE]
    if not spoken:
        return np.zeros((len(times), len(NAMES)))
    start, end = np.array([phone[:2] for phone in spoken]).T
    strength = np.array([VISEMES[phone[2]].dominance for phone in spoken])
    fall = np.array([VISEMES[phone[2]].fall for phone in spoken])
    target = np.array([TARGETS[phone[2]] for phone in spoken])
    away = np.maximum(np.maximum(start - times[:, None], times[:, None] - end), 0.0)
    dominance = strength * np.exp(-fall * away)
    shares = dominance / (dominance.sum(axis=1, keepdims=True) + REST)
    return np.asarray(gain[:, None] * (shares @ target))


def add_speech(motion: Array, phones: Sequence[tuple[float, float, str]], times: Array, affect: Array) -> None:
    """Let the mouth of `motion` (T, 61) speak."""
    curves = mouth(phones, times, amplitude(affect))
    for name, curve in zip(NAMES, curves.T, strict=True):
        put(motion, name, curve)

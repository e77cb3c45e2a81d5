"""Emotion words in the space of valence, arousal and dominance, and PELD's rule for the emotion of a response.

Source: Wen et al., "Automatically Select Emotion for Response via Personality-affected Emotion Transition", Findings of ACL 2021, and
its data, preke/PELD. Each axis runs from -1 to 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["PELD_VAD", "nearest_emotion", "peld_response", "vad_transition_agreement"]

Floats = NDArray[np.float64]

PELD_VAD: Mapping[str, tuple[float, float, float]] = MappingProxyType(
    {
        "anger": (-0.51, 0.59, 0.25),
        "disgust": (-0.60, 0.35, 0.11),
        "fear": (-0.62, 0.82, -0.43),
        "joy": (0.81, 0.51, 0.46),
        "neutral": (0.0, 0.0, 0.0),
        "sadness": (-0.63, -0.27, -0.33),
        "surprise": (0.40, 0.67, -0.13),
    }
)
#: Rows: openness, conscientiousness, extraversion, agreeableness, neuroticism; columns: valence, arousal, dominance.
OCEAN_TO_VAD = np.array([[0, 0.15, 0.25], [0, 0, 0.17], [0.21, 0, 0.60], [0.59, 0.30, -0.32], [0.19, -0.57, 0]])
DIAGONAL = 2 * np.sqrt(3)


def peld_response(preceding: ArrayLike, context: ArrayLike, ocean: ArrayLike) -> Floats:
    """VAD of the emotion with which a person answers: the preceding emotion, moved by what the context asks times their personality.

    Parameters
    ----------
    preceding : array_like of shape (n, 3)
        VAD of the responder's last emotion.
    context : array_like of shape (n, 3)
        Change that the dialogue asks for.
    ocean : array_like of shape (n, 5) or (5,)
        Openness, conscientiousness, extraversion, agreeableness and neuroticism in [0, 1].

    Returns
    -------
    ndarray of shape (n, 3), float64
        Within [-1, 1].

    Raises
    ------
    MetricInputError
        When shapes do not fit or a personality leaves [0, 1].

    Examples
    --------
    >>> chandler = [0.648, 0.375, 0.386, 0.58, 0.477]
    >>> peld_response([PELD_VAD["neutral"]], [PELD_VAD["surprise"]], chandler).round(2)
    array([[ 0.21, -0.  , -0.04]])
    """
    start, change, person = _vad(preceding, "preceding"), _vad(context, "context"), np.asarray(ocean, dtype=np.float64)
    if person.shape not in ((5,), (len(start), 5)) or start.shape != change.shape:
        raise MetricInputError(
            f"one VAD row per response is needed, and five traits; got {start.shape}, {change.shape}, {person.shape}"
        )
    if not ((person >= 0) & (person <= 1)).all():
        raise MetricInputError("personality traits lie in [0, 1]; were they given as T-scores or in percent?")
    response: Floats = np.clip(start + change * (person @ OCEAN_TO_VAD), -1, 1)
    return response


def vad_transition_agreement(displayed: ArrayLike, implied: ArrayLike) -> float:
    """Nearness of displayed emotions to those the dialogue implies, in [0, 1], higher is better (``vad-transition@eb1``).

    ``mean of 1 - |displayed - implied| / (2 sqrt 3)``: the distance as a share of the cube's diagonal. A neutral face agrees
    with each word of :data:`PELD_VAD` by 0.68 or more: read it against the static row.

    Parameters
    ----------
    displayed, implied : array_like of shape (n, 3)
        VAD of each response as shown, and as from :func:`peld_response`.

    Raises
    ------
    MetricInputError
        When the shapes differ, or a value leaves [-1, 1].

    Examples
    --------
    >>> vad_transition_agreement([[1, 1, 1]], [[-1, -1, -1]])
    0.0
    """
    shown, asked = _vad(displayed, "displayed"), _vad(implied, "implied")
    if shown.shape != asked.shape:
        raise MetricInputError(f"{len(shown)} displayed and {len(asked)} implied emotions: one of each per response")
    return float(1 - (np.linalg.norm(shown - asked, axis=1) / DIAGONAL).mean())


def nearest_emotion(vad: ArrayLike) -> list[str]:
    """The word of :data:`PELD_VAD` nearest to each row of `vad`, (n, 3).

    Raises
    ------
    MetricInputError
        When `vad` is not (n, 3) or leaves [-1, 1].

    Examples
    --------
    >>> nearest_emotion([[0.1, 0, 0], [0.7, 0.5, 0.4]])
    ['neutral', 'joy']
    """
    words, places = list(PELD_VAD), np.array(list(PELD_VAD.values()))
    distance = np.linalg.norm(_vad(vad, "vad")[:, None] - places, axis=2)
    return [words[i] for i in distance.argmin(axis=1)]


def _vad(values: ArrayLike, name: str) -> Floats:
    array = np.asarray(values, dtype=np.float64)
    if array.ndim != 2 or array.shape[1] != 3 or not len(array):
        raise MetricInputError(f"{name} must be (n, 3): valence, arousal, dominance; got {array.shape}")
    if not (np.abs(array) <= 1).all():
        raise MetricInputError(f"{name} must lie in [-1, 1]; a scale from 0 to 1 or 1 to 9 has to be moved first")
    return array

"""Words for feelings and their places in valence, arousal and dominance, each in [-1, 1].

Emotion words are placed after Russell and Mehrabian, J. Res. Pers. 11, 1977; amusement, concern and relief by judgement between
their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import get_args

import numpy as np
from numpy.typing import ArrayLike

from echo_bench.simulator.dialogue import Emotion

VAD: Mapping[Emotion, tuple[float, float, float]] = {
    "neutral": (0.0, 0.0, 0.0),
    "joy": (0.76, 0.48, 0.35),
    "sadness": (-0.63, -0.27, -0.33),
    "anger": (-0.51, 0.59, 0.25),
    "fear": (-0.64, 0.60, -0.43),
    "surprise": (0.40, 0.67, -0.13),
    "disgust": (-0.60, 0.35, 0.11),
    "amusement": (0.70, 0.35, 0.20),
    "affection": (0.64, 0.35, 0.24),
    "concern": (-0.40, 0.20, -0.10),
    "embarrassment": (-0.46, 0.54, -0.24),
    "relief": (0.60, -0.20, 0.15),
}
NEUTRAL_ZONE = 0.3  # a state no further than this from the origin has no name; moods at rest lie within it


def emotion_of(affect: ArrayLike) -> list[Emotion]:
    """The word for each state.

    A weak emotion lies on the way from neutral to its word's place, so a state outside of the neutral zone is called by the word
    whose direction is nearest.

    Parameters
    ----------
    affect : array_like of shape (T, 3)
        Valence, arousal, dominance in [-1, 1].

    Returns
    -------
    list of str
        One of the words of :data:`VAD` per frame.

    Examples
    --------
    >>> emotion_of([[0.05, 0.1, 0.0], [0.5, 0.35, 0.2], [-0.4, -0.2, -0.2]])
    ['neutral', 'joy', 'sadness']
    """
    states = np.asarray(affect, np.float64)
    words = [word for word in get_args(Emotion) if word != "neutral"]
    places = np.array([VAD[word] for word in words])
    nearest = np.argmax(states @ (places / np.linalg.norm(places, axis=1, keepdims=True)).T, axis=1)
    strong = np.linalg.norm(states, axis=1) > NEUTRAL_ZONE
    return [words[k] if named else "neutral" for k, named in zip(nearest, strong, strict=True)]


def emotion_runs(affect: ArrayLike) -> list[tuple[Emotion, int]]:
    """:func:`emotion_of` as runs: words and the number of frames for which each holds.

    Examples
    --------
    >>> emotion_runs([[0.0, 0.0, 0.0], [0.0, 0.0, 0.0], [-0.4, -0.2, -0.2]])
    [('neutral', 2), ('sadness', 1)]
    """
    return [(word, len(list(run))) for word, run in groupby(emotion_of(affect))]

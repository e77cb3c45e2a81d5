"""How a turn is read by the person who hears it: by what it says, what it is meant to do, and what it brings back.

A turn may recall earlier ones. Neutral words that recall something are **read by what they bring back**: "And then the letter came"
is good or bad news only to who knows what the letter is about. This is the long-range part of dyad-mini: two conversations
of a pair share such a cue word for word, and the right reactions to it are opposite.

Appraisal by relevance to what is already at stake: Scherer, "Appraisal considered as a process of multilevel sequential checking", 2001.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from echo_bench.simulator.curves import Array
from echo_bench.simulator.dialogue import Dialogue, Emotion, Intent, Turn
from echo_bench.simulator.emotions import VAD

# How the other takes a turn of this intent, where that is not the speaker's own emotion, felt with them.
TAKEN_AS: Mapping[Intent, Emotion] = {
    "complain": "concern",
    "comfort": "affection",
    "thank": "affection",
    "tease": "amusement",
}
TAKEN_AS_FELT: Mapping[Emotion, Emotion] = {"sadness": "concern", "anger": "concern", "embarrassment": "concern"}
RECALLED = 0.4  # share of the recalled turns in how an emotional turn is taken
RECALLED_BY_CUE = 0.9  # and a neutral one


class Reading(NamedTuple):
    """What a turn is to its hearer.

    Attributes
    ----------
    emotion : str
        The emotion that it calls for.
    intensity : float
        In [0, 1].
    target : ndarray of shape (3,)
        Valence, arousal and dominance that it calls for.
    """

    emotion: Emotion
    intensity: float
    target: Array


def taken(turn: Turn) -> Emotion:
    """The emotion that a turn calls for by itself.

    Examples
    --------
    >>> turn = Turn(id="t", who="user", text="Nobody called.", emotion="anger", intensity=1, intent="complain", gap=0)
    >>> taken(turn)
    'concern'
    """
    return TAKEN_AS.get(turn.intent) or TAKEN_AS_FELT.get(turn.emotion, turn.emotion)


def reading(dialogue: Dialogue, turn: Turn) -> Reading:
    """How the hearer reads a turn, given all that was said before.

    Parameters
    ----------
    dialogue : Dialogue
        Holds the turns that `turn` recalls.
    turn : Turn

    Returns
    -------
    Reading
        A neutral turn that recalls others has the emotion and intensity of the strongest of them. The target always is a mixture.
    """
    emotion = taken(turn)
    own = Reading(emotion, turn.intensity, np.array(VAD[emotion]) * turn.intensity)
    if not turn.recalls:
        return own
    recalled = [reading(dialogue, dialogue.turn(name)) for name in turn.recalls]
    strongest = max(recalled, key=lambda old: old.intensity)
    share = RECALLED_BY_CUE if turn.emotion == "neutral" else RECALLED
    named = strongest if turn.emotion == "neutral" else own
    target = (1.0 - share) * own.target + share * np.mean([old.target for old in recalled], axis=0)
    return Reading(named.emotion, named.intensity, np.asarray(target))

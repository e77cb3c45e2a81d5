"""What both people feel: coupled states in valence, arousal and dominance, each in [-1, 1].

A person carries a fast emotion that decays within seconds and a slow mood that it feeds and returns to (the two layers of ALMA,
Gebhard, AAMAS 2005). Three things move the emotion:

* what the person says: the turn's own emotion, from shortly before it starts;
* what the partner says: an appraisal of the turn by its intent, from the moment the message lands plus a latency. A turn that
  recalls earlier ones brings their appraisals back: this is the long-range part;
* the partner's face: contagion, about half a second late (Hatfield, Cacioppo and Rapson, Emotional Contagion, 1994).

Emotion words are placed after Russell and Mehrabian, J. Res. Pers. 11, 1977; amusement, concern and relief by judgement between
their neighbours.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from echo_bench.clip import Side
from echo_bench.simulator.curves import Array
from echo_bench.simulator.dialogue import Dialogue, Emotion, Intent, Turn
from echo_bench.simulator.draws import LogNormal, stream
from echo_bench.simulator.people import Person
from echo_bench.simulator.speech import FPS, Speech

SIDES: tuple[Side, Side] = ("user", "avatar")
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
# How the other takes a turn of this intent, where that is not the speaker's own emotion, felt with them.
TAKEN_AS: Mapping[Intent, Emotion] = {
    "complain": "concern",
    "comfort": "affection",
    "thank": "affection",
    "tease": "amusement",
}
TAKEN_AS_FELT: Mapping[Emotion, Emotion] = {"sadness": "concern", "anger": "concern", "embarrassment": "concern"}

FAST, FEEDING, SLOW = 4.0, 6.0, 30.0  # seconds: decay of emotion to mood, emotion into mood, mood to baseline
PULL = 0.45  # seconds within which an appraisal moves the emotion towards its target
LEAD = 0.3  # seconds by which a feeling precedes its own words
BIAS = 0.5  # how far the mood colours what comes next (mood-congruent appraisal: Bower, Am. Psychol. 36, 1981)
HELD = 1.2  # seconds for which a taken message works
CONTAGION, CONTAGION_DELAY = 0.15, 0.5  # per second at full agreeableness; seconds
RECALLED = 0.4  # share of the recalled turns in how a turn is taken
LATENCY = LogNormal(median=0.45, sigma=0.3)  # from a landed message to the feeling


@dataclass(frozen=True, slots=True)
class Appraisal:
    """A pull on one person's emotion.

    Attributes
    ----------
    who : {"user", "avatar"}
    start, end : float
        Seconds.
    target : tuple of float
        Valence, arousal, dominance that it pulls to.
    turn : str
        The turn that it comes from.
    """

    who: Side
    start: float
    end: float
    target: tuple[float, float, float]
    turn: str


def taken(turn: Turn) -> Emotion:
    """The emotion that a turn calls for in the person who hears it.

    Examples
    --------
    >>> turn = Turn(id="t", who="user", text="Nobody called.", emotion="anger", intensity=1, intent="complain", gap=0)
    >>> taken(turn)
    'concern'
    """
    return TAKEN_AS.get(turn.intent) or TAKEN_AS_FELT.get(turn.emotion, turn.emotion)


def appraisals(dialogue: Dialogue, speech: Speech, cast: Mapping[Side, Person], seed: int) -> list[Appraisal]:
    """All pulls of a conversation, in order of turns."""
    pulls = []
    for turn in dialogue.turns:
        other: Side = "avatar" if turn.who == "user" else "user"
        start, end = speech.turns[turn.id]
        own = np.array(VAD[turn.emotion]) * turn.intensity
        pulls.append(Appraisal(turn.who, start - LEAD, end, _triple(own), turn.id))
        if turn.intent == "backchannel":
            continue
        rng = stream(dialogue.id, other, "appraisal", turn.id, seed)
        felt = speech.landing(dialogue, turn.id) + LATENCY.one(rng)
        sympathy = 0.5 + 0.5 * cast[other].personality.agreeableness
        pulls.append(Appraisal(other, felt, felt + HELD, _triple(sympathy * _with_recalled(dialogue, turn)), turn.id))
    return pulls


def _with_recalled(dialogue: Dialogue, turn: Turn) -> Array:
    """The target of a turn for its hearer, mixed with the targets of the turns that it brings back."""
    target = np.array(VAD[taken(turn)]) * turn.intensity
    if not turn.recalls:
        return target
    recalled = [dialogue.turn(name) for name in turn.recalls]
    old = np.mean([np.array(VAD[taken(each)]) * each.intensity for each in recalled], axis=0)
    return np.asarray((1.0 - RECALLED) * target + RECALLED * old)


def _triple(values: Array) -> tuple[float, float, float]:
    valence, arousal, dominance = (float(value) for value in values)
    return valence, arousal, dominance


def feel(pulls: list[Appraisal], cast: Mapping[Side, Person], frames: int) -> dict[Side, Array]:
    """Integrate both states (explicit Euler at the frame rate).

    Returns
    -------
    dict of side to ndarray of shape (frames, 3), float64
        Valence, arousal and dominance in [-1, 1].
    """
    baseline = np.array([cast[who].personality.baseline for who in SIDES])
    shown = np.array([cast[who].personality.expressiveness for who in SIDES])[::-1, None]
    open_to = CONTAGION * np.array([cast[who].personality.agreeableness for who in SIDES])[:, None]
    delay = round(CONTAGION_DELAY * FPS)
    emotion, mood = baseline.copy(), baseline.copy()
    states = np.empty((frames, 2, 3))
    rate, target = _drive(pulls, frames)
    for k in range(frames):
        seen = states[k - delay][::-1] * shown if k >= delay else emotion
        coloured = target[k] + BIAS * (mood - baseline)
        change = (mood - emotion) / FAST + rate[k] * (coloured - emotion) / PULL + open_to * (seen - emotion)
        mood = mood + ((emotion - mood) / FEEDING + (baseline - mood) / SLOW) / FPS
        emotion = np.clip(emotion + change / FPS, -1.0, 1.0)
        states[k] = emotion
    return {who: states[:, index] for index, who in enumerate(SIDES)}


def _drive(pulls: list[Appraisal], frames: int) -> tuple[Array, Array]:
    """Whether (T, 2, 1) and whereto (T, 2, 3) each person is pulled; of overlapping pulls the later one holds."""
    rate, target = np.zeros((frames, 2, 1)), np.zeros((frames, 2, 3))
    times = (np.arange(frames) + 0.5) / FPS
    for pull in sorted(pulls, key=lambda pull: pull.start):
        within = (times >= pull.start) & (times < pull.end)
        rate[within, SIDES.index(pull.who)] = 1.0
        target[within, SIDES.index(pull.who)] = pull.target
    return rate, target

"""What both people feel: coupled states in valence, arousal and dominance, each in [-1, 1].

A person carries a fast emotion that decays within seconds and a slow mood that it feeds and returns to (the two layers of ALMA,
Gebhard, AAMAS 2005). Three things move the emotion:

* what the person says: the turn's own emotion, from shortly before it starts;
* what the partner says: an appraisal of the turn (:func:`echo_bench.simulator.reading.reading`), from the moment the message lands
  plus a latency. A message that calls for no emotion moves nobody: what was felt before goes on to decay;
* the partner's face: contagion, about half a second late (Hatfield, Cacioppo and Rapson, Emotional Contagion, 1994).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from echo_bench.clip import Side
from echo_bench.simulator.curves import Array
from echo_bench.simulator.dialogue import Dialogue
from echo_bench.simulator.draws import LogNormal, stream
from echo_bench.simulator.emotions import VAD
from echo_bench.simulator.people import Person
from echo_bench.simulator.reading import reading
from echo_bench.simulator.speech import FPS, Speech

SIDES: tuple[Side, Side] = ("user", "avatar")
FAST, FEEDING, SLOW = 4.0, 6.0, 30.0  # seconds: decay of emotion to mood, emotion into mood, mood to baseline
PULL = 0.45  # seconds within which an appraisal moves the emotion towards its target
LEAD = 0.3  # seconds by which a feeling precedes its own words
BIAS = 0.5  # how far the mood colours what comes next (mood-congruent appraisal: Bower, Am. Psychol. 36, 1981)
HELD = LogNormal(median=1.2, sigma=0.25)  # seconds for which a taken message works
CONTAGION, CONTAGION_DELAY = 0.15, 0.5  # per second at full agreeableness; seconds
SIZE = (0.7, 1.2)  # how far a message moves its hearer varies between these, evenly
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


def appraisals(dialogue: Dialogue, speech: Speech, cast: Mapping[Side, Person], seed: int) -> list[Appraisal]:
    """All pulls of a conversation, in order of turns."""
    pulls = []
    for turn in dialogue.turns:
        other: Side = "avatar" if turn.who == "user" else "user"
        start, end = speech.turns[turn.id]
        own = np.array(VAD[turn.emotion]) * turn.intensity
        pulls.append(Appraisal(turn.who, start - LEAD, end, _triple(own), turn.id))
        read = reading(dialogue, turn)
        if turn.intent == "backchannel" or read.emotion == "neutral":
            continue
        rng = stream(dialogue.id, other, "appraisal", turn.id, seed)
        felt = speech.landing(dialogue, turn.id) + LATENCY.one(rng)
        size = rng.uniform(*SIZE) * (0.6 + 0.4 * cast[other].personality.agreeableness)
        pulls.append(
            Appraisal(other, felt, felt + HELD.one(rng), _triple(np.clip(size * read.target, -1.0, 1.0)), turn.id)
        )
    return pulls


def _triple(values: Array) -> tuple[float, float, float]:
    valence, arousal, dominance = (float(value) for value in values)
    return valence, arousal, dominance


def feel(
    pulls: list[Appraisal], cast: Mapping[Side, Person], frames: int, known: Mapping[Side, ArrayLike] | None = None
) -> dict[Side, Array]:
    """Integrate both states (explicit Euler at the frame rate).

    Parameters
    ----------
    pulls : list of Appraisal
    cast : mapping of side to Person
    frames : int
        T.
    known : mapping of side to array_like of shape (T, 3), optional
        States that are given, as those of a recorded partner: only the other side is integrated.

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
    given = {SIDES.index(who): np.asarray(state, float) for who, state in (known or {}).items()}
    for k in range(frames):
        seen = states[k - delay][::-1] * shown if k >= delay else emotion
        coloured = target[k] + BIAS * (mood - baseline)
        change = (mood - emotion) / FAST + rate[k] * (coloured - emotion) / PULL + open_to * (seen - emotion)
        mood = mood + ((emotion - mood) / FEEDING + (baseline - mood) / SLOW) / FPS
        emotion = np.clip(emotion + change / FPS, -1.0, 1.0)
        for index, states_known in given.items():
            emotion[index] = states_known[k]
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

"""How one person answers the other without words: cues in the partner's speech, acts that follow them.

Cues
----
* ``phrase-end``: a pause inside a turn, or its end (Dittmann and Llewellyn, JPSP 9, 1968; Gravano and Hirschberg, Comput. Speech
  Lang. 25, 2011);
* ``low-pitch``: 110 ms below the 26th percentile of the voice, after 700 ms of speech (Ward and Tsukahara, J. Pragmat. 32, 2000);
* ``key-word``: the message of a turn lands; what follows depends on how it is read (:func:`echo_bench.simulator.reading.reading`)
  -- "specific" responses in the sense of Bavelas, Coates and Johnson, JPSP 79, 2000, where the others are "generic";
* ``partner-laugh``: laughter is answered with laughter or a smile (Provine, Bull. Psychon. Soc. 30, 1992).

Latencies are lognormal around values of conversation: feedback starts some hundred milliseconds after its cue (Ward and Tsukahara
wait 700 ms from the start of low pitch; facial mimicry starts after 300-400 ms and shows by 1 s, Dimberg and Thunberg, Scand. J.
Psychol. 39, 1998).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from echo_bench.clip import Side
from echo_bench.simulator.dialogue import Dialogue, Emotion
from echo_bench.simulator.draws import LogNormal
from echo_bench.simulator.emotions import VAD
from echo_bench.simulator.events import Act, Cause, Event, Reason
from echo_bench.simulator.gestures import LENGTH
from echo_bench.simulator.people import Personality
from echo_bench.simulator.reading import reading
from echo_bench.simulator.speech import FPS, SideSpeech, Speech

LATENCY: Mapping[Act, LogNormal] = {
    "nod": LogNormal(0.40, 0.35),
    "brow-raise": LogNormal(0.40, 0.30),
    "laugh": LogNormal(0.50, 0.35),
    "smile": LogNormal(0.60, 0.30),
    "frown": LogNormal(0.70, 0.30),
}
SPECIFIC: Mapping[Emotion, tuple[Act, ...]] = {
    "joy": ("brow-raise", "smile"),
    "surprise": ("brow-raise",),
    "amusement": ("smile",),
    "affection": ("smile",),
    "relief": ("smile", "nod"),
    "concern": ("frown", "nod"),
    "sadness": ("frown",),
    "fear": ("brow-raise", "frown"),
    "anger": ("frown",),
    "disgust": ("frown",),
    "embarrassment": ("frown",),
    "neutral": ("nod",),
}
PAUSE = 0.15  # seconds of silence inside a turn that make a phrase end
LOW_SHARE, LOW_LENGTH, LOW_AFTER = 26.0, 0.11, 0.7  # percentile; seconds; seconds of speech before it
NOD_APART = 1.4  # seconds from the start of one nod to the next at least
LAUGH_FROM = 0.5  # intensity of amusement from which a partner's laugh is answered with a laugh by an agreeable person


class Cue(NamedTuple):
    """An invitation to react.

    Attributes
    ----------
    time : float
        Seconds from the start of the clip.
    reason : str
    turn : str
        The turn it lies in.
    emotion : str
        What the turn calls for.
    intensity : float
        How strongly, in [0, 1].
    """

    time: float
    reason: Reason
    turn: str
    emotion: Emotion
    intensity: float


def cues(dialogue: Dialogue, speech: Speech, speaker: Side) -> list[Cue]:
    """All cues that one person's speech gives the other, in order of time."""
    found = []
    for turn in dialogue.turns:
        if turn.who != speaker or turn.intent == "backchannel":
            continue
        if turn.intent == "laugh":
            found.append(Cue(speech.turns[turn.id][0], "partner-laugh", turn.id, turn.emotion, turn.intensity))
            continue
        moments: list[tuple[float, Reason]] = [(speech.landing(dialogue, turn.id), "key-word")]
        moments += [(time, "phrase-end") for time in phrase_ends(speech.side(speaker), turn.id)]
        moments += [(time, "low-pitch") for time in low_pitch(speech.side(speaker), *speech.turns[turn.id])]
        read = reading(dialogue, turn)
        found += [Cue(time, reason, turn.id, read.emotion, read.intensity) for time, reason in moments]
    return sorted(found, key=lambda cue: (cue.time, cue.reason))


def phrase_ends(speech: SideSpeech, turn: str) -> list[float]:
    """Ends of words of a turn that are followed by a pause, its last word included."""
    words = [word for word in speech.words if word[3] == turn]
    later = [*(word[0] for word in words[1:]), np.inf]
    return [word[1] for word, next_start in zip(words, later, strict=True) if next_start - word[1] >= PAUSE]


def low_pitch(speech: SideSpeech, start: float, end: float) -> list[float]:
    """Times in a turn at which the voice has been low for long enough."""
    pitch = np.array(speech.pitch, float)
    voiced = pitch[pitch > 0]
    if not len(voiced):
        return []
    frames = np.arange(len(pitch)) / FPS
    low = (pitch > 0) & (pitch < np.percentile(voiced, LOW_SHARE)) & (frames >= start + LOW_AFTER) & (frames < end)
    need = int(np.ceil(LOW_LENGTH * FPS))
    runs = np.convolve(low, np.ones(need), mode="full")[: len(low)] >= need
    fresh = runs & ~np.concatenate([[False], runs[:-1]])
    return [float((k + 1) / FPS) for k in np.flatnonzero(fresh)]


def react(
    rng: np.random.Generator, who: Side, found: list[Cue], personality: Personality, own: list[tuple[float, float]]
) -> list[Event]:
    """The wordless answers of one person to the partner's cues, in order of time.

    Parameters
    ----------
    rng : Generator
    who : {"user", "avatar"}
        The person who reacts.
    found : list of Cue
        From the partner's speech.
    personality : Personality
        Agreeable people answer more often, expressive ones more strongly.
    own : list of (start, end)
        Seconds in which the person speaks. Generic nods wait for the listening role, and nobody laughs with words in the mouth; other
        specific reactions do not wait.
    """
    events: list[Event] = []
    free_from: dict[Act, float] = {}
    for cue in found:
        generic = cue.reason in {"phrase-end", "low-pitch"}
        for act in ("nod",) if generic else _specific(rng, cue, personality):
            chance = 0.25 + 0.5 * personality.agreeableness if generic else 0.65 + 0.3 * personality.agreeableness
            latency, wanted = LATENCY[act].one(rng), rng.random() < chance
            strength, stretch = rng.uniform(0.75, 1.1), rng.uniform(0.85, 1.25)
            start = cue.time + latency
            length = LENGTH[act] * stretch
            if not wanted or start < free_from.get(act, 0.0):
                continue
            if generic and any(begin - 0.1 < start < end for begin, end in own):
                continue
            if act == "laugh" and meets(start, start + length, own):
                continue
            weight = 1.0 if generic else 0.5 + 0.5 * cue.intensity
            intensity = float(strength * weight * personality.expressiveness)
            events.append(Event(who, act, start, start + length, intensity, Cause(cue.reason, cue.time, cue.turn)))
            free_from[act] = start + (max(length, NOD_APART) if act == "nod" else length)
    return sorted(events, key=lambda event: event.start)


def meets(start: float, end: float, stretches: list[tuple[float, float]]) -> bool:
    """Whether the time from `start` to `end` meets any of the stretches."""
    return any(start < stop and begin < end for begin, stop in stretches)


def _specific(rng: np.random.Generator, cue: Cue, personality: Personality) -> tuple[Act, ...]:
    """Which acts answer a message or a laugh. A laugh that is not meant well is not shared."""
    if cue.reason == "partner-laugh" and VAD[cue.emotion][0] > 0:
        joins = rng.random() < 0.3 + 0.5 * personality.agreeableness
        return ("laugh",) if joins and cue.intensity >= LAUGH_FROM else ("smile",)
    return SPECIFIC[cue.emotion]

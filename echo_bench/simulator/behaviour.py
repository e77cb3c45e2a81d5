"""A conversation performed: motion of both people, and the reasons for all of it.

One call takes a dialogue, the times of its speech and a cast, and gives ``rig61`` motion at 25 fps together with what no recording
knows: the events with cause and latency, the spans of speech, and what both people feel in every frame. Equal arguments give equal
bytes; every rule lies in a module of its own with its reference.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Side, Span
from echo_bench.simulator.affect import SIDES, appraisals, feel
from echo_bench.simulator.blinks import add_blinks, blink_events
from echo_bench.simulator.curves import Array
from echo_bench.simulator.dialogue import Dialogue
from echo_bench.simulator.draws import stream
from echo_bench.simulator.events import Cause, Event
from echo_bench.simulator.expression import add_expression
from echo_bench.simulator.gaze import add_gaze, aversion_events, gaze_track
from echo_bench.simulator.gestures import LENGTH, add_gestures, soften_lips
from echo_bench.simulator.head import add_head, beat_events
from echo_bench.simulator.listener import cues, react
from echo_bench.simulator.people import Person
from echo_bench.simulator.speech import Speech
from echo_bench.simulator.visemes import add_speech
from echo_bench.spaces import RIG61

GRID = 2.0**-12  # motion is rounded to this: finer than any eye, coarser than the last bit of any machine's exp()


@dataclass(frozen=True, slots=True)
class Performance:
    """What was done, felt and why.

    Attributes
    ----------
    motion : mapping of side to ndarray of shape (T, 61), float32
        Space ``rig61``, multiples of 2^-12.
    affect : mapping of side to ndarray of shape (T, 3), float32
        Valence, arousal, dominance in [-1, 1].
    events : tuple of Event
        In order of time.
    spans : tuple of Span
        Who speaks when.
    """

    motion: Mapping[Side, NDArray[np.float32]]
    affect: Mapping[Side, NDArray[np.float32]]
    events: tuple[Event, ...]
    spans: tuple[Span, ...]


def perform(dialogue: Dialogue, speech: Speech, cast: Mapping[Side, Person], seed: int = 0) -> Performance:
    """Perform a conversation.

    Parameters
    ----------
    dialogue : Dialogue
    speech : Speech
        The times of this dialogue.
    cast : mapping of side to Person
    seed : int, default 0
        Another seed gives another performance of the same words by the same people.

    Returns
    -------
    Performance
    """
    affect = feel(appraisals(dialogue, speech, cast, seed), cast, speech.frames)
    motion, events = {}, []
    for who in SIDES:
        acts = plan(dialogue, speech, who, cast[who], seed)
        motion[who] = move(dialogue, speech, who, cast[who], seed, affect[who], acts)
        events += acts
    return Performance(
        motion=motion,
        affect={who: _on_grid(affect[who]) for who in SIDES},
        events=tuple(sorted(events, key=lambda event: (event.start, event.who, event.act))),
        spans=speech.spans(dialogue),
    )


def plan(dialogue: Dialogue, speech: Speech, who: Side, person: Person, seed: int) -> list[Event]:
    """Everything that one person will visibly do, and why."""

    def chance(process: str) -> np.random.Generator:
        return stream(dialogue.id, who, process, seed)

    partner: Side = "avatar" if who == "user" else "user"
    turns = [turn for turn in dialogue.turns if turn.who == who]
    spoken = [(turn.id, *speech.turns[turn.id]) for turn in turns]
    planned = [(turn.id, *speech.turns[turn.id]) for turn in turns if turn.intent not in {"backchannel", "laugh"}]
    times = speech.frame_times()
    own = [(start, end) for _, start, end in spoken]
    return [
        *react(chance("react"), who, cues(dialogue, speech, partner), person.personality, own),
        *_emphasis(chance("emphasis"), dialogue, speech, who, person),
        *beat_events(chance("beat"), who, speech.side(who)),
        *blink_events(chance("blink"), who, times, _within(times, own)),
        *aversion_events(chance("aversion"), who, planned, speech.duration),
    ]


def _emphasis(rng: np.random.Generator, dialogue: Dialogue, speech: Speech, who: Side, person: Person) -> list[Event]:
    """What the own words bring with them: laughs that are heard, and brows raised at the key word.

    Brow raises as "batons" of speech: Ekman, "About brows", 1979.
    """
    events = []
    strength = person.personality.expressiveness
    for turn in dialogue.turns:
        if turn.who != who:
            continue
        start, end = speech.turns[turn.id]
        wanted = rng.random() < 0.6
        if turn.intent == "laugh":
            events.append(Event(who, "laugh", start - 0.1, end + 0.6, strength, Cause("own-laugh", start, turn.id)))
        elif turn.key and wanted:
            word = speech.word_time(turn.id, turn.key)[0]
            intensity = strength * turn.intensity
            cause = Cause("own-key-word", word, turn.id)
            events.append(Event(who, "brow-raise", word, word + LENGTH["brow-raise"], intensity, cause))
    return events


def move(
    dialogue: Dialogue, speech: Speech, who: Side, person: Person, seed: int, affect: Array, acts: list[Event]
) -> NDArray[np.float32]:
    """The motion (T, 61) of one person who feels `affect` (T, 3) and does `acts`."""
    times = speech.frame_times()
    motion = np.zeros((speech.frames, RIG61.width))
    own = [speech.turns[turn.id] for turn in dialogue.turns if turn.who == who]
    aversions = [act for act in acts if act.act == "gaze-aversion"]
    gaze, carried = gaze_track(stream(dialogue.id, who, "gaze", seed), times, aversions)
    beats = [act for act in acts if act.act == "beat"]
    add_speech(motion, speech.side(who).phones, times, affect)
    add_expression(motion, affect, person.personality.expressiveness)
    add_gestures(motion, times, acts)
    soften_lips(motion)
    add_head(motion, stream(dialogue.id, who, "head", seed), times, affect, _within(times, own), beats)
    motion[:, 52:54] += carried[:, ::-1]
    add_gaze(motion, gaze)
    add_blinks(motion, times, acts)
    motion[:, RIG61.parts["exp"]] = motion[:, RIG61.parts["exp"]].clip(0.0, 1.0)
    return _on_grid(motion)


def _within(times: Array, stretches: list[tuple[float, float]]) -> NDArray[np.bool_]:
    """Whether each time lies in one of the stretches."""
    inside = np.zeros(len(times), bool)
    for start, end in stretches:
        inside |= (times >= start) & (times < end)
    return inside


def _on_grid(rows: Array) -> NDArray[np.float32]:
    return (np.round(rows / GRID) * GRID).astype(np.float32)

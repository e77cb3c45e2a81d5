"""A conversation performed: motion of both people, and the reasons for all of it.

One call takes a dialogue, the times of its speech and a cast, and gives ``rig61`` motion at 25 fps together with what no recording
knows: the events with cause and latency, the spans of speech, and what both people feel in every frame. Equal arguments give equal
bytes; every rule lies in a module of its own with its reference.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple

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
from echo_bench.simulator.listener import Cue, cues, react
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


class Scene(NamedTuple):
    """What a conversation is performed from.

    Attributes
    ----------
    dialogue : Dialogue
    speech : Speech
        The times of this dialogue.
    cast : mapping of side to Person
    """

    dialogue: Dialogue
    speech: Speech
    cast: Mapping[Side, Person]

    def own(self, who: Side) -> list[tuple[float, float]]:
        """Seconds in which a person speaks."""
        return [self.speech.turns[turn.id] for turn in self.dialogue.turns if turn.who == who]


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
    scene = Scene(dialogue, speech, cast)
    affect = feel(appraisals(dialogue, speech, cast, seed), cast, speech.frames)
    motion, events = {}, []
    for who in SIDES:
        acts = [*answers(scene, who, cues(dialogue, speech, other(who)), seed), *own_acts(scene, who, seed)]
        motion[who] = move(scene, who, seed, affect[who], acts)
        events += acts
    return Performance(
        motion=motion,
        affect={who: on_grid(affect[who]) for who in SIDES},
        events=in_order(events),
        spans=speech.spans(dialogue),
    )


def other(who: Side) -> Side:
    """The person opposite."""
    return "avatar" if who == "user" else "user"


def in_order(events: Iterable[Event]) -> tuple[Event, ...]:
    """Events in order of time."""
    return tuple(sorted(events, key=lambda event: (event.start, event.who, event.act)))


def answers(scene: Scene, who: Side, found: list[Cue], seed: int) -> list[Event]:
    """What a person does about the cues of the partner."""
    chance = stream(scene.dialogue.id, who, "react", seed)
    return react(chance, who, found, scene.cast[who].personality, scene.own(who))


def own_acts(scene: Scene, who: Side, seed: int) -> list[Event]:
    """What a person does on their own account: blinks, looks away, and all that goes with the own speech."""

    def chance(process: str) -> np.random.Generator:
        return stream(scene.dialogue.id, who, process, seed)

    dialogue, speech = scene.dialogue, scene.speech
    turns = [turn for turn in dialogue.turns if turn.who == who and turn.intent not in {"backchannel", "laugh"}]
    planned = [(turn.id, *speech.turns[turn.id]) for turn in turns]
    times = speech.frame_times()
    return [
        *_emphasis(chance("emphasis"), dialogue, speech, who, scene.cast[who]),
        *beat_events(chance("beat"), who, speech.side(who)),
        *blink_events(chance("blink"), who, times, _within(times, scene.own(who))),
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


def move(scene: Scene, who: Side, seed: int, affect: Array, acts: list[Event]) -> NDArray[np.float32]:
    """The motion (T, 61) of one person who feels `affect` (T, 3) and does `acts`."""

    def chance(process: str) -> np.random.Generator:
        return stream(scene.dialogue.id, who, process, seed)

    times = scene.speech.frame_times()
    motion = np.zeros((scene.speech.frames, RIG61.width))
    gaze, carried = gaze_track(chance("gaze"), times, [act for act in acts if act.act == "gaze-aversion"])
    beats = [act for act in acts if act.act == "beat"]
    add_speech(motion, scene.speech.side(who).phones, times, affect)
    add_expression(motion, affect, scene.cast[who].personality.expressiveness)
    add_gestures(motion, times, acts)
    soften_lips(motion)
    add_head(motion, chance("head"), times, affect, _within(times, scene.own(who)), beats)
    motion[:, 52:54] += carried[:, ::-1]
    add_gaze(motion, gaze)
    add_blinks(motion, times, acts)
    motion[:, RIG61.parts["exp"]] = motion[:, RIG61.parts["exp"]].clip(0.0, 1.0)
    return on_grid(motion)


def _within(times: Array, stretches: list[tuple[float, float]]) -> NDArray[np.bool_]:
    """Whether each time lies in one of the stretches."""
    inside = np.zeros(len(times), bool)
    for start, end in stretches:
        inside |= (times >= start) & (times < end)
    return inside


def on_grid(rows: Array) -> NDArray[np.float32]:
    """Rows as they are kept."""
    return (np.round(rows / GRID) * GRID).astype(np.float32)

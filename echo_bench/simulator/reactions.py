"""Other reactions of the avatar to a recorded conversation: several that are right, and some that are wrong in a known way.

The user stays as recorded (performance of seed 0): their words, motion and feelings. The avatar's words and their times stay too, so
lips and sound keep together in every reaction; what changes is how the avatar feels, answers, looks and blinks.

* ``appropriate``: the same rules with other draws of latencies, sizes, choice of acts, gaze and blinks.
* ``wrong-affect``: every message of the user, and the user's face, is taken with valence reversed -- counter-empathy, as rivals show it
  (Lanzetta and Englis, JPSP 56, 1989) -- and answered with the acts of the reversed class.
* ``wrong-timing``: feelings and acts of the right class, all late by one draw of 3 to 6 s; what would fall behind the end happens at
  the beginning.
* ``other-context``: what the same person would feel and do with the user of another conversation of another kind, cut or
  repeated to the length of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from echo_bench.simulator.affect import Appraisal, appraisals, feel
from echo_bench.simulator.behaviour import Scene, answers, in_order, move, on_grid, own_acts
from echo_bench.simulator.curves import Array
from echo_bench.simulator.dialogue import Emotion
from echo_bench.simulator.draws import stream
from echo_bench.simulator.events import Event
from echo_bench.simulator.listener import cues, meets
from echo_bench.simulator.speech import FPS

Label = Literal["appropriate", "wrong-affect", "wrong-timing", "other-context"]
OPPOSITE: Mapping[Emotion, Emotion] = {
    "neutral": "neutral",
    "joy": "sadness",
    "sadness": "joy",
    "anger": "amusement",
    "fear": "relief",
    "surprise": "concern",
    "disgust": "affection",
    "amusement": "anger",
    "affection": "disgust",
    "concern": "amusement",
    "embarrassment": "amusement",
    "relief": "fear",
}
REVERSED = np.array([-1.0, 1.0, 1.0])  # valence, arousal, dominance
DELAY = (3.0, 6.0)  # seconds


@dataclass(frozen=True, slots=True)
class Reaction:
    """One way in which the avatar could have behaved.

    Attributes
    ----------
    label : str
        ``appropriate``, ``wrong-affect``, ``wrong-timing`` or ``other-context``.
    seed : int
    other : str or None
        The other conversation, of ``other-context``.
    motion : ndarray of shape (T, 61), float32
        Space ``rig61`` at 25 fps.
    affect : ndarray of shape (T, 3), float32
        Valence, arousal, dominance in [-1, 1].
    events : tuple of Event
        The avatar's acts in order of time. Causes of wrong reactions are what they would rightly follow from.
    """

    label: Label
    seed: int
    other: str | None
    motion: NDArray[np.float32]
    affect: NDArray[np.float32]
    events: tuple[Event, ...]


def sample(scene: Scene, label: Label, seed: int, other: Scene | None = None) -> Reaction:
    """Draw one reaction.

    Parameters
    ----------
    scene : Scene
        The recorded conversation.
    label : str
    seed : int
        1 or more; 0 is the recorded one.
    other : Scene, optional
        The other conversation; for ``other-context`` alone.

    Returns
    -------
    Reaction
        Equal arguments give equal bytes.
    """
    if other is None:
        shown = feel(appraisals(*scene, 0), scene.cast, scene.speech.frames)["user"]
        felt, acts = RULES[label](scene, seed, shown)
    else:
        felt, acts = _elsewhere(scene, seed, other)
    acts = [act for act in acts if act.act != "laugh" or not meets(act.start, act.end, scene.own("avatar"))]
    acts += own_acts(scene, "avatar", seed)
    name = other.dialogue.id if other else None
    return Reaction(label, seed, name, move(scene, "avatar", seed, felt, acts), on_grid(felt), in_order(acts))


def _rightly(scene: Scene, seed: int, shown: Array) -> tuple[Array, list[Event]]:
    found = cues(scene.dialogue, scene.speech, "user")
    return _felt(scene, appraisals(*scene, seed), shown), answers(scene, "avatar", found, seed)


def _reversed(scene: Scene, seed: int, shown: Array) -> tuple[Array, list[Event]]:
    def reverse(pull: Appraisal) -> Appraisal:
        valence, arousal, dominance = pull.target
        return replace(pull, target=(-valence, arousal, dominance))

    found = [cue._replace(emotion=OPPOSITE[cue.emotion]) for cue in cues(scene.dialogue, scene.speech, "user")]
    return _felt(scene, _heard(scene, seed, reverse), shown * REVERSED), answers(scene, "avatar", found, seed)


def _late(scene: Scene, seed: int, shown: Array) -> tuple[Array, list[Event]]:
    delay = stream(scene.dialogue.id, "avatar", "delay", seed).uniform(*DELAY)
    duration = scene.speech.duration

    def postpone(pull: Appraisal) -> Appraisal:
        start = (pull.start + delay) % duration
        return replace(pull, start=start, end=start + pull.end - pull.start)

    felt = _felt(scene, _heard(scene, seed, postpone), np.roll(shown, round(delay * FPS), axis=0))
    acts = answers(scene, "avatar", cues(scene.dialogue, scene.speech, "user"), seed)
    return felt, [_moved(act, (act.start + delay) % duration - act.start) for act in acts]


def _elsewhere(scene: Scene, seed: int, other: Scene) -> tuple[Array, list[Event]]:
    there = other._replace(cast={"user": other.cast["user"], "avatar": scene.cast["avatar"]})
    felt = feel(appraisals(*there, seed), there.cast, there.speech.frames)["avatar"]
    acts = answers(there, "avatar", cues(there.dialogue, there.speech, "user"), seed)
    duration = scene.speech.duration
    rounds = np.arange(0.0, duration, there.speech.duration)
    repeated = [_moved(act, float(begin)) for begin in rounds for act in acts if act.start + begin < duration]
    return felt[np.arange(scene.speech.frames) % len(felt)], repeated


def _felt(scene: Scene, pulls: Iterable[Appraisal], shown: Array) -> Array:
    """What the avatar feels opposite a user whose feelings `shown` are known."""
    return feel(list(pulls), scene.cast, scene.speech.frames, {"user": shown})["avatar"]


def _heard(scene: Scene, seed: int, change: Callable[[Appraisal], Appraisal]) -> list[Appraisal]:
    """The pulls of a conversation, those changed that the avatar gets from what the user says."""
    said = {turn.id for turn in scene.dialogue.turns if turn.who == "user"}
    pulls = appraisals(*scene, seed)
    return [change(pull) if pull.who == "avatar" and pull.turn in said else pull for pull in pulls]


def _moved(event: Event, seconds: float) -> Event:
    return replace(event, start=event.start + seconds, end=event.end + seconds)


RULES: Mapping[Label, Callable[[Scene, int, Array], tuple[Array, list[Event]]]] = {
    "appropriate": _rightly,
    "wrong-affect": _reversed,
    "wrong-timing": _late,
}

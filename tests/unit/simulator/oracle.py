"""Two who know all the rules and foresee the avatar's feelings: one heard the whole conversation, one only the last seconds of it.

Both foresee the mean over chance, and both see the user's feelings as they are. The forgetful one meets the avatar anew in each moment:
mood at its baseline, messages that landed earlier unheard, and what a late message brings back unknown.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from echo_bench.simulator.affect import Appraisal, appraisals, feel
from echo_bench.simulator.behaviour import Scene
from echo_bench.simulator.curves import Array
from echo_bench.simulator.speech import FPS

SEEDS = range(100, 104)  # of no stored reaction
MEMORY = 4.0  # seconds
EVERY = 5  # frames from one sample to the next: 5 Hz


def five_hertz(affect: Array) -> Array:
    """Valence and arousal (T // 5, 2) of affect (T, 3): means of five frames."""
    frames = len(affect) // EVERY * EVERY
    return np.asarray(affect[:frames, :2], float).reshape(-1, EVERY, 2).mean(axis=1)


def listening_spans(scene: Scene, after: float = 0.0, shortest: float = 2.0) -> list[slice]:
    """Stretches at 5 Hz in which the avatar says nothing."""
    edges, spans = [(0.0, after), *sorted(scene.own("avatar")), (scene.speech.duration, np.inf)], []
    for (_, begin), (end, _) in pairwise(edges):
        span = slice(int(np.ceil(max(begin, after) * FPS / EVERY)), int(end * FPS / EVERY))
        if span.stop - span.start >= shortest * FPS / EVERY:
            spans.append(span)
    return spans


def who_heard_all(scene: Scene) -> Array:
    """What the avatar is expected to feel, (T // 5, 2)."""
    shown = recorded(scene)["user"]
    frames = scene.speech.frames
    felt = [feel(appraisals(*scene, seed), scene.cast, frames, {"user": shown})["avatar"] for seed in SEEDS]
    return five_hertz(np.mean(felt, axis=0))


def who_forgets(scene: Scene, after: float) -> Array:
    """What the avatar is expected to feel by who knows the last 4 s alone, (T // 5, 2); NaN before `after` seconds."""
    shown = recorded(scene)["user"]
    expected = np.full((scene.speech.frames // EVERY, 2), np.nan)
    heard = [appraisals(*forgotten(scene), seed) for seed in SEEDS]
    window = round(MEMORY * FPS)
    for row in range(int(after * FPS / EVERY), len(expected)):
        end = EVERY * row + EVERY // 2 + 1
        since = (end - window) / FPS
        seen = {"user": shown[end - window : end]}
        felt = [feel(_since(scene, pulls, since), scene.cast, window, seen)["avatar"][-1] for pulls in heard]
        expected[row] = np.mean(felt, axis=0)[:2]
    return expected


def forgotten(scene: Scene) -> Scene:
    """The conversation without the links that reach back further than memory does."""

    def known(turn: str, recalled: str) -> bool:
        return scene.speech.turns[recalled][1] >= scene.speech.landing(scene.dialogue, turn) - MEMORY

    turns = tuple(
        turn.model_copy(update={"recalls": tuple(name for name in turn.recalls if known(turn.id, name))})
        for turn in scene.dialogue.turns
    )
    return scene._replace(dialogue=scene.dialogue.model_copy(update={"turns": turns}))


def _since(scene: Scene, pulls: list[Appraisal], start: float) -> list[Appraisal]:
    """The pulls that come from what was said by oneself or landed after `start`, on a clock that begins there."""
    kept = [
        pull
        for pull in pulls
        if scene.dialogue.turn(pull.turn).who == pull.who or scene.speech.landing(scene.dialogue, pull.turn) >= start
    ]
    return [replace(pull, start=pull.start - start, end=pull.end - start) for pull in kept if pull.end > start]


def recorded(scene: Scene) -> dict[str, Array]:
    """What both felt in the recorded performance."""
    return dict(feel(appraisals(*scene, 0), scene.cast, scene.speech.frames))

"""The committed content of dyad-mini, as the tests of its makers read it."""

from __future__ import annotations

from functools import cache

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.simulator.behaviour import Performance, perform
from echo_bench.simulator.dialogue import Dialogue, read_dialogues
from echo_bench.simulator.people import Person, read_people
from echo_bench.simulator.speech import Speech, read_speech

CLIPS = tuple(read_dialogues())


@cache
def dialogue(clip: str) -> Dialogue:
    return read_dialogues()[clip]


@cache
def speech(clip: str) -> Speech:
    return read_speech(CONTENT / DATA / f"{clip}.json")


def cast(clip: str) -> dict[Side, Person]:
    return {side: read_people()[dialogue(clip).cast[side]] for side in SIDES}


@cache
def performance(clip: str, seed: int = 0) -> Performance:
    return perform(dialogue(clip), speech(clip), cast(clip), seed)

"""The committed content of dyad-mini, as the tests of its makers read it."""

from __future__ import annotations

from functools import cache

from echo_bench.clip import Side
from echo_bench.datasets.dyad_mini_content import CONTENT, DATA, SIDES
from echo_bench.simulator.behaviour import Performance, Scene, perform
from echo_bench.simulator.dialogue import Dialogue, Turn, read_dialogues
from echo_bench.simulator.people import Person, read_people
from echo_bench.simulator.speech import Speech, read_speech

DIALOGUES = read_dialogues()
ALL = tuple(DIALOGUES)
LONG = tuple(clip for clip in ALL if DIALOGUES[clip].pair)
PAIRS: dict[str, tuple[str, ...]] = {
    str(DIALOGUES[clip].pair): tuple(other for other in LONG if DIALOGUES[other].pair == DIALOGUES[clip].pair)
    for clip in LONG
}
# A few of every kind of content, for tests of each clip; the slow ones take all.
CLIPS = (
    *("demo-bad-news", "demo-complaint", "demo-good-news", "demo-teasing"),
    *(
        "ood-gossip-01",
        "ood-pair-attic-a",
        "ood-pair-attic-b",
        "test-comfort-01",
        "test-pair-cousin-a",
        "test-pair-ferry-a",
    ),
)


def dialogue(clip: str) -> Dialogue:
    return DIALOGUES[clip]


@cache
def speech(clip: str) -> Speech:
    return read_speech(CONTENT / DATA / f"{clip}.json")


def cast(clip: str) -> dict[Side, Person]:
    return {side: read_people()[dialogue(clip).cast[side]] for side in SIDES}


def scene(clip: str) -> Scene:
    return Scene(dialogue(clip), speech(clip), cast(clip))


@cache
def performance(clip: str, seed: int = 0) -> Performance:
    return perform(dialogue(clip), speech(clip), cast(clip), seed)


def cue(clip: str) -> Turn:
    """The neutral turn of a long-range conversation that is read by what it brings back."""
    return next(turn for turn in dialogue(clip).turns if turn.recalls and turn.emotion == "neutral")

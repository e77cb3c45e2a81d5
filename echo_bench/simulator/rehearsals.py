"""Conversations of a train split performed again: the same words at the same times, by people of other temperaments.

Motion is made by rule, so a train split of a few hours can teach as much about motion as one of many: who learns sees the same words
answered in all the ways that are right, by reserved and by expressive people, and not one of these ways as the only one.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from echo_bench.simulator.affect import SIDES
from echo_bench.simulator.behaviour import Performance, Scene, perform
from echo_bench.simulator.people import draw_personality


def rehearsals(scene: Scene, count: int) -> Iterator[Performance]:
    """Further performances of a conversation, each with draws and two personalities of its own.

    Personalities are drawn as those of the cast are (:func:`echo_bench.simulator.people.draw_personality`), by names that nobody has:
    no trait of a person of another split is borrowed.

    Parameters
    ----------
    scene : Scene
    count : int
        The first `n` are the same whatever the count.
    """
    for number in range(1, count + 1):
        names = {who: f"{scene.dialogue.id}.{who}.{number}" for who in SIDES}
        cast = {who: replace(scene.cast[who], personality=draw_personality(names[who])) for who in SIDES}
        yield perform(scene.dialogue, scene.speech, cast, seed=number)

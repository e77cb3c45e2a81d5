"""Conversations performed again: the same words at the same times, by other people in another way."""

import numpy as np

from echo_bench.simulator.behaviour import perform
from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.people import draw_personality
from echo_bench.simulator.rehearsals import rehearsals
from tests.unit.simulator.content import performance, scene

CLIP = "train-apology-01"


def test_the_first_ones_do_not_depend_on_how_many_there_are():
    (one,), (first, second) = rehearsals(scene(CLIP), 1), rehearsals(scene(CLIP), 2)
    for side in ("user", "avatar"):
        assert one.motion[side].tobytes() == first.motion[side].tobytes() != second.motion[side].tobytes()


def test_the_words_and_their_times_stay():
    (again,) = rehearsals(scene(CLIP), 1)
    done = performance(CLIP)
    assert again.spans == done.spans
    for side in ("user", "avatar"):
        speaking = np.zeros(len(done.motion[side]), bool)
        for start, end in scene(CLIP).own(side):
            speaking[round(start * 25) : round(end * 25)] = True
        jaws = [each.motion[side][speaking, COLUMN["jawOpen"]] for each in (again, done)]
        assert np.corrcoef(*jaws)[0, 1] > 0.97


def test_people_have_temperaments_of_their_own():
    recorded = scene(CLIP)
    (again,) = rehearsals(recorded, 1)
    same_people = perform(recorded.dialogue, recorded.speech, recorded.cast, seed=1)
    assert draw_personality(f"{CLIP}.user.1") not in {each.personality for each in recorded.cast.values()}
    assert not np.array_equal(again.affect["user"], same_people.affect["user"])

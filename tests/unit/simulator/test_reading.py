"""Reading: a turn is taken by what it says and does; neutral words by what they bring back."""

import numpy as np
import pytest

from echo_bench.simulator.dialogue import Dialogue
from echo_bench.simulator.emotions import VAD
from echo_bench.simulator.reading import RECALLED, RECALLED_BY_CUE, reading, taken
from tests.unit.simulator.content import PAIRS, cue, dialogue

NEWS = {
    "id": "t1",
    "who": "user",
    "text": "News.",
    "emotion": "joy",
    "intensity": 0.8,
    "intent": "announce",
    "gap": 0.2,
}
LETTER = NEWS | {"id": "t2", "text": "The letter came.", "emotion": "neutral", "intensity": 0.3, "intent": "inform"}
PEOPLE = {"user": "mara", "avatar": "jonas"}


def said(*turns):
    return Dialogue.model_validate({"id": "d", "kind": "x", "split": "demo", "cast": PEOPLE, "turn": turns})


def read_last(*turns):
    whole = said(*turns)
    return reading(whole, whole.turns[-1])


def test_without_recall_the_turn_speaks_for_itself():
    read = read_last(NEWS, LETTER)
    assert (read.emotion, read.intensity) == ("neutral", 0.3)
    assert not read.target.any()
    assert read_last(NEWS).target == pytest.approx(0.8 * np.array(VAD["joy"]))


@pytest.mark.parametrize(("emotion", "called"), [("joy", "joy"), ("sadness", "concern"), ("disgust", "disgust")])
def test_neutral_words_are_read_by_what_they_bring_back(emotion, called):
    read = read_last(NEWS | {"emotion": emotion}, LETTER | {"recalls": ["t1"]})
    assert (read.emotion, read.intensity) == (called, 0.8)
    assert read.target == pytest.approx(RECALLED_BY_CUE * 0.8 * np.array(VAD[called]))


def test_emotional_words_keep_most_of_their_own():
    read = read_last(NEWS, LETTER | {"emotion": "fear", "intensity": 0.5, "recalls": ["t1"]})
    assert (read.emotion, read.intensity) == ("fear", 0.5)
    own, old = 0.5 * np.array(VAD["fear"]), 0.8 * np.array(VAD["joy"])
    assert read.target == pytest.approx((1 - RECALLED) * own + RECALLED * old)


def test_the_strongest_of_several_gives_the_class():
    calm = NEWS | {"id": "t0", "emotion": "relief", "intensity": 0.4}
    read = read_last(calm, NEWS, LETTER | {"recalls": ["t0", "t1"]})
    assert (read.emotion, read.intensity) == ("joy", 0.8)


def test_a_cue_may_bring_back_a_cue():
    chain = read_last(NEWS, LETTER | {"recalls": ["t1"]}, LETTER | {"id": "t3", "recalls": ["t2"]})
    assert chain.emotion == "joy"
    assert chain.target[0] == pytest.approx(RECALLED_BY_CUE**2 * 0.8 * VAD["joy"][0])


@pytest.mark.parametrize("pair", PAIRS)
def test_the_two_of_a_pair_read_the_same_cue_oppositely(pair):
    first, second = PAIRS[pair]
    assert cue(first).text == cue(second).text
    assert taken(cue(first)) == taken(cue(second)) == "neutral"
    one, other = (reading(dialogue(clip), cue(clip)) for clip in (first, second))
    assert one.target[0] * other.target[0] < 0
    assert abs(one.target[0] - other.target[0]) > 0.4
    assert one.emotion != other.emotion

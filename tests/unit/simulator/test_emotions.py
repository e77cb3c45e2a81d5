"""Words for feelings: each word's place bears its name, weak ones too, and rest has none."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.simulator.emotions import NEUTRAL_ZONE, VAD, emotion_of, emotion_runs
from echo_bench.simulator.people import read_people
from tests.unit.simulator.content import CLIPS, performance

STATES = st.lists(st.tuples(*[st.floats(-1, 1)] * 3), min_size=1, max_size=20)


@pytest.mark.parametrize("strength", [1.0, 0.6])
def test_each_word_is_its_own(strength):
    assert emotion_of(strength * np.array(list(VAD.values()))) == [
        word if strength * np.linalg.norm(place) > NEUTRAL_ZONE else "neutral" for word, place in VAD.items()
    ]


def test_everybody_rests_in_the_neutral_zone():
    assert set(emotion_of([person.personality.baseline for person in read_people().values()])) == {"neutral"}


@given(STATES)
def test_the_word_is_the_nearest_by_direction(states):
    """The independent form: of all emotional words' rays from the origin, none passes nearer to the state."""
    for state, word in zip(np.array(states), emotion_of(states), strict=True):
        if word == "neutral":
            assert np.linalg.norm(state) <= NEUTRAL_ZONE
            continue
        cosine = {w: state @ place / np.linalg.norm(place) for w, place in VAD.items() if w != "neutral"}
        assert cosine[word] == pytest.approx(max(cosine.values()))


@given(STATES)
def test_runs_hold_every_frame(states):
    runs = emotion_runs(states)
    assert [word for word, frames in runs for _ in range(frames)] == emotion_of(states)
    assert all(a[0] != b[0] for a, b in pairwise(runs))


@pytest.mark.parametrize(
    ("clip", "side", "words"),
    [
        ("demo-good-news", "avatar", {"joy", "amusement", "affection"}),
        ("demo-bad-news", "avatar", {"concern", "sadness", "fear"}),
    ],
)
def test_news_makes_the_hearer_feel_as_it_should(clip, side, words):
    assert clip in CLIPS
    felt = set(emotion_of(performance(clip).affect[side])) - {"neutral"}
    assert felt & words

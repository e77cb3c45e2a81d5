"""Personality: drawn from the name alone, over the stated range, and not to be read off the face."""

import numpy as np
import pytest
from scipy.stats import kstest, pearsonr

from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import draw_personality, read_people

MANY = [draw_personality(f"nobody {k}") for k in range(10_000)]
LOOKS = {
    "age": lambda face: face.age,
    "sex": lambda face: float(face.female),
    "skin": lambda face: face.ethnicity[0],
    "size of the shape": lambda face: sum(abs(weight) for _, weight in face.shape),
}


@pytest.mark.parametrize(("trait", "law"), [("expressiveness", (0.6, 0.7)), ("agreeableness", (0.0, 1.0))])
def test_traits_spread_evenly(trait, law):
    assert kstest([getattr(one, trait) for one in MANY], "uniform", law).statistic <= 0.03


def test_traits_do_not_depend_on_each_other():
    assert abs(pearsonr(*zip(*((p.expressiveness, p.agreeableness) for p in MANY), strict=True)).statistic) < 0.03


def test_people_have_the_personality_of_their_name():
    assert all(person.personality == draw_personality(name) for name, person in read_people().items())


@pytest.fixture(scope="module")
def cast():
    return [(person.personality, identity(person.face)) for person in read_people().values()]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("trait", ["expressiveness", "agreeableness"])
def test_looks_say_nothing_about_the_personality(cast, look, trait):
    """Over the whole cast no correlation that chance would not give once in ten times."""
    looks = [LOOKS[look](face) for _, face in cast]
    assert np.std(looks) > 0
    assert pearsonr(looks, [getattr(personality, trait) for personality, _ in cast]).pvalue > 0.1

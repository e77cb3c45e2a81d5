"""Feelings: they follow what is said, pass over, persist a little, and come back when recalled."""

import numpy as np
import pytest

from echo_bench.simulator.affect import CONTAGION_DELAY, VAD, Appraisal, appraisals, feel
from echo_bench.simulator.people import Person, Personality
from echo_bench.simulator.speech import FPS
from tests.unit.simulator.content import CLIPS, cast, dialogue, performance, speech


def person(agreeableness=0.0, expressiveness=1.0):
    return Person("nobody", 0, "none", Personality(expressiveness, agreeableness, (0.0, 0.0, 0.0)))


JOY = Appraisal("user", 1.0, 2.5, VAD["joy"], "t1")


def test_emotion_is_reached_then_decays_and_leaves_a_mood():
    state = feel([JOY], {"user": person(), "avatar": person()}, 750)["user"]
    assert state[int(2.5 * FPS) - 1, 0] > 0.8 * VAD["joy"][0]
    later = state[[100, 200, 400, 749], 0]
    assert (np.diff(later) < 0).all()
    assert later[2] > 0.01, "a trace of it persists for 16 s"


def test_a_step_agrees_with_the_closed_form():
    """Without contagion and baseline, while there is hardly a mood yet: decay at 1 / PULL + 1 / FAST towards the balance."""
    from echo_bench.simulator.affect import FAST, PULL

    state = feel([JOY], {"user": person(), "avatar": person()}, 40)["user"][:, 0]
    rate = 1 / PULL + 1 / FAST
    steps = np.arange(1, 16)
    expected = VAD["joy"][0] / PULL / rate * (1 - (1 - rate / FPS) ** steps)
    assert state[25:40] == pytest.approx(expected, rel=0.05)


def test_faces_are_contagious_late_and_for_the_agreeable():
    cold = feel([JOY], {"user": person(), "avatar": person(0.0)}, 100)["avatar"]
    warm = feel([JOY], {"user": person(), "avatar": person(1.0)}, 100)["avatar"]
    assert not cold.any()
    assert warm[99, 0] > 0.05
    assert not warm[: int((1.0 + CONTAGION_DELAY) * FPS) - 1].any()


@pytest.mark.parametrize("clip", CLIPS)
def test_states_stay_in_range(clip):
    for state in performance(clip).affect.values():
        assert np.abs(state).max() <= 1.0


def test_good_news_lifts_and_bad_news_lowers():
    good = performance("demo-good-news").affect["avatar"][:, 0]
    bad = performance("demo-bad-news").affect["avatar"][:, 0]
    assert good[80] > 0.3
    assert bad[80] < -0.15


def test_a_recalled_turn_changes_how_the_present_one_is_taken():
    """The long-range part: cut the recall, and the hearer of the same words feels otherwise."""
    clip = "train-joke-recalled"
    whole, people = dialogue(clip), cast(clip)
    cut = whole.model_copy(update={"turns": tuple(turn.model_copy(update={"recalls": ()}) for turn in whole.turns)})
    felt, plain = (feel(appraisals(d, speech(clip), people, 0), people, speech(clip).frames) for d in (whole, cut))
    assert np.abs(felt["avatar"] - plain["avatar"]).max() > 0.02
    assert np.abs(felt["user"] - plain["user"]).max() > 0.02


def test_bad_news_dampens_small_talk_long_after():
    """Twelve seconds on, the listener is less glad of the same words than if the news had never come."""
    clip = "train-bad-news"
    people = cast(clip)
    pulls = appraisals(dialogue(clip), speech(clip), people, 0)
    frames = speech(clip).frames
    told = feel(pulls, people, frames)["avatar"]
    untold = feel([pull for pull in pulls if pull.turn not in {"t1", "t2"}], people, frames)["avatar"]
    moment = int(speech(clip).turns["t5"][0] * FPS)
    assert told[moment, 0] < untold[moment, 0] - 0.02


def test_moods_colour_what_comes_next():
    """After bad news the same joy reaches less high, though the pull towards it is as strong."""
    bad = Appraisal("user", 1.0, 5.0, VAD["sadness"], "t0")
    joy = Appraisal("user", 9.0, 13.0, VAD["joy"], "t1")
    cast = {"user": person(), "avatar": person()}
    glad, gladder = (feel(pulls, cast, 13 * 25)["user"][-1, 0] for pulls in ([bad, joy], [joy]))
    assert glad < gladder - 0.08

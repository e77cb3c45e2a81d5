"""Feelings: they follow what is said, pass over, persist a little, and come back when recalled."""

import numpy as np
import pytest
from scipy.stats import kstest

from echo_bench.simulator.affect import CONTAGION_DELAY, HELD, LATENCY, SIZE, Appraisal, appraisals, feel
from echo_bench.simulator.emotions import VAD
from echo_bench.simulator.people import Person, Personality
from echo_bench.simulator.reading import reading
from echo_bench.simulator.speech import FPS
from tests.unit.simulator.content import CLIPS, LONG, cast, cue, dialogue, performance, speech


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


def felt(clip, without=()):
    """What the avatar feels, had the turns `without` neither been said nor been recalled."""
    whole, people = dialogue(clip), cast(clip)
    turns = [turn.model_copy(update={"recalls": tuple(set(turn.recalls) - set(without))}) for turn in whole.turns]
    pulls = appraisals(whole.model_copy(update={"turns": tuple(turns)}), speech(clip), people, 0)
    return feel([pull for pull in pulls if pull.turn not in without], people, speech(clip).frames)["avatar"]


def test_feelings_follow_messages_by_the_stated_laws():
    """Through the whole rule: latency, hold and size of 10,000 pulls of what the partner said."""
    clip = "demo-good-news"
    where, people = dialogue(clip), cast(clip)
    read = {turn.id: reading(where, turn).target for turn in where.turns}
    sympathy = {side: 0.6 + 0.4 * who.personality.agreeableness for side, who in people.items()}
    latencies, holds, sizes = [], [], []
    for seed in range(4000):
        for pull in appraisals(where, speech(clip), people, seed):
            if pull.who != where.turn(pull.turn).who:
                latencies.append(pull.start - speech(clip).landing(where, pull.turn))
                holds.append(pull.end - pull.start)
                sizes.append(pull.target[0] / read[pull.turn][0] / sympathy[pull.who])
    assert len(latencies) >= 10_000
    assert kstest(latencies[:10_000], LATENCY.cdf).statistic <= 0.03
    assert kstest(holds[:10_000], HELD.cdf).statistic <= 0.03
    assert kstest(sizes[:10_000], "uniform", (SIZE[0], SIZE[1] - SIZE[0])).statistic <= 0.03


def after_cue(clip, state):
    """Valence from where the cue lands, less what it was there."""
    frame = int(speech(clip).landing(dialogue(clip), cue(clip).id) * FPS)
    return state[frame:, 0] - state[frame, 0]


@pytest.mark.slow
def test_cues_move_their_hearers_clearly_and_for_long():
    """The weakest is a pleasant surprise, told to somebody who is not easily moved."""
    directions = {clip: np.sign(reading(dialogue(clip), cue(clip)).target[0]) for clip in LONG}
    changes = {clip: direction * after_cue(clip, felt(clip)) for clip, direction in directions.items()}
    soon = {clip: change[50] for clip, change in changes.items()}
    lasting = {clip: change[50:125].mean() for clip, change in changes.items()}
    assert min(soon.values()) > 0.05, min(soon, key=lambda clip: soon[clip])
    assert min(lasting.values()) > 0.1, min(lasting, key=lambda clip: lasting[clip])
    assert np.median(list(soon.values())) > 0.2
    assert np.median(list(lasting.values())) > 0.2


@pytest.mark.parametrize("clip", [clip for clip in CLIPS if clip in LONG])
def test_who_missed_the_beginning_feels_nothing_at_the_cue(clip):
    """The long-range part: cut what is recalled, and the hearer of the same words does not react before it is said how to feel."""
    whole, cut = (after_cue(clip, felt(clip, without))[30] for without in ((), cue(clip).recalls))
    assert abs(whole) > 0.12
    assert abs(cut) < 0.03


def test_moods_persist_long_after():
    """Twelve seconds on, the listener is less glad of the same words than if the bad news had never come."""
    bad = Appraisal("user", 1.0, 5.0, VAD["sadness"], "t0")
    told, untold = (feel(pulls, {"user": person(), "avatar": person()}, 425)["user"] for pulls in ([bad], []))
    assert told[424, 0] < untold[424, 0] - 0.02


def test_a_known_partner_stays_as_they_are_and_is_felt():
    known = np.tile([0.5, 0.2, 0.1], (100, 1))
    cast = {"user": person(), "avatar": person(1.0)}
    states = feel([JOY], cast, 100, {"user": known})
    assert (states["user"] == known).all()
    assert states["avatar"][99, 0] > 0.1
    both = feel([JOY], cast, 100)
    again = feel([JOY], cast, 100, {"user": both["user"]})
    assert again["avatar"] == pytest.approx(both["avatar"], abs=1e-12)


def test_moods_colour_what_comes_next():
    """After bad news the same joy reaches less high, though the pull towards it is as strong."""
    bad = Appraisal("user", 1.0, 5.0, VAD["sadness"], "t0")
    joy = Appraisal("user", 9.0, 13.0, VAD["joy"], "t1")
    cast = {"user": person(), "avatar": person()}
    glad, gladder = (feel(pulls, cast, 13 * 25)["user"][-1, 0] for pulls in ([bad, joy], [joy]))
    assert glad < gladder - 0.08

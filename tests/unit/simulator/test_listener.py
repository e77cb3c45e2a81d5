"""Reactions: after their cue, by the stated latency, of the class that the message calls for, as the person is."""

import numpy as np
import pytest
from scipy.stats import kstest

from echo_bench.simulator.draws import stream
from echo_bench.simulator.listener import LATENCY, Cue, cues, low_pitch, phrase_ends, react
from echo_bench.simulator.people import Personality
from echo_bench.simulator.speech import SideSpeech
from tests.unit.simulator.content import CLIPS, SIDES, cue, dialogue, performance, speech


def calls(reason, emotion="neutral", n=1):
    """Cues far apart, so that nothing is left out for being too near."""
    return [Cue(10.0 * k, reason, "t1", emotion, 1.0) for k in range(n)]


def person(agreeableness, expressiveness=1.0):
    return Personality(expressiveness, agreeableness, (0.0, 0.0, 0.0))


def spoken(words=(), pitch=()):
    return SideSpeech(voice="v", words=words, phones=(), loudness=(), pitch=pitch)


@pytest.mark.parametrize(
    ("act", "reason", "emotion"),
    [
        ("nod", "phrase-end", "neutral"),
        ("smile", "key-word", "amusement"),
        ("frown", "key-word", "anger"),
        ("brow-raise", "key-word", "surprise"),
        ("laugh", "partner-laugh", "amusement"),
    ],
)
def test_latencies_follow_the_stated_law(act, reason, emotion):
    """Through the whole rule."""
    found = calls(reason, emotion, 16_000)
    events = [event for event in react(stream("l", act), "avatar", found, person(1.0), []) if event.act == act]
    latencies = [event.latency for event in events][:10_000]
    assert len(latencies) == 10_000
    assert kstest(latencies, LATENCY[act].cdf).statistic <= 0.03


def test_agreeable_people_react_more_and_expressive_ones_more_strongly():
    found = calls("phrase-end", n=2000)
    cold, warm = (react(stream("p"), "avatar", found, person(a), []) for a in (0.0, 1.0))
    assert len(cold) / 2000 == pytest.approx(0.25, abs=0.03)
    assert len(warm) / 2000 == pytest.approx(0.75, abs=0.03)
    weak, strong = (react(stream("p"), "avatar", found, person(0.5, e), []) for e in (0.6, 1.2))
    assert np.mean([e.intensity for e in strong]) == pytest.approx(2 * np.mean([e.intensity for e in weak]))


def test_nobody_nods_while_speaking():
    found = calls("phrase-end", n=50)
    assert not react(stream("q"), "avatar", found, person(1.0), [(0.0, 600.0)])


def test_nobody_laughs_with_words_in_the_mouth():
    found = calls("partner-laugh", "amusement", 200)
    own = [(10.0 * k + 1.5, 10.0 * k + 3.0) for k in range(200)]
    acts = [event for event in react(stream("r"), "avatar", found, person(1.0), own) if event.act == "laugh"]
    assert all(event.end <= 10.0 * k + 1.5 for event in acts for k in range(200) if event.cause.time == 10.0 * k)
    free = react(stream("r"), "avatar", found, person(1.0), [])
    assert sum(event.act == "laugh" for event in free) > len(acts) + 20


def test_only_laughs_that_are_meant_well_are_shared():
    acts = {event.act for event in react(stream("s"), "avatar", calls("partner-laugh", "anger", 100), person(1.0), [])}
    assert acts == {"frown"}


@pytest.mark.parametrize("clip", ["ood-pair-attic-a", "ood-pair-attic-b"])
def test_the_cue_calls_for_what_it_brings_back(clip):
    offered = cues(dialogue(clip), speech(clip), "user")
    (landed,) = [found for found in offered if found.turn == cue(clip).id and found.reason == "key-word"]
    assert landed.emotion == {"a": "affection", "b": "disgust"}[clip[-1]]
    assert landed.intensity == 0.8


def test_phrases_end_at_pauses_and_at_the_end():
    words = ((0.0, 0.3, "one", "t1"), (0.35, 0.6, "two", "t1"), (0.9, 1.2, "three", "t1"), (2.0, 2.2, "four", "t2"))
    assert phrase_ends(spoken(words), "t1") == [0.6, 1.2]


def test_low_pitch_needs_to_last_and_speech_before_it():
    high, low = [200] * 20, [100] * 3
    assert low_pitch(spoken(pitch=tuple(high + low + high)), 0.0, 2.0) == [pytest.approx(0.92)]
    assert low_pitch(spoken(pitch=tuple(high + low[:2] + high)), 0.0, 2.0) == []
    assert low_pitch(spoken(pitch=tuple(high[:10] + low + high)), 0.0, 2.0) == []
    assert low_pitch(spoken(pitch=(0,) * 30), 0.0, 2.0) == []


@pytest.mark.parametrize("clip", CLIPS)
def test_every_reaction_has_its_cue_in_the_partners_speech(clip):
    done = performance(clip)
    for side in SIDES:
        partner = SIDES[1 - SIDES.index(side)]
        offered = {(found.time, found.reason) for found in cues(dialogue(clip), speech(clip), partner)}
        reactions = [e for e in done.events if e.who == side and e.act in LATENCY and "own" not in e.cause.reason]
        assert {(e.cause.time, e.cause.reason) for e in reactions} <= offered
        assert all(event.latency > 0 for event in reactions)


def test_content_calls_for_the_right_class():
    acts = {clip: {e.act for e in performance(clip).events if e.who == "avatar"} for clip in CLIPS}
    assert "frown" in acts["demo-bad-news"] | acts["demo-complaint"]
    assert "smile" not in acts["demo-bad-news"]
    assert "frown" not in acts["demo-good-news"] | acts["demo-teasing"]
    assert {"smile", "brow-raise"} & acts["demo-good-news"]

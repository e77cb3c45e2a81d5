"""Other reactions: right ones by the same rules, wrong ones wrong in the stated way, all with the lips on the words."""

from functools import cache

import numpy as np
import pytest

from echo_bench.simulator.behaviour import perform
from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.emotions import VAD
from echo_bench.simulator.listener import SPECIFIC, cues
from echo_bench.simulator.reactions import OPPOSITE, sample
from tests.unit.simulator.content import cue, performance, scene

OTHER = "test-comfort-01"
LABELS = ("appropriate", "wrong-affect", "wrong-timing", "other-context")
PAIR = ("ood-pair-attic-a", "ood-pair-attic-b")


@cache
def reaction(clip, label, seed=1):
    return sample(scene(clip), label, seed, scene(OTHER) if label == "other-context" else None)


def answered(made):
    return [event for event in made.events if event.cause.reason in {"key-word", "phrase-end", "low-pitch"}]


def test_with_the_recorded_chance_the_recorded_reaction_comes_out():
    again = sample(scene(PAIR[0]), "appropriate", 0)
    done = performance(PAIR[0])
    assert again.motion.tobytes() == done.motion["avatar"].tobytes()
    assert again.affect.tobytes() == done.affect["avatar"].tobytes()
    assert again.events == tuple(event for event in done.events if event.who == "avatar")


@pytest.mark.parametrize("label", LABELS)
@pytest.mark.parametrize("clip", [*PAIR, "demo-teasing"])
def test_lips_are_on_the_words_of_this_clip(clip, label):
    made, frames = reaction(clip, label), np.zeros(len(performance(clip).motion["avatar"]), bool)
    times = scene(clip).speech.frame_times()
    for start, end in scene(clip).own("avatar"):
        frames |= (times >= start) & (times < end)
    jaws = [motion[frames, COLUMN["jawOpen"]] for motion in (made.motion, performance(clip).motion["avatar"])]
    assert np.corrcoef(*jaws)[0, 1] > 0.97


@pytest.mark.parametrize("label", LABELS)
def test_equal_seeds_give_equal_bytes_and_others_do_not(label):
    sample_again = sample(scene(PAIR[0]), label, 1, scene(OTHER) if label == "other-context" else None)
    assert sample_again.motion.tobytes() == reaction(PAIR[0], label).motion.tobytes()
    assert reaction(PAIR[0], label, 2).motion.tobytes() != sample_again.motion.tobytes()


@pytest.mark.parametrize("label", LABELS)
def test_a_reaction_is_shaped_like_the_recorded_one(label):
    made, done = reaction(PAIR[0], label), performance(PAIR[0])
    assert made.motion.shape == done.motion["avatar"].shape
    assert made.affect.shape == done.affect["avatar"].shape
    assert made.motion.dtype == made.affect.dtype == np.float32
    assert all(event.who == "avatar" and 0 <= event.start < event.end for event in made.events)
    assert made.other == (OTHER if label == "other-context" else None)


def test_every_emotion_has_an_opposite():
    for emotion, opposite in OPPOSITE.items():
        assert VAD[emotion][0] * VAD[opposite][0] < 0 or emotion == opposite == "neutral"


@pytest.mark.parametrize("clip", PAIR)
def test_wrong_affect_takes_the_cue_the_other_way(clip):
    where = scene(clip)
    frame = int(25 * where.speech.landing(where.dialogue, cue(clip).id))
    right, wrong = (reaction(clip, label).affect[:, 0] for label in ("appropriate", "wrong-affect"))
    right, wrong = (x[frame + 30] - x[frame] for x in (right, wrong))
    assert right * wrong < 0
    assert abs(wrong) > 0.1


@pytest.mark.parametrize("clip", [*PAIR, "demo-teasing"])
def test_wrong_affect_answers_with_the_opposite_class(clip):
    calls = {found.turn: found.emotion for found in cues(scene(clip).dialogue, scene(clip).speech, "user")}
    for event in answered(reaction(clip, "wrong-affect")):
        if event.cause.reason == "key-word":
            assert event.act in SPECIFIC[OPPOSITE[calls[event.cause.turn]]]


@pytest.mark.parametrize("clip", PAIR)
def test_wrong_timing_is_the_right_reaction_late(clip):
    """The acts of the same draws, all moved by one delay; what would fall behind the end happens at the beginning."""
    duration = scene(clip).speech.duration
    right, late = (answered(reaction(clip, label)) for label in ("appropriate", "wrong-timing"))
    assert len(right) == len(late) > 5
    lates = {(event.act, event.cause): event for event in late}
    moved = [(lates[event.act, event.cause].start - event.start) % duration for event in right]
    assert max(moved) - min(moved) < 1e-6
    assert 3.0 <= moved[0] <= 6.0


def test_other_context_is_what_the_same_person_would_do_elsewhere():
    here, there = scene(PAIR[0]), scene(OTHER)
    people = {"user": there.cast["user"], "avatar": here.cast["avatar"]}
    elsewhere = perform(there.dialogue, there.speech, people, seed=1)
    made = reaction(PAIR[0], "other-context")
    frames = min(here.speech.frames, there.speech.frames)
    assert made.affect[:frames] == pytest.approx(elsewhere.affect["avatar"][:frames])
    assert made.affect[frames:] == pytest.approx(elsewhere.affect["avatar"][: len(made.affect) - frames])
    acts = {event for event in elsewhere.events if event.who == "avatar"}
    assert {event for event in answered(made) if event.start < there.speech.duration} <= acts
    stresses = [event.cause.time for event in made.events if event.act == "beat"]
    assert stresses
    assert all(any(start <= time < end for start, end in here.own("avatar")) for time in stresses)


@pytest.mark.parametrize("label", LABELS)
def test_nobody_laughs_with_words_in_the_mouth(label):
    for seed in (1, 2, 3):
        for event in reaction("demo-teasing", label, seed).events:
            if event.act == "laugh" and event.cause.reason != "own-laugh":
                assert not any(
                    event.start < end and begin < event.end for begin, end in scene("demo-teasing").own("avatar")
                )

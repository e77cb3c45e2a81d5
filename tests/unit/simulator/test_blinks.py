"""Blinks: the stated law of intervals, faster in speech, shut on screen."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest

from echo_bench.simulator import blinks
from echo_bench.simulator.blinks import INTERVAL, LISTENING_RATE, SPEAKING_RATE, add_blinks, blink_events
from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.draws import stream
from tests.unit.simulator.content import CLIPS, performance

HOURS = np.arange(12 * 3600) + 0.5  # the state does not change here, so one step a second is as good as 25


@pytest.fixture(scope="module")
def listening():
    return blink_events(stream("test"), "user", HOURS, np.zeros(len(HOURS), bool))


def test_intervals_of_the_process_follow_the_stated_law(listening):
    intervals = np.diff([event.start for event in listening])
    assert len(intervals) >= 10_000
    assert kstest(intervals[:10_000], INTERVAL.cdf).statistic <= 0.03


def test_intervals_in_speech_follow_the_same_law_on_a_faster_clock():
    events = blink_events(stream("speech"), "user", HOURS, np.ones(len(HOURS), bool))
    intervals = np.diff([event.start for event in events]) * SPEAKING_RATE / LISTENING_RATE
    assert kstest(intervals[:10_000], INTERVAL.cdf).statistic <= 0.03


@pytest.mark.parametrize(("speaks", "per_minute"), [(False, 17.0), (True, 26.0)])
def test_rates_are_those_of_the_reference(speaks, per_minute):
    events = blink_events(stream("rate"), "user", HOURS, np.full(len(HOURS), speaks))
    assert len(events) / (HOURS[-1] / 60) == pytest.approx(per_minute, rel=0.03)


def test_each_blink_follows_from_the_one_before(listening):
    for before, event in pairwise(listening):
        assert event.cause.time == before.start
        assert event.latency > 0


def test_a_blink_shuts_for_a_frame_wherever_it_falls():
    """At 25 fps a blink may begin anywhere between two frames; it must still be seen."""
    times = (np.arange(50) + 0.5) / 25
    for onset in np.linspace(0.5, 0.54, 9):
        motion = np.zeros((50, 61))
        length = blinks.CLOSING + blinks.SHUT + blinks.OPENING
        event = blinks.Event("user", "blink", onset, onset + length, 1.0, blinks.Cause("last-blink", 0.0))
        add_blinks(motion, times, [event])
        lids = motion[:, COLUMN["eyeBlinkLeft"]]
        assert lids.max() > 0.97
        assert lids[times < onset].max() == 0
        assert lids[times > onset + length].max() == 0


@pytest.mark.parametrize("clip", CLIPS)
def test_motion_shows_the_blinks_of_the_events_and_no_others(clip):
    done = performance(clip)
    for side, motion in done.motion.items():
        shut = motion[:, COLUMN["eyeBlinkRight"]] > 0.8
        onsets = np.flatnonzero(shut & ~np.concatenate([[False], shut[:-1]])) / 25
        stated = [event.start for event in done.events if event.who == side and event.act == "blink"]
        for onset in onsets:
            assert min(abs(onset - start) for start in stated) < 0.16
        seen = [start for start in stated if start < len(motion) / 25 - 0.2]
        apart = [b - a > 0.3 for a, b in pairwise(seen)]
        if all(apart):
            assert abs(len(onsets) - len(stated)) <= 1

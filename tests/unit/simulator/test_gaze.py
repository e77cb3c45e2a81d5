"""Eyes: on the partner but for stated looks away, back at the end of a turn, steady while the head moves."""

from itertools import pairwise

import numpy as np
import pytest
from scipy.stats import kstest

from echo_bench.simulator import gaze
from echo_bench.simulator.curves import COLUMN
from echo_bench.simulator.draws import stream
from echo_bench.simulator.gaze import PLANNING_LEAD, add_gaze, aversion_events, gaze_track
from tests.unit.simulator.content import CLIPS, performance

AWAY = np.radians(5.0)


def in_camera(motion):
    """Yaw and pitch of the line of sight in camera coordinates."""
    yaw = motion[:, COLUMN["gazeYaw"]] + motion[:, COLUMN["yaw"]]
    return np.stack([yaw, motion[:, COLUMN["gazePitch"]] + motion[:, COLUMN["pitch"]]], axis=1)


@pytest.mark.parametrize("clip", CLIPS)
def test_looks_away_are_stated_and_all_else_is_mutual_gaze(clip):
    done = performance(clip)
    for side, motion in done.motion.items():
        times = (np.arange(len(motion)) + 0.5) / 25
        away = np.abs(in_camera(motion)).max(axis=1) > AWAY
        stated = np.zeros(len(times), bool)
        for event in done.events:
            if event.who == side and event.act == "gaze-aversion":
                stated |= (times >= event.start - 0.01) & (times <= event.end + 0.1)
                core = (times > event.start + 0.1) & (times < event.end)
                assert away[core].all()
        assert not (away & ~stated).any()


def test_speakers_look_away_more_often_than_listeners():
    speaks = aversion_events(stream("a"), "user", [("t", 1.0, 2000.0)], 2000.0)
    listens = aversion_events(stream("a"), "user", [], 2000.0)
    share = [sum(event.end - event.start for event in events) / 2000 for events in (speaks, listens)]
    assert share[0] == pytest.approx(1.9 / 6.6, abs=0.04)
    assert share[1] == pytest.approx(1.1 / 8.1, abs=0.03)


@pytest.mark.parametrize(
    ("speaks", "gap", "length"),
    [
        (False, gaze.LISTENING_GAP, gaze.LISTENING_LENGTH),
        (True, gaze.SPEAKING_GAP, gaze.SPEAKING_LENGTH),
    ],
)
def test_looks_away_and_the_time_between_follow_the_stated_laws(speaks, gap, length):
    """Through the whole rule, in one stretch that is long enough not to censor any of them."""
    turns = [("t", 0.0, 1e6)] if speaks else []
    events = aversion_events(stream("f"), "user", turns, 110_000.0)
    events = [event for event in events if event.cause.reason == "last-mutual-gaze"]
    assert len(events) > 10_000
    assert kstest([event.latency for event in events[:10_000]], gap.cdf).statistic <= 0.03
    assert kstest([event.end - event.start for event in events[:10_000]], length.cdf).statistic <= 0.03


def test_planned_looks_last_as_stated():
    turns = [(f"t{k}", 10.0 * k + 5.0, 10.0 * k + 8.0) for k in range(18_000)]
    events = aversion_events(stream("g"), "user", turns, 6.0)
    lengths = [event.end - event.start for event in events if event.cause.reason == "turn-start"]
    assert len(lengths) > 10_000
    assert kstest(lengths[:10_000], gaze.PLANNING_LENGTH.cdf).statistic <= 0.03


def test_turns_end_with_a_look_at_the_partner():
    turns = [(f"t{k}", 6.0 * k + 1.0, 6.0 * k + 4.0) for k in range(200)]
    events = aversion_events(stream("b"), "user", turns, 1202.0)
    free = [event for event in events if event.cause.reason == "last-mutual-gaze"]
    assert free
    assert not any(event.start < end < event.end for event in free for _, _, end in turns)


def test_planned_looks_precede_their_turn():
    turns = [(f"t{k}", 10.0 * k + 5.0, 10.0 * k + 8.0) for k in range(100)]
    planned = [e for e in aversion_events(stream("c"), "user", turns, 1005.0) if e.cause.reason == "turn-start"]
    assert 40 < len(planned) < 80
    assert all(event.latency == pytest.approx(-PLANNING_LEAD) for event in planned)


def test_looks_away_do_not_overlap():
    turns = [(f"t{k}", 5.0 * k + 2.0, 5.0 * k + 4.0) for k in range(300)]
    events = aversion_events(stream("d"), "user", turns, 1500.0)
    assert all(a.end <= b.start for a, b in pairwise(events))


def test_eyes_make_up_for_the_head():
    times = (np.arange(100) + 0.5) / 25
    line_of_sight, _ = gaze_track(stream("e"), times, [])
    motion = np.zeros((100, 61))
    motion[:, COLUMN["yaw"]] = np.linspace(-0.2, 0.2, 100)
    add_gaze(motion, line_of_sight)
    assert in_camera(motion) == pytest.approx(line_of_sight)
    left, right = motion[:, COLUMN["eyeLookOutLeft"]], motion[:, COLUMN["eyeLookOutRight"]]
    assert left[0] > right[0], (
        "the head turns to the image's left, the eyes to its right, where the person's left eye is"
    )
    assert right[-1] > left[-1]

"""Truth on disk: what comes back is what was written, to the hundredth and the millisecond."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from echo_bench.simulator.emotions import emotion_of
from echo_bench.simulator.events import Cause, Event
from echo_bench.simulator.truth import SIDES, read_truth, write_truth
from tests.unit.simulator.content import performance

STATES = arrays(np.float32, (7, 3), elements=st.floats(-1, 1, width=32))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("truth")


@given(user=STATES, avatar=STATES)
def test_feelings_come_back(folder, user, avatar):
    affect = {"user": user, "avatar": avatar}
    write_truth(folder / "a.json", affect, [])
    back = read_truth(folder / "a.json")
    for side in SIDES:
        assert back.affect[side].dtype == np.float32
        assert back.affect[side] == pytest.approx(affect[side], abs=0.00501)
        assert list(back.emotion[side]) == emotion_of(np.rint(affect[side] * 100).astype(int) / 100)


def test_events_come_back_in_order_of_time(folder):
    calm = dict.fromkeys(SIDES, np.zeros((2, 3), np.float32))
    late = Event("user", "nod", 2.0004, 2.5, 0.8, Cause("phrase-end", 1.6, "t1"))
    early = Event("avatar", "blink", 0.3, 0.5, 1.0, Cause("last-blink", 0.0))
    write_truth(folder / "b.json", calm, [late, early])
    first, second = read_truth(folder / "b.json").events
    assert first == early
    assert second.row() == ("nod", 2.0, 2.5, 0.8, "phrase-end", 1.6, "t1")
    assert second.who == "user"


def test_a_performance_comes_back(folder):
    done = performance("demo-teasing")
    write_truth(folder / "c.json", done.affect, done.events)
    back = read_truth(folder / "c.json")
    assert [event.row() for event in back.events] == [event.row() for event in done.events]
    assert {len(back.emotion[side]) for side in SIDES} == {150}
    before = (folder / "c.json").read_bytes()
    write_truth(folder / "c.json", back.affect, back.events)
    assert (folder / "c.json").read_bytes() == before

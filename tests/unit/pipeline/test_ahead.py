"""Decoding ahead changes neither what comes nor its order, holds a bounded number of frames, and ends with whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from echo_bench.clip import VideoRef
from echo_bench.extractor import InputSpec
from echo_bench.extractors import EXTRACTORS
from echo_bench.media.decode import frames
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.pipeline import extract as passes
from echo_bench.pipeline.ahead import ahead
from echo_bench.pipeline.extract import extract
from echo_bench.pipeline.jobs import extractor, video_job
from echo_bench.pipeline.store import FeatureStore
from tests.footage import pattern


@given(st.lists(st.integers()), st.integers(1, 20))
def test_every_item_in_order(items, depth):
    assert list(ahead(iter(items), depth)) == items


def test_at_most_so_many_are_held():
    made = []

    def steps() -> Iterator[int]:
        for item in range(20):
            made.append(item)
            yield item

    for used, item in enumerate(ahead(steps(), 3), 1):
        assert item == used - 1
        assert len(made) <= used + 3


def test_an_error_comes_in_its_place():
    def steps() -> Iterator[int]:
        yield 1
        raise ValueError("of the source")

    found = ahead(steps(), 4)
    assert next(found) == 1
    with pytest.raises(ValueError, match="of the source"):
        next(found)


def test_the_thread_ends_when_nobody_listens():
    before = threading.active_count()
    found = ahead(iter(range(100)), 4)
    next(found)
    assert threading.active_count() == before + 1
    found.close()
    assert threading.active_count() == before


class Seen:
    """Keeps every pixel, and which thread brought it."""

    name, version, weights = "seen", "1", ""
    spec = InputSpec("frames")

    def begin(self, ref):
        return SeenSession()


class SeenSession:
    def __init__(self):
        self.rows = []

    def push(self, frame):
        assert threading.current_thread() is threading.main_thread()
        self.rows.append(frame)

    def finish(self):
        return {"frames": np.stack(self.rows)}


@pytest.fixture
def seen(monkeypatch, tmp_path):
    """A job that keeps the frames of a video of 40 frames."""
    table = {"seen": (f"{__name__}:Seen", "a test")}
    monkeypatch.setattr(EXTRACTORS, "_targets", EXTRACTORS._table() | table)
    extractor.cache_clear()
    path = write_video(tmp_path / "a.mp4", pattern(3, 40))
    yield video_job("seen", VideoRef(path, file_sha256(path)))
    extractor.cache_clear()


@pytest.mark.parametrize("room", [1, 5 * 64 * 64 * 3, 2**30])
def test_frames_are_those_of_the_decoder_however_far_ahead(seen, tmp_path, monkeypatch, room):
    monkeypatch.setattr(passes, "AHEAD_BYTES", room)
    store = FeatureStore(tmp_path / "store")
    report = extract([seen], store)
    assert store.get(seen.key)["frames"].tobytes() == np.stack(list(frames(seen.videos[0]))).tobytes()
    assert report.counters["frames_decoded"] == 40
    assert report.seconds["decode"] > 0


def test_large_frames_are_held_in_a_bounded_number(seen, tmp_path, monkeypatch):
    asked = []
    monkeypatch.setattr(passes, "ahead", lambda steps, depth: (asked.append(depth), ahead(steps, depth))[1])
    for room, depth in ((1, 1), (5 * 64 * 64 * 3, 5), (2**30, passes.AHEAD_STEPS)):
        monkeypatch.setattr(passes, "AHEAD_BYTES", room)
        extract([seen], FeatureStore(tmp_path / str(room)))
        assert asked[-1] == depth

"""Speed of methods: timed while they generate, kept beside the artefacts, and no part of what is made."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from echo_bench.clip import Track, view_of
from echo_bench.errors import NotApplicable
from echo_bench.method import Artefact, Capabilities
from echo_bench.methods import METHODS
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.artefacts import read_outcome
from echo_bench.pipeline.executors import Local
from echo_bench.pipeline.generate import Generation, generate, stamp_of
from echo_bench.pipeline.latency import Stopwatch, latency_of, read_latency, timed, write_latency
from echo_bench.pipeline.store import FeatureStore
from echo_bench.results.schema import LatencyPart
from tests.native import clip_of

TEN_SECONDS = 10.0


class Sleeper:
    """Takes 10 ms for every second of a sample, and 40 ms the first time; keeps what it was asked for."""

    name, version = "mirror", "1"

    def __init__(self, capabilities: Capabilities, refuses: float = 0.0) -> None:
        self.capabilities, self.refuses = capabilities, refuses
        self.asked: list[tuple[float, int]] = []

    def setup(self, context) -> None:
        pass

    def generate(self, view, *, seed: int, samples: int) -> list[Artefact]:
        if view.duration < self.refuses:
            raise NotApplicable("too short for me")
        time.sleep(0.01 * view.duration * samples + (0.0 if self.asked else 0.04))
        self.asked.append((view.duration, samples))
        return []


@pytest.fixture
def view(tmp_path):
    clip = replace(clip_of("test-comfort-01", tmp_path), duration=TEN_SECONDS, user=Track())
    return view_of(clip)


def test_the_factor_is_per_sample_and_warm(view):
    watch = Stopwatch(Sleeper(Capabilities("motion", stochastic=True, causal=True)))
    for _ in range(3):
        watch.generate(view, seed=0, samples=2)
    latency = latency_of(watch.laps)
    assert latency.clips == 2
    assert 0.01 <= latency.rtf < 0.05  # a busy machine takes longer, never less


def test_a_causal_method_waits_for_its_look_ahead_alone(view):
    method = Sleeper(Capabilities("motion", causal=True, lookahead=0.4))
    watch = Stopwatch(method)
    watch.first_frame(view, seed=0)
    watch.generate(view, seed=0, samples=1)
    assert method.asked[0] == (pytest.approx(0.44), 1)
    assert 0.44 <= latency_of(watch.laps).first_frame_s < 2.0


def test_any_other_waits_for_the_whole_clip_and_is_not_run_twice(view):
    method = Sleeper(Capabilities("motion"))
    watch = Stopwatch(method)
    watch.first_frame(view, seed=0)
    watch.generate(view, seed=0, samples=1)
    assert len(method.asked) == 1
    assert latency_of(watch.laps).first_frame_s >= TEN_SECONDS + 0.1


def test_a_method_that_needs_longer_clips_has_no_first_frame_delay(view):
    watch = Stopwatch(Sleeper(Capabilities("motion", causal=True), refuses=1.0))
    watch.first_frame(view, seed=0)
    watch.generate(view, seed=0, samples=1)
    assert latency_of(watch.laps).first_frame_s is None
    assert latency_of(watch.laps).rtf > 0


def test_what_was_measured_is_kept(tmp_path):
    latency = LatencyPart(rtf=0.01, first_frame_s=0.5, clips=3)
    write_latency(tmp_path, "mirror", latency)
    assert read_latency(tmp_path, "mirror") == latency
    assert read_latency(tmp_path, "random") is None


def test_generation_measures_and_makes_the_same(tmp_path):
    """One clip: what was made to time the first frame is made anew, whole."""
    clip = replace(clip_of("test-comfort-01", tmp_path), duration=2.0)
    store = FeatureStore(tmp_path / "store")
    what = Generation((clip,), (), "00", tmp_path / "out", store, None, "cpu", 0, 2)
    method = METHODS.get("prosody-rules")()
    generate([method], [clip], what, Local(1), lambda _label: None)
    latency = read_latency(what.out, method.name)
    assert latency.clips == 1
    assert latency.first_frame_s > 0.04
    made = read_outcome(what.out, method.name, clip.id, stamp_of(method, clip, what))
    assert [load_motion(artefact.motion)[0].shape for artefact in made.artefacts] == [(50, 61)] * 2


def test_yardsticks_and_foreign_outputs_are_not_timed():
    assert timed(METHODS.get("mirror")())
    assert not timed(METHODS.get("ground-truth")())
    theirs = Sleeper(Capabilities("video"))
    theirs.name = "their-videos"
    assert not timed(theirs)

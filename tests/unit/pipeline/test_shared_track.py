"""Nets that look at faces share one track per stream, and what they see does not depend on who else is computed."""

from __future__ import annotations

import numpy as np
import pytest

from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.extractor import InputSpec
from echo_bench.extractors import EXTRACTORS
from echo_bench.faces.track import FaceTracker
from echo_bench.pipeline import jobs
from echo_bench.pipeline.extract import extract
from echo_bench.pipeline.jobs import extractor, unavailable, video_job
from echo_bench.pipeline.store import FeatureStore


class Nose:
    """Keeps the place of the nose: the smallest thing that needs landmarks."""

    name, version, weights = "nose", "1", ""
    spec = InputSpec("face", batch=4)

    def begin(self, ref):
        return NoseSession()


class NoseSession:
    def __init__(self):
        self.rows = []

    def push(self, frame, points):
        assert frame.dtype == np.uint8
        assert points.shape == (478, 3)
        self.rows.append(points[1, :2])

    def finish(self):
        return {"nose": np.array(self.rows, np.float32)}


class Cheek(Nose):
    name = "cheek"


@pytest.fixture
def nets(monkeypatch):
    """Two nets of kind `face` in the table of extractors."""
    table = {name: (f"{__name__}:{cls}", "a test") for name, cls in (("nose", "Nose"), ("cheek", "Cheek"))}
    monkeypatch.setattr(EXTRACTORS, "_targets", EXTRACTORS._table() | table)
    extractor.cache_clear()
    yield
    extractor.cache_clear()


@pytest.fixture
def video(tracker_weights):
    return DyadMini().clips("demo")[0].user.video


def test_one_track_feeds_the_track_and_every_net(nets, video, tmp_path, monkeypatch):
    pushed = []
    real = FaceTracker.push
    monkeypatch.setattr(FaceTracker, "push", lambda self, frame: (pushed.append(1), real(self, frame))[1])
    wanted = [video_job(name, video) for name in ("cheek", "face", "nose")]
    store = FeatureStore(tmp_path)
    extract(wanted, store)
    cheek, face, nose = (store.get(job.key) for job in wanted)
    assert len(pushed) == len(face["landmarks"]) == len(nose["nose"])
    assert np.array_equal(nose["nose"], face["landmarks"][:, 1, :2], equal_nan=True)
    assert np.array_equal(nose["nose"], cheek["nose"], equal_nan=True)


def test_a_net_sees_the_same_where_the_track_is_kept_already(nets, video, tmp_path):
    job, track = video_job("nose", video), video_job("face", video)
    extract([track, job], FeatureStore(tmp_path / "both"))
    extract([job], FeatureStore(tmp_path / "alone"))
    both, alone = (FeatureStore(tmp_path / name).get(job.key)["nose"] for name in ("both", "alone"))
    assert both.tobytes() == alone.tobytes()


def test_the_tracker_is_in_the_key_of_what_it_feeds(nets, video, monkeypatch):
    from echo_bench.extractors.face import FaceExtractor

    before = video_job("nose", video).key
    monkeypatch.setattr(FaceExtractor, "version", "another")
    assert video_job("nose", video).key != before


def test_without_a_tracker_its_nets_are_unavailable(nets, monkeypatch, tmp_path):
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path))
    jobs.extractor.cache_clear()
    assert "face_landmarker" in unavailable(["nose"])["nose"] or "tracker" in unavailable(["nose"])["nose"]

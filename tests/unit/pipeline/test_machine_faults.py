"""A fault of the machine that may pass is kept for no content: the run loses a clip, and the next one has it again."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import av
import pytest
from av.error import FFmpegError

from echo_bench.clip import AudioRef, Track, VideoRef
from echo_bench.errors import MediaError, UnreadableError
from echo_bench.media import survey
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.pipeline import extract as passes
from echo_bench.pipeline.context import Context
from echo_bench.pipeline.extract import extract
from echo_bench.pipeline.jobs import Job, video_job
from echo_bench.pipeline.store import FeatureStore
from tests.footage import pattern


@pytest.fixture(scope="module")
def videos(tmp_path_factory) -> list[VideoRef]:
    folder = tmp_path_factory.mktemp("videos")
    paths = [write_video(folder / f"{name}.mp4", pattern(seed, 10)) for seed, name in enumerate("abc")]
    return [VideoRef(path, file_sha256(path)) for path in paths]


@pytest.fixture
def job(videos) -> Job:
    return video_job("pixels", *videos[:2])


@pytest.fixture
def store(tmp_path) -> FeatureStore:
    return FeatureStore(tmp_path / "store")


def lose(path: Path) -> Path:
    return path.rename(path.with_suffix(".away"))


def test_a_file_that_is_away_for_a_moment_is_measured_when_it_is_back(job, store):
    path = job.videos[0].path
    away = lose(path)
    report = extract([job], store)
    away.rename(path)
    assert [fault.partition(" -> ")[0] for fault in report.faults] == [f"{path}: no such file"]
    assert store.info().failures == 0
    extract([job], store)
    assert store.has(job.key)


@pytest.mark.parametrize("fault", ["EACCES", "EIO", "ESTALE", "ENOMEM", "EMFILE", "ENFILE"])
def test_what_the_system_says_of_a_file_is_not_kept(job, store, monkeypatch, fault):
    code = getattr(errno, fault)

    def refused(path, **_):
        raise FFmpegError(code, os.strerror(code), path)

    survey._survey.cache_clear()
    monkeypatch.setattr(av, "open", refused)
    (said,) = extract([job], store).faults
    assert f"a.mp4: cannot be read now: {os.strerror(code)}" in said
    assert store.info().failures == 0


def test_a_read_that_fails_and_looks_like_the_end_of_the_file_is_not_kept(job, store):
    path = job.videos[0].path
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    assert extract([job], store).faults == [f"{path}: is not whole now"]
    path.write_bytes(whole)
    assert store.info().failures == 0


def test_what_the_bytes_explain_is_kept(videos, store, tmp_path):
    path = tmp_path / "cut.mp4"
    path.write_bytes(videos[0].path.read_bytes()[:-200])
    job = video_job("pixels", VideoRef(path, file_sha256(path)), videos[1])
    report = extract([job], store)
    assert (report.counters["features_failed"], report.faults) == (1, [])
    assert store.failure(job.key).error == "MediaError"


def test_sound_too(videos, store, monkeypatch):
    ref = AudioRef(videos[0].path, videos[0].sha256)
    monkeypatch.setattr(
        passes, "audio_extractor", lambda _: type("Net", (), {"spec": type("Spec", (), {"rate": 16000})})
    )
    job = Job("ab12", "voice", audio=ref)
    away = lose(ref.path)
    assert extract([job], store).faults
    away.rename(ref.path)
    assert store.info().failures == 0
    assert extract([job], store).counters["features_failed"] == 1, "it has no sound, which its bytes explain"


def test_what_the_other_files_of_a_clip_give_is_kept(videos, store):
    a, b, c = videos
    gone, there = video_job("pixels", a, b), video_job("pixels", b, c)
    away = lose(a.path)
    report = extract([gone, video_job("pixels", a, c), there], store)
    away.rename(a.path)
    assert len(report.faults) == 1
    assert [store.has(job.key) for job in (gone, there)] == [False, True]


def test_a_method_that_asks_for_motion_is_told(videos, store, tmp_path, tracker_weights):
    context = Context("mine", tmp_path, [], [], store, "cpu")
    away = lose(videos[0].path)
    with pytest.raises(UnreadableError, match="no such file"):
        context.motion(Track(video=videos[0]))
    away.rename(videos[0].path)
    assert store.info().failures == 0


def test_it_is_a_media_error_to_whoever_only_asks_whether_a_file_can_be_used():
    assert issubclass(UnreadableError, MediaError)

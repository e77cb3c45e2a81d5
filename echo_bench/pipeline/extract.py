"""One pass over a clip: every video is decoded once and feeds every extractor that still needs it.

The videos of a clip (user, truth and each method's) are decoded in step, frame by frame, so that comparisons of two videos are made
in the same pass and memory does not grow with length. A thread decodes while the nets compute. What the bytes of a stream cannot give ends
as a kept failure; the others go on. What the machine cannot read at the moment is no failure of the bytes, and is not kept.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

import numpy as np
from echo_metrics.errors import MetricInputError
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import EchoBenchError, MediaError, StoreError, UnreadableError
from echo_bench.extractor import Session
from echo_bench.extractors.face import FaceSession
from echo_bench.media.audio import waveform
from echo_bench.media.decode import frames
from echo_bench.media.hashing import still_whole
from echo_bench.pipeline.ahead import ahead
from echo_bench.pipeline.jobs import TRACKER, Job, audio_extractor, frame_extractor, job_fields
from echo_bench.pipeline.store import Failure, FeatureStore

Frame = NDArray[np.uint8]
Shown = tuple[list[Frame | None], float]  # the frame of every stream at one time, and the seconds of decoding
Expected = (EchoBenchError, MetricInputError)  # what a stream may raise; anything else is a bug and stops the clip

AHEAD_STEPS, AHEAD_BYTES = 16, 128 * 2**20
"""How far decoding may be ahead of the nets: one batch of most of them, and less where frames are large or streams are many."""


@dataclass(slots=True)
class Report:
    """What a pass did: counters (streams and frames decoded, features computed, failures), seconds per stage (stages overlap), and faults
    of the machine that kept it from reading clips."""

    counters: Counter[str] = field(default_factory=Counter)
    seconds: defaultdict[str, float] = field(default_factory=lambda: defaultdict(float))
    faults: list[str] = field(default_factory=list)

    def add(self, other: Report) -> None:
        """Add another pass to this one."""
        self.counters.update(other.counters)
        for name, value in other.seconds.items():
            self.seconds[name] += value
        self.faults += other.faults


class _Stream:
    """A video being decoded."""

    def __init__(self, ref: VideoRef, fps: float) -> None:
        self.ref = ref
        self.frame: Frame | None = None
        self.failure: Exception | None = None
        self._frames: Iterator[Frame] = frames(ref, fps=fps)
        self._face: FaceSession | None = None
        self._tracked = False

    def decode(self) -> Frame | None:
        """The next frame; None at the end or after a failure. Runs in the decoding thread, ahead of `frame`."""
        try:
            return next(self._frames, None)
        except Expected as error:
            self.failure = error
            return None

    def show(self, frame: Frame | None) -> None:
        """Make `frame` the present one."""
        self.frame = frame
        self._tracked = False

    def face(self) -> FaceSession:
        """The one track of this stream, for the track itself and for every net that is fed by it."""
        if self._face is None:
            self._face = cast(FaceSession, frame_extractor(TRACKER).begin(self.ref))
        return self._face

    def track(self, report: Report) -> None:
        """Track the present frame, once, whoever asks first."""
        if self._tracked or self.frame is None:
            return
        started = time.perf_counter()
        self.face().push(self.frame)
        self._tracked = True
        report.seconds[f"extract.{TRACKER}"] += time.perf_counter() - started


class _Running:
    """A job whose streams are being decoded."""

    def __init__(self, job: Job, streams: Sequence[_Stream]) -> None:
        self.job = job
        self.streams = streams
        self.failure: Exception | None = None
        net = frame_extractor(job.extractor)
        self._wants_face = net.spec.kind == "face"
        self._session: Session = streams[0].face() if job.extractor == TRACKER else net.begin(job.videos[0])

    def push(self, report: Report) -> None:
        """Feed the present frames, if every stream has one."""
        shown = [stream.frame for stream in self.streams if stream.frame is not None]
        if self.failure is not None or len(shown) < len(self.streams):
            return
        try:
            if self.job.extractor == TRACKER or self._wants_face:
                self.streams[0].track(report)
            if self.job.extractor != TRACKER:
                self._feed(shown, report)
        except Expected as error:
            self.failure = error

    def _feed(self, shown: list[Frame], report: Report) -> None:
        started = time.perf_counter()
        if self._wants_face:
            self._session.push(*shown, self.streams[0].face().points())
        else:
            self._session.push(*shown)
        report.seconds[f"extract.{self.job.extractor}"] += time.perf_counter() - started

    def finish(self, store: FeatureStore, report: Report) -> None:
        """Keep the feature, or why there is none."""
        failure = self.failure or next((s.failure for s in self.streams if s.failure), None)
        if failure is None:
            try:
                store.put(self.job.key, self._session.finish(), job_fields(self.job))
                report.counters["features_computed"] += 1
                return
            except StoreError:
                raise  # a full disk says nothing about the clip: it must not be kept as its failure
            except Expected as error:
                failure = error
        _keep_failure(self.job, failure, store, report)


def extract(jobs: Sequence[Job], store: FeatureStore) -> Report:
    """Compute the missing features of one clip in one pass.

    Parameters
    ----------
    jobs : sequence of Job
        All of one clip, none of them in the store.
    store : FeatureStore

    Returns
    -------
    Report

    Raises
    ------
    StoreError
        When what was computed cannot be kept.
    """
    report = Report()
    for job in jobs:
        if job.audio is not None:
            _extract_audio(job, job.audio, store, report)
    video_jobs = [job for job in jobs if job.videos]
    rates = {job.key: frame_extractor(job.extractor).spec.fps for job in video_jobs}
    for fps in sorted(set(rates.values())):
        _extract_videos([job for job in video_jobs if rates[job.key] == fps], fps, store, report)
    return report


def _extract_videos(jobs: Sequence[Job], fps: float, store: FeatureStore, report: Report) -> None:
    streams = {ref: _Stream(ref, fps) for ref in dict.fromkeys(ref for job in jobs for ref in job.videos)}
    report.counters["streams_decoded"] += len(streams)
    running = [_Running(job, [streams[ref] for ref in job.videos]) for job in jobs]
    for shown, seconds in _decoded(list(streams.values())):
        report.seconds["decode"] += seconds
        report.counters["frames_decoded"] += sum(frame is not None for frame in shown)
        for stream, frame in zip(streams.values(), shown, strict=True):
            stream.show(frame)
        for each in running:
            each.push(report)
    for each in running:
        each.finish(store, report)


def _decoded(streams: Sequence[_Stream]) -> Iterator[Shown]:
    """The frames of all streams in step, until none has one; all but the first are decoded ahead."""
    steps = _steps(streams)
    first = next(steps, None)
    if first is None:
        return
    yield first
    size = sum(frame.nbytes for frame in first[0] if frame is not None)
    yield from ahead(steps, max(1, min(AHEAD_STEPS, AHEAD_BYTES // size)))


def _steps(streams: Sequence[_Stream]) -> Iterator[Shown]:
    while True:
        started = time.perf_counter()
        shown = [stream.decode() for stream in streams]
        if all(frame is None for frame in shown):
            return
        yield shown, time.perf_counter() - started


def _extract_audio(job: Job, audio: AudioRef, store: FeatureStore, report: Report) -> None:
    net = audio_extractor(job.extractor)
    started = time.perf_counter()
    try:
        store.put(job.key, net(waveform(audio, rate=net.spec.rate)), job_fields(job))
        report.counters["features_computed"] += 1
    except StoreError:
        raise
    except Expected as error:
        _keep_failure(job, error, store, report)
    report.seconds[f"extract.{job.extractor}"] += time.perf_counter() - started


def _keep_failure(job: Job, error: Exception, store: FeatureStore, report: Report) -> None:
    report.counters["features_failed"] += 1
    if fault := _fault(job, error):
        report.faults += [fault] if fault not in report.faults else []
        return
    if isinstance(error, EchoBenchError) and isinstance(error.where, Path):
        error.where = error.where.name  # a kept reason must not depend on where the data lies
    store.put_failure(job.key, Failure(type(error).__name__, str(error)))


def _fault(job: Job, error: Exception) -> str:
    """What of the machine, not of the bytes, explains an error, or nothing. To a decoder, a read that fails may look like the end."""
    if isinstance(error, UnreadableError):
        return str(error)
    files = [ref for ref in (*job.videos, job.audio) if ref is not None] if isinstance(error, MediaError) else []
    return next((f"{f.path}: is not whole now" for f in files if not still_whole(f.path, f.sha256)), "")

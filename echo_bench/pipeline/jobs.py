"""Which features a clip needs, each as a job with the key under which it is kept."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, cast

import av

from echo_bench.clip import AudioRef, VideoRef
from echo_bench.errors import UnavailableError
from echo_bench.extractor import AudioExtractor, FrameExtractor, identity_of
from echo_bench.extractors import EXTRACTORS, FAST
from echo_bench.nets.device import arithmetic
from echo_bench.pipeline.store import key_of

DECODER = f"pyav-{av.__version__}"
TRACKER = "face"
"""The extractor whose landmarks feed every extractor of kind ``face``."""


@dataclass(frozen=True, slots=True)
class Job:
    """One feature to be extracted.

    Attributes
    ----------
    key : str
        Under which it is kept.
    extractor : str
    videos : tuple of VideoRef
        One video, or the prediction and the truth of a pair; empty for sound.
    audio : AudioRef or None
    """

    key: str
    extractor: str
    videos: tuple[VideoRef, ...] = ()
    audio: AudioRef | None = None


@cache
def extractor(name: str) -> FrameExtractor | AudioExtractor:
    """The one instance of an extractor in this process; of a name that ends in ``+fast``, by the fast policy.

    Raises
    ------
    UnavailableError
        When its weights are not here, or it has no fast policy.
    """
    fast = name.endswith(FAST)
    with arithmetic(fast=fast):
        net = EXTRACTORS.get(name.removesuffix(FAST))()
    if fast and not net.spec.policy.startswith("fast"):
        raise UnavailableError(f"{name.removesuffix(FAST)} has no fast policy", fix="ask for it as it is")
    return net


def frame_extractor(name: str) -> FrameExtractor:
    """An extractor of frames or pairs, by name."""
    return cast(FrameExtractor, extractor(name))


def audio_extractor(name: str) -> AudioExtractor:
    """An extractor of sound, by name."""
    return cast(AudioExtractor, extractor(name))


def unavailable(names: Iterable[str]) -> dict[str, str]:
    """Extractors that cannot run here -> why, and what would enable them."""
    missing = {}
    for name in sorted(set(names)):
        try:
            if extractor(name).spec.kind == "face":
                extractor(TRACKER)
        except UnavailableError as error:
            missing[name] = str(error)
    return missing


def video_job(name: str, *videos: VideoRef) -> Job:
    """The job of an extractor of frames on one video, or on a prediction and its truth."""
    content = [_video_fields(video) for video in videos]
    return Job(key_of(fields_of(name, content)), name, videos=videos)


def audio_job(name: str, audio: AudioRef) -> Job:
    """The job of an extractor of sound."""
    return Job(key_of(fields_of(name, [_audio_fields(audio)])), name, audio=audio)


def job_fields(job: Job) -> dict[str, Any]:
    """What makes the key of a job, for the header of the stored file."""
    content = [_audio_fields(job.audio)] if job.audio else [_video_fields(video) for video in job.videos]
    return fields_of(job.extractor, content)


def fields_of(name: str, content: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Content, decoder, extractor and the tracker that feeds it: everything that can change a feature."""
    net = extractor(name)
    fields = {"content": list(content), "decoder": DECODER, "extractor": identity_of(net)}
    return fields | {"tracker": identity_of(extractor(TRACKER))} if net.spec.kind == "face" else fields


def _video_fields(ref: VideoRef) -> dict[str, Any]:
    panel = [ref.panel.index, ref.panel.count] if ref.panel else None
    return {"sha256": ref.sha256, "panel": panel, "start": ref.start, "duration": ref.duration, "face": ref.face}


def _audio_fields(ref: AudioRef) -> dict[str, Any]:
    return {
        "sha256": ref.sha256,
        "channel": ref.channel,
        "start": ref.start,
        "duration": ref.duration,
        "delay": ref.delay,
    }

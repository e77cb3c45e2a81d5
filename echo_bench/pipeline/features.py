"""What a metric's requirements mean for one artefact: which jobs must have run, and the arrays once they have.

A requirement is ``side:name``. Sides: ``pred`` (the artefact), ``truth`` (the avatar's real track), ``user``, and ``pair``
(the artefact's video against the truth's). Names are extractors, and two that are motion (``motion`` (T, 61) float32 in rig61 and
``valid`` (T,) bool): ``motion`` is measured, from the face track, smoothed and with short gaps filled; ``native`` is as delivered, and
nothing is decoded for it. The two are never fed to one metric. Motion delivered in another space is ``native/SPACE``, and what can be
compared across spaces is ``shared`` (``shared`` (T, 4) float64, :mod:`echo_bench.shared_motion`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from echo_bench.clip import DyadicClip, MotionRef, Track
from echo_bench.errors import NotApplicable, UnavailableError
from echo_bench.extractor import Arrays
from echo_bench.extractors.face import from_arrays
from echo_bench.faces.rig61 import to_rig61
from echo_bench.faces.smooth import fill_gaps, smooth
from echo_bench.media.cut import cut
from echo_bench.method import Artefact
from echo_bench.motion_io import load_motion
from echo_bench.pipeline.jobs import Job, audio_job, extractor, video_job
from echo_bench.pipeline.store import FeatureStore
from echo_bench.shared_motion import shared_motion
from echo_bench.spaces import RIG61

NATIVE = "native"
SHARED = "shared"
SIDES = {"pred": "the method's artefact", "truth": "the avatar's truth", "user": "the user"}


class FeatureError(Exception):
    """A feature that a metric needs was tried and failed; carries the kept error class and message."""

    def __init__(self, error: str, message: str) -> None:
        self.error, self.message = error, message
        super().__init__(error, message)


def extractors_of(requirements: Iterable[str]) -> set[str]:
    """The extractors behind requirements; native motion needs none.

    Examples
    --------
    >>> sorted(extractors_of(["pred:motion", "pair:pixels", "pred:native", "truth:native/flame56"]))
    ['face', 'pixels']
    """
    names = {name for name in (requirement.partition(":")[2] for requirement in requirements) if not _delivered(name)}
    return {_extractor(name) for name in names}


def _delivered(name: str) -> bool:
    return name in (NATIVE, SHARED) or name.startswith(f"{NATIVE}/")


def _extractor(name: str) -> str:
    return "face" if name == "motion" else name


def job_of(requirement: str, clip: DyadicClip, artefact: Artefact | None) -> Job | None:
    """The job behind a requirement, or None when its motion lies in a file.

    Raises
    ------
    NotApplicable
        When the clip or artefact has nothing this could be measured on, or its extractor cannot run here: the rule that skips it.
    """
    try:
        return _job(requirement, clip, artefact)
    except UnavailableError as error:
        raise NotApplicable(
            error.what, fix=error.fix
        ) from error  # not where: a result must not name a folder of this machine


def _job(requirement: str, clip: DyadicClip, artefact: Artefact | None) -> Job | None:
    side, _, name = requirement.partition(":")
    if side == "pair":
        pred, truth = _track("pred", clip, artefact), clip.avatar
        if pred.video is None:
            raise NotApplicable("the artefact is motion, and this dataset cannot render it")
        if truth.video is None:
            raise NotApplicable("needs the avatar's real video, and this clip has none")
        return video_job(name, pred.video, truth.video)
    track = _track(side, clip, artefact)
    if _delivered(name):
        _as_delivered(side, name, track)
        return None
    if name == "motion" and measured(track) is not None:
        return None
    net = _extractor(name)
    if extractor(net).spec.kind == "audio":
        if track.audio is None:
            raise NotApplicable(f"needs the sound of {SIDES[side]}, and there is none")
        return audio_job(net, track.audio)
    if track.video is None:
        motion_only = side == "pred" and track.motion is not None
        raise NotApplicable(
            "the artefact is motion, and this dataset cannot render it"
            if motion_only
            else f"needs the video of {SIDES[side]}, and there is none"
        )
    return video_job(net, track.video)


def arrays_of(
    requirement: str, clip: DyadicClip, artefact: Artefact | None, store: FeatureStore
) -> Mapping[str, NDArray[Any]]:
    """The arrays of a requirement.

    Raises
    ------
    NotApplicable
        As :func:`job_of`.
    FeatureError
        When the extraction failed.
    StoreError
        When it has not been extracted yet.
    """
    job = job_of(requirement, clip, artefact)
    if job is None:
        return _read(requirement, clip, artefact)
    if failure := store.failure(job.key):
        raise FeatureError(failure.error, failure.message)
    arrays = store.get(job.key)
    return rig61_of(arrays) if requirement.endswith(":motion") else arrays


def _read(requirement: str, clip: DyadicClip, artefact: Artefact | None) -> dict[str, NDArray[Any]]:
    """Motion that lies in a file, up to the end of the clip."""
    side, _, name = requirement.partition(":")
    track = _track(side, clip, artefact)
    ref = _as_delivered(side, name, track) if _delivered(name) else measured(track)
    if ref is None:
        raise NotApplicable("has no measured motion")
    motion, valid = load_motion(ref)
    rows = max(1, round(clip.duration * ref.fps))
    motion, valid = motion[:rows], valid[:rows]
    if name == SHARED:
        return {"shared": shared_motion(ref.space, motion, valid), "valid": valid}
    return {"motion": motion, "valid": valid}


def _as_delivered(side: str, name: str, track: Track) -> MotionRef:
    if name == SHARED:
        return native(side, track, None)
    return native(side, track, name.partition("/")[2] or RIG61.name)


def rig61_of(arrays: Arrays) -> dict[str, NDArray[Any]]:
    """Smoothed ``rig61`` motion of a raw face track."""
    motion, valid = to_rig61(smooth(fill_gaps(from_arrays(arrays))))
    return {"motion": motion, "valid": valid}


def measured(track: Track) -> MotionRef | None:
    """The track's motion, if it was measured from pixels: delivered motion is never scored under a measured id."""
    return track.motion if track.motion is not None and track.motion.source == "tracker" else None


def native(side: str, track: Track, space: str | None = RIG61.name) -> MotionRef:
    """The track's motion as delivered, in a space or (None) in any.

    Raises
    ------
    NotApplicable
        When there is none, it was measured from pixels, or it is in another space.
    """
    ref = track.motion
    if ref is None or ref.source != NATIVE:
        raise NotApplicable(f"needs motion of {SIDES[side]} as delivered, and there is only what a video shows")
    if space is not None and ref.space != space:
        raise NotApplicable(f"needs motion in {space}, and that of {SIDES[side]} is in {ref.space}")
    return ref


def _track(side: str, clip: DyadicClip, artefact: Artefact | None) -> Track:
    if side == "truth":
        return clip.avatar
    if side == "user":
        return clip.user
    if artefact is None:
        raise NotApplicable("needs an artefact")
    # An output may go on after its clip has ended: only the clip's part is scored.
    track = cut(Track(video=artefact.video, audio=artefact.audio, motion=artefact.motion), clip.duration)
    # What an artefact's video shows is measured here; a method's own measurement counts only where there is no video.
    return replace(track, motion=None) if artefact.video is not None and measured(track) else track

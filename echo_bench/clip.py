"""The vocabulary of data: what a dyadic clip is, and what a method may see of it.

Conventions
-----------
Times are seconds from the start of the clip. `user` is the person opposite, `avatar` the person that a method generates.
References point at files and are decoded late; they carry the sha256 of the file, so that nothing downstream depends on a path.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Literal

Side = Literal["user", "avatar"]


class Status(StrEnum):
    """How an expected clip ended for one metric. Nothing is dropped: every clip has one of these."""

    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Panel:
    """One of `count` equally wide panels of a side-by-side video, counted from the left."""

    index: int
    count: int


@dataclass(frozen=True, slots=True)
class VideoRef:
    """A video, or one panel of it, or a stretch of it.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file's bytes.
    panel : Panel, optional
        The part of the frame; None is the whole frame.
    start, duration : float, float or None
        The stretch of the file in seconds; None runs to the end.
    face : {"largest", "left", "right"}
        Which face of the frame is meant, where a frame shows two.
    """

    path: Path
    sha256: str
    panel: Panel | None = None
    start: float = 0.0
    duration: float | None = None
    face: Literal["largest", "left", "right"] = "largest"


@dataclass(frozen=True, slots=True)
class AudioRef:
    """The sound of one person.

    Attributes
    ----------
    path : Path
        An audio file, or a video with an audio stream.
    sha256 : str
    channel : int, optional
        The channel that holds this person; None mixes all to mono.
    start, duration : float, float or None
        The stretch of the file in seconds.
    delay : float, default 0.0
        Seconds of silence put before it. Positive: the sound comes late.
    """

    path: Path
    sha256: str
    channel: int | None = None
    start: float = 0.0
    duration: float | None = None
    delay: float = 0.0


@dataclass(frozen=True, slots=True)
class MotionRef:
    """Motion on disk: an npz with `motion` (T, D) float32 and `valid` (T,) bool.

    Attributes
    ----------
    path : Path
    sha256 : str
    space : str
        A motion space by name (:mod:`echo_bench.spaces`): ``rig61``, ``flame56-dim``, ...
    source : {"native", "tracker"}
        Delivered as motion, or measured from pixels. The two are never scored under one metric id.
    fps : float
    """

    path: Path
    sha256: str
    space: str
    source: Literal["native", "tracker"] = "native"
    fps: float = 25.0


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A still: an image file, or the frame at `time` of a video (and panel)."""

    path: Path
    sha256: str
    panel: Panel | None = None
    time: float = 0.0


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another reaction of the avatar to the same clip, as motion on the clip's own time axis.

    Attributes
    ----------
    motion : MotionRef
    label : str
        ``appropriate``: as right as the recorded one. Anything else says in which way it is wrong: ``wrong-affect``,
        ``wrong-timing``, ``other-context``.
    """

    motion: MotionRef
    label: str


@dataclass(frozen=True, slots=True)
class Word:
    """One spoken word and when it is spoken."""

    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Track:
    """What is known of one person in one clip; absent parts are None."""

    video: VideoRef | None = None
    audio: AudioRef | None = None
    motion: MotionRef | None = None
    transcript: tuple[Word, ...] | None = None


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of time in which `who` speaks, with the emotion it is labelled with, where it is."""

    who: Side
    start: float
    end: float
    emotion: str | None = None


@dataclass(frozen=True, slots=True)
class DyadicClip:
    """Two people, face to face, for some seconds.

    Attributes
    ----------
    id : str
        Unique in its dataset; also the stem of the files of a `folder` method.
    dataset : str
    fps : float
        The frame rate at which this clip is compared.
    duration : float
        Seconds.
    user, avatar : Track
        The avatar's track is the truth, except that its `audio` is an input of the task.
    reference : ImageRef, optional
        The avatar's appearance, given to every method.
    spans : tuple of Span
        Who speaks when.
    cluster : str
        The dyad: the unit that is resampled in intervals.
    identities : mapping of str
        ``user`` and ``avatar`` -> identity.
    strata : mapping of str
        Slices for reports: emotion, layout, language, ...
    appropriate : tuple of str
        Ids of other clips whose avatar's reaction is also right here.
    alternatives : tuple of Alternative
        Other reactions to this very clip, right and wrong ones; the recorded one is never among them.
    defect : str, optional
        Why this clip's own files cannot be used. Every method and metric ends as FAILED on it, with this reason.
    """

    id: str
    dataset: str
    fps: float
    duration: float
    user: Track
    avatar: Track
    reference: ImageRef | None = None
    spans: tuple[Span, ...] = ()
    cluster: str = ""
    identities: Mapping[str, str] = field(default_factory=dict)
    strata: Mapping[str, str] = field(default_factory=dict)
    appropriate: tuple[str, ...] = ()
    alternatives: tuple[Alternative, ...] = ()
    defect: str | None = None


@dataclass(frozen=True, slots=True)
class MethodView:
    """What a method may see of a clip: no avatar video or motion, no labels, no events, no alternatives.

    Attributes
    ----------
    clip_id : str
    fps, duration : float
    user : Track
    avatar_audio : AudioRef or None
    reference : ImageRef or None
    dialogue : tuple of (Side, Word)
        Both transcripts in order of time. A causal method may read it only up to the present moment.
    truth : Track or None
        The avatar's real track, filled only for rows that declare ``uses_truth`` and are therefore never ranked.
    """

    clip_id: str
    fps: float
    duration: float
    user: Track
    avatar_audio: AudioRef | None
    reference: ImageRef | None
    dialogue: tuple[tuple[Side, Word], ...] = ()
    truth: Track | None = None


def view_of(clip: DyadicClip, *, uses_truth: bool = False) -> MethodView:
    """The view of `clip` that a method gets.

    Examples
    --------
    >>> clip = DyadicClip("a", "toy", 25.0, 2.0, Track(), Track(motion=MotionRef(Path("m.npz"), "00", "rig61")))
    >>> view_of(clip).truth is None
    True
    """
    words: list[tuple[Side, Word]] = [("user", w) for w in clip.user.transcript or ()]
    words += [("avatar", w) for w in clip.avatar.transcript or ()]
    words.sort(key=lambda said: (said[1].start, said[0]))
    return MethodView(
        clip_id=clip.id,
        fps=clip.fps,
        duration=clip.duration,
        user=clip.user,
        avatar_audio=clip.avatar.audio,
        reference=clip.reference,
        dialogue=tuple(words),
        truth=clip.avatar if uses_truth else None,
    )

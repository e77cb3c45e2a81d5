"""Stretches of clips: what the lab damages and measures has a few seconds, whatever the conversation has."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import Alternative, AudioRef, DyadicClip, ImageRef, MotionRef, Side, Track, VideoRef
from echo_bench.datasets.base import DatasetOptions
from echo_bench.datasets.dyad_mini import DyadMini
from echo_bench.datasets.dyad_mini_content import SIDES
from echo_bench.media.encode import write_video
from echo_bench.media.hashing import file_sha256
from echo_bench.motion_io import load_motion, save_motion
from echo_bench.simulator.identity import identity
from echo_bench.simulator.people import read_people
from echo_bench.simulator.render import render

_Ref = TypeVar("_Ref", VideoRef, AudioRef)
SIZE = 128
LOSSLESS = 0
"""CRF of the truth's own pictures: what a row loses by being encoded is lost by every row alike."""


def stretch(clip: DyadicClip, start: float, seconds: float, folder: Path) -> DyadicClip:
    """A clip cut to some seconds, on a time axis of their own.

    Parameters
    ----------
    clip : DyadicClip
    start, seconds : float
        Within the clip; start is moved to a frame.
    folder : Path
        Where the cut motion is kept.

    Returns
    -------
    DyadicClip
        With the same id. Spans are cut, words that are not whole are left out.
    """
    start = round(start * clip.fps) / clip.fps
    seconds = min(seconds, clip.duration - start)
    end = start + seconds
    return replace(
        clip,
        duration=seconds,
        user=_track(clip.user, start, seconds, folder, f"{clip.id}.user"),
        avatar=_track(clip.avatar, start, seconds, folder, f"{clip.id}.avatar"),
        spans=tuple(
            replace(span, start=max(span.start, start) - start, end=min(span.end, end) - start)
            for span in clip.spans
            if span.start < end and span.end > start
        ),
        alternatives=tuple(
            Alternative(_motion(each.motion, start, seconds, folder / f"{clip.id}.other-{k:02d}.npz"), each.label)
            for k, each in enumerate(clip.alternatives)
        ),
    )


def _track(track: Track, start: float, seconds: float, folder: Path, name: str) -> Track:
    motion = track.motion and _motion(track.motion, start, seconds, folder / f"{name}.npz")
    words = tuple(
        replace(word, start=word.start - start, end=word.end - start)
        for word in track.transcript or ()
        if word.start >= start and word.end <= start + seconds
    )
    return replace(
        track,
        video=track.video and _part(track.video, start, seconds),
        audio=track.audio and _part(track.audio, start, seconds),
        motion=motion,
        transcript=None if track.transcript is None else words,
    )


def _part(ref: _Ref, start: float, seconds: float) -> _Ref:
    return replace(ref, start=ref.start + start, duration=seconds)


def _motion(ref: MotionRef, start: float, seconds: float, path: Path) -> MotionRef:
    rows, valid = load_motion(ref)
    kept = slice(round(start * ref.fps), round((start + seconds) * ref.fps))
    return save_motion(path, rows[kept], valid[kept], space=ref.space, source=ref.source, fps=ref.fps)


class Stretches(DyadMini):
    """Stretches of dyad-mini, drawn small: the avatar listens for one half of each, and then speaks.

    Parameters
    ----------
    options : DatasetOptions
    folder : Path
        Where the cut motion and the pictures are kept.
    seconds : float
    """

    def __init__(self, options: DatasetOptions, folder: Path, seconds: float) -> None:
        super().__init__(options, drawn=False)
        self.folder = folder
        self.seconds = seconds

    def clips(self, split: str) -> list[DyadicClip]:
        """The stretches of a split in manifest order."""
        return [
            self._drawn(stretch(clip, _turn(clip, self.seconds), self.seconds, self.folder))
            for clip in super().clips(split)
        ]

    def pool(self, split: str) -> list[DyadicClip]:
        """None: a damaged truth borrows nothing from the train split."""
        return []

    def renderer(self) -> Callable[[DyadicClip, NDArray[np.float32]], Iterator[NDArray[np.uint8]]]:
        """Draws motion as a clip's avatar."""
        return draw_avatar

    def _drawn(self, clip: DyadicClip) -> DyadicClip:
        user, avatar = (self._filmed(clip, side) for side in SIDES)
        assert avatar.video is not None
        return replace(clip, user=user, avatar=avatar, reference=ImageRef(avatar.video.path, avatar.video.sha256))

    def _filmed(self, clip: DyadicClip, side: Side) -> Track:
        track: Track = getattr(clip, side)
        assert track.motion is not None
        path = self.folder / f"{clip.id}.{side}.mp4"
        if not path.is_file():
            rows, _ = load_motion(track.motion)
            write_video(path, draw(clip.identities[side], rows), fps=clip.fps, crf=LOSSLESS)
        return replace(track, video=VideoRef(path, file_sha256(path)))


def draw(person: str, motion: NDArray[np.floating]) -> Iterator[NDArray[np.uint8]]:
    """Frames (128, 128, 3) uint8 RGB of one of dyad-mini's people in ``rig61`` motion (T, 61)."""
    return render(motion, identity(read_people()[person].face), SIZE)


def draw_avatar(clip: DyadicClip, motion: NDArray[np.float32]) -> Iterator[NDArray[np.uint8]]:
    """Frames of a clip's avatar."""
    return draw(clip.identities["avatar"], motion)


def _turn(clip: DyadicClip, seconds: float) -> float:
    """Where a stretch begins, half of which lies in the avatar's longest turn."""
    turn = max((span for span in clip.spans if span.who == "avatar"), key=lambda span: span.end - span.start)
    return float(np.clip(turn.start - seconds / 2, 0.0, max(0.0, clip.duration - seconds)))

"""What a learned method hears and sees of a clip: one row per frame at 25 fps.

Sound is 13 MFCC per 10 ms (echo_metrics.mfcc), four steps to a frame; their windows of 25 ms begin 20 ms before the frame, so that
row ``t`` hears nothing after the end of frame ``t``. Motion is ``rig61``, as delivered or as measured; frames in which it is not
known hold the last known row.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from echo_metrics.mfcc import mfcc
from numpy.typing import NDArray

from echo_bench.clip import AudioRef, MethodView, Track
from echo_bench.errors import NotApplicable
from echo_bench.media.audio import waveform
from echo_bench.method import MethodContext
from echo_bench.methods.base import frames_in
from echo_bench.motion_io import load_motion
from echo_bench.spaces import RIG61

Rows = NDArray[np.float32]

STEPS = 4  # MFCC steps of 10 ms per frame of 40 ms
AUDIO = STEPS * 13
MOTION = RIG61.width
EARLY = 320  # samples by which the windows of a frame begin before it
LOUD = 32767.0  # MFCC are of sound on the scale of int16


@dataclass(frozen=True, slots=True)
class Inputs:
    """A clip as a learned method gets it.

    Attributes
    ----------
    user_motion : ndarray of shape (T, 61), float32
    user_audio, avatar_audio : ndarray of shape (T, 52), float32
        Silence where a side has no sound.
    reference : ndarray of shape (61,), float32
        The avatar's posture at the start: that of the reference image where there is one and the method asks for it (it needs the
        tracker), else NaN. In training, the first frame of the avatar.
    """

    user_motion: Rows
    user_audio: Rows
    avatar_audio: Rows
    reference: Rows

    def __len__(self) -> int:
        return len(self.user_motion)


def read_inputs(view: MethodView, context: MethodContext, *, look: bool = False) -> Inputs:
    """The inputs of one clip; `look` at its reference image, too, if it has one.

    Raises
    ------
    NotApplicable
        When the user's motion is neither given nor measurable, or is in another space than ``rig61``, or no face is in the image.
    UnavailableError
        When a look is asked for and the tracker is not here.
    """
    frames = frames_in(view)
    seen = context.look(view.reference) if look and view.reference else np.full(MOTION, np.nan, np.float32)
    return Inputs(
        read_motion(view.user, context, frames), hear(view.user.audio, frames), hear(view.avatar_audio, frames), seen
    )


def read_motion(track: Track, context: MethodContext, frames: int) -> Rows:
    """Motion (frames, 61) of a track, without holes.

    Raises
    ------
    NotApplicable
        When there is none, or it is in another space.
    """
    ref = context.motion(track)
    if ref.space != RIG61.name:
        raise NotApplicable(f"its motion is {ref.space}; learned methods read rig61")
    motion, valid = load_motion(ref)
    if not valid.any():
        raise NotApplicable("no frame of its motion is valid")
    return held(motion, valid, frames)


def held(motion: Rows, valid: NDArray[np.bool_], frames: int) -> Rows:
    """Each frame, or the last valid one before it; frames before the first valid one hold that.

    Examples
    --------
    >>> rows = np.array([[np.nan], [1.0], [np.nan], [3.0]], np.float32)
    >>> held(rows, np.array([False, True, False, True]), 5)[:, 0].tolist()
    [1.0, 1.0, 1.0, 3.0, 3.0]
    """
    known = np.flatnonzero(valid)
    at = np.searchsorted(known, np.arange(frames), side="right") - 1
    return np.asarray(motion[known[np.maximum(at, 0)]], np.float32)


def hear(ref: AudioRef | None, frames: int) -> Rows:
    """MFCC rows (frames, 52) of a sound; of silence where there is none."""
    sound = np.zeros(frames * 640, np.float32) if ref is None else waveform(ref, rate=16000)
    padded = np.zeros(EARLY + frames * 640)
    padded[EARLY : EARLY + len(sound)] = sound[: frames * 640]
    steps = mfcc(padded * LOUD)[: STEPS * frames]
    return np.ascontiguousarray(steps.reshape(frames, AUDIO), np.float32)

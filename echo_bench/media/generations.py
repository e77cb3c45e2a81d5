"""Frames through a lossy codec and back, in memory: what an intermediate file costs, without the file.

The published lip-sync scores were made by scripts that write four of them. Repeating a codec at its setting repeats most of its loss; no
other build of the encoder gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

import av
import numpy as np
from av.codec.context import Flags
from av.video.frame import PictureType
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext

Frame = NDArray[np.uint8]
_PIXELS = {"mpeg4": "yuv420p", "mjpeg": "yuvj420p"}


@dataclass(frozen=True, slots=True)
class Setting:
    """A codec as a script calls it.

    Attributes
    ----------
    codec : {"mpeg4", "mjpeg"}
    quantiser : int, optional
        A fixed one, ``-q:v`` of the command line.
    bit_rate : int, default 200_000
        Bits per second where no quantiser is fixed; the default is that of the command line.
    """

    codec: Literal["mpeg4", "mjpeg"]
    quantiser: int | None = None
    bit_rate: int = 200_000


class Generations:
    """Several generations of loss, one after the other, for the frames of one stream; each frame comes back at once.

    Between two codecs a frame stays in YUV, as between two calls of a command-line encoder.

    Parameters
    ----------
    settings : sequence of Setting
    fps : float, default 25.0

    Examples
    --------
    >>> grey = np.full((32, 32, 3), 100, np.uint8)
    >>> Generations([Setting("mpeg4"), Setting("mjpeg", quantiser=2)])(grey).shape
    (32, 32, 3)
    """

    def __init__(self, settings: Sequence[Setting], fps: float = 25.0) -> None:
        self._steps = [_Step(setting, 1 / Fraction(fps).limit_denominator(1001)) for setting in settings]
        self._scaler = VideoReformatter()

    def __call__(self, frame: Frame) -> Frame:
        """Encode and decode the next frame, (H, W, 3) uint8 RGB; all of a stream have one size."""
        picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), "rgb24")
        for step in self._steps:
            picture = step(picture)
        back = self._scaler.reformat(picture, format="rgb24", interpolation=Interpolation.BICUBIC)
        return np.asarray(back.to_ndarray(), np.uint8)


class _Step:
    """One codec."""

    def __init__(self, setting: Setting, clock: Fraction) -> None:
        self._setting, self._clock = setting, clock
        self._encoder: VideoCodecContext | None = None
        self._decoder = av.CodecContext.create(setting.codec, "r")
        self._decoder.thread_count = 1
        self._decoder.flags |= Flags.low_delay
        self._scaler = VideoReformatter()
        self._count = 0

    def __call__(self, picture: av.VideoFrame) -> av.VideoFrame:
        encoder = self._encoder = self._encoder or self._opened(picture)
        coded = self._scaler.reformat(picture, format=encoder.pix_fmt, interpolation=Interpolation.BICUBIC)
        coded.pts, coded.time_base, coded.pict_type = self._count, self._clock, PictureType.NONE
        self._count += 1
        (packet,) = encoder.encode(coded)
        (decoded,) = self._decoder.decode(packet)
        return decoded

    def _opened(self, first: av.VideoFrame) -> VideoCodecContext:
        encoder = av.CodecContext.create(self._setting.codec, "w")
        encoder.height, encoder.width = first.height, first.width
        encoder.pix_fmt = _PIXELS[self._setting.codec]
        encoder.time_base, encoder.framerate = self._clock, 1 / self._clock
        encoder.thread_count, encoder.gop_size, encoder.max_b_frames = 1, 12, 0
        encoder.bit_rate = self._setting.bit_rate
        if self._setting.quantiser is not None:
            encoder.qmin = encoder.qmax = self._setting.quantiser
        return encoder

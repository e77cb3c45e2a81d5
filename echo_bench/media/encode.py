"""Frames and sound to an mp4 that browsers play: H.264 and AAC, deterministic, never half-written.

Colour is BT.601, limited range, and tagged so. 4:2:0 needs even sides: frames with an odd side are stored as 4:4:4, so that
their size survives (Chromium plays it, not every browser does). Sound is AAC-LC, mono, 4 bits per sample; its priming is
stated in the container, so that players and :func:`echo_bench.media.audio.waveform` skip it.
"""

from __future__ import annotations

import math
import os
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, cast

import av
import numpy as np
from av.codec.codec import UnknownCodecError
from av.codec.context import Flags
from av.error import FFmpegError
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.decode import frames as decoded_frames

if TYPE_CHECKING:
    from av.container import OutputContainer
    from av.video.stream import VideoStream

# No version strings and dates in the file; the index first, so that a browser can start before it has all.
_CONTAINER = {"movflags": "+faststart", "fflags": "+bitexact"}

# SMPTE 170M, the number of ISO/IEC 23091-2 for BT.601 matrix, primaries and transfer.
_BT601 = 6

# x264's macroblock tree gave two different files for one small clip (64 px, 30 frames), by chance; without it they are equal.
_DETERMINISTIC = {"libx264": {"x264-params": "mbtree=0"}}


def write_video(
    path: str | Path,
    frames: Iterable[NDArray[np.uint8]],
    *,
    fps: float = 25.0,
    audio: NDArray[np.float32] | None = None,
    audio_rate: int = 16000,
    crf: int = 18,
    codec: str = "libx264",
) -> Path:
    """Encode frames, and sound if there is any, to an mp4.

    The file appears under its name when it is complete and on disk; a failure leaves what was there before. Equal input
    gives equal bytes on one machine: one thread, no dates, no version strings.

    Parameters
    ----------
    path : str or Path
    frames : iterable of ndarray of shape (H, W, 3), uint8
        RGB in [0, 255], all of one size; consumed one at a time.
    fps : float, default 25.0
    audio : ndarray of shape (n,), float32, optional
        Mono, in [-1, 1], starting with the first frame. Written whole, also where it outlasts the frames.
    audio_rate : int, default 16000
        Samples per second of `audio`; one that AAC has.
    crf : int, default 18
        Constant rate factor of x264: 0 is best, 18 hard to tell from the source, 28 coarse.
    codec : str, default "libx264"
        An encoder of FFmpeg that knows `crf`.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    MediaError
        No frames, frames that are not RGB or change size, sound that is not mono, or FFmpeg cannot encode it so.
    """
    path = Path(path)
    if not (math.isfinite(fps) and fps > 0):
        raise MediaError(f"a video of {fps} frames per second was asked for", where=path, fix="ask for a rate above 0")
    coming = iter(frames)
    first = next(coming, None)
    if first is None:
        raise MediaError("there are no frames to write", where=path)
    rate = Fraction(fps).limit_denominator(1001)
    with _replacing(path) as draft, av.open(str(draft), "w", format="mp4", options=_CONTAINER) as container:
        picture = _Picture(container, path, first, rate, crf, codec)
        sound = None if audio is None else _Sound(container, path, audio, audio_rate)
        for index, frame in enumerate(chain([first], coming)):
            picture.add(index, frame)
            if sound is not None:
                sound.add_until(float((index + 1) / rate))
        picture.close()
        if sound is not None:
            sound.close()
    return path


def reencode(ref: VideoRef, path: str | Path, *, crf: int = 28, fps: float = 25.0) -> Path:
    """Decode a video and encode it again, without its sound: what compression alone costs (the row ``reencoded``).

    Parameters
    ----------
    ref : VideoRef
        Its panel and stretch are honoured.
    path : str or Path
        Where the mp4 goes.
    crf : int, default 28
        Constant rate factor of x264.
    fps : float, default 25.0
        Of the result; see :func:`echo_bench.media.decode.frames`.

    Returns
    -------
    Path
        `path`.

    Raises
    ------
    MediaError
        As :func:`~echo_bench.media.decode.frames` and :func:`write_video`.
    """
    return write_video(path, decoded_frames(ref, fps=fps), fps=fps, crf=crf)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """A name to write to beside `path`; becomes `path`, flushed to disk, if the body succeeds, and is removed if it fails."""
    if not path.parent.is_dir():
        raise MediaError("its folder does not exist", where=path, fix="make the folder first")
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}.tmp")
    try:
        yield draft
        for written in (draft, path.parent):
            handle = os.open(written, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            if written is draft:
                draft.replace(path)
    except (FFmpegError, UnknownCodecError) as error:
        raise MediaError(f"cannot be encoded ({error})", where=path, fix="check codec, rates and frame size") from error
    finally:
        draft.unlink(missing_ok=True)


class _Picture:
    """The video stream of a file that is being written."""

    def __init__(
        self, container: OutputContainer, path: Path, first: NDArray[np.uint8], rate: Fraction, crf: int, codec: str
    ) -> None:
        if first.ndim != 3 or first.shape[2] != 3 or 0 in first.shape:
            raise MediaError(f"frames of shape {first.shape} were given", where=path, fix="give (H, W, 3) RGB arrays")
        self._container, self._path, self._shape = container, path, first.shape
        options = {"crf": str(crf), **_DETERMINISTIC.get(codec, {})}
        self._stream = cast("VideoStream", container.add_stream(codec, rate=rate, options=options))
        context = self._stream.codec_context
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.height, context.width = first.shape[:2]
        context.pix_fmt = "yuv444p" if context.height % 2 or context.width % 2 else "yuv420p"
        context.time_base = 1 / rate
        context.colorspace = context.color_primaries = context.color_trc = _BT601
        context.color_range = ColorRange.MPEG
        self._scaler = VideoReformatter()

    def add(self, index: int, rgb: NDArray[np.uint8]) -> None:
        """Encode one frame."""
        if rgb.shape != self._shape or rgb.dtype != np.uint8:
            raise MediaError(
                f"frame {index} is {rgb.dtype} of shape {rgb.shape}, the first had {self._shape}",
                where=self._path,
                fix="give uint8 frames of one size",
            )
        context = self._stream.codec_context
        frame = self._scaler.reformat(
            av.VideoFrame.from_ndarray(np.ascontiguousarray(rgb), format="rgb24"),
            format=context.pix_fmt,
            dst_colorspace=Colorspace.ITU601,
            dst_color_range=ColorRange.MPEG,
            interpolation=Interpolation.BICUBIC,
        )
        frame.pts, frame.time_base = index, context.time_base
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Write what the encoder still holds."""
        self._container.mux(self._stream.encode(None))


class _Sound:
    """The audio stream of a file that is being written; fed in step with the frames, so that little is held back."""

    def __init__(self, container: OutputContainer, path: Path, audio: NDArray[np.float32], rate: int) -> None:
        if audio.ndim != 1 or not np.isfinite(audio).all():
            raise MediaError(f"sound of shape {audio.shape} was given", where=path, fix="give finite mono samples (n,)")
        self._container, self._audio, self._rate, self._done = container, audio, rate, 0
        self._stream = container.add_stream("aac", rate=rate, layout="mono")
        context = self._stream.codec_context
        context.thread_count = 1
        context.flags |= Flags.bitexact
        context.bit_rate = min(4 * rate, 128_000)

    def add_until(self, seconds: float) -> None:
        """Encode the sound up to a time."""
        end = min(round(seconds * self._rate), len(self._audio))
        self._add(self._audio[self._done : end])

    def _add(self, samples: NDArray[np.float32]) -> None:
        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[None], np.float32), format="fltp", layout="mono"
        )
        frame.sample_rate, frame.pts, frame.time_base = self._rate, self._done, Fraction(1, self._rate)
        self._done += len(samples)
        self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        """Encode the rest, and write what the encoder still holds."""
        self._add(self._audio[self._done :])
        self._container.mux(self._stream.encode(None))

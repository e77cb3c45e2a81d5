"""The video stream of a file, measured: where its frames lie in time, how it is turned, whether it is whole.

One pass over the packets (nothing is decoded but the first frame) gives what the headers of real files get wrong: the
number of frames, their span, and whether the file ends where it says it ends.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, cast

from echo_bench.errors import MediaError, NoVideoError
from echo_bench.media.container import (
    STATES_LENGTH,
    audio_stream,
    decoded,
    format_names,
    opened,
    packet_time,
    stated_end,
    video_stream,
)
from echo_bench.media.hashing import FileStamp, file_stamp, unreadable

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.sidedata.sidedata import SideDataContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: The longest side of a frame that is read, in pixels.
MAX_SIDE = 8192

#: How much of its last frame a video may lack before it is cut short, in frame periods; beside it, `CLOCK` seconds.
SHORTFALL = 0.75

# The longest sound in one packet of the usual codecs (seconds).
_PACKET = 0.03

#: Two times that differ by less are equal: containers round to milliseconds (seconds).
CLOCK = 2e-3


@dataclass(frozen=True, slots=True)
class Survey:
    """What was measured of a video stream.

    Attributes
    ----------
    width, height : int
        Of the stored frame, before it is turned; pixels.
    rotation : {0, 90, 180, 270}
        Degrees clockwise by which a player turns the stored frame.
    origin : float
        The time stamp of the first frame, in the container's seconds; all other times of this package count from it.
    length : float
        Seconds from the start of the first frame to the end of the last.
    last : float
        The time of the last frame.
    count : int
        Frames in the file.
    period : float
        Seconds per frame, on average.
    codec : str
    """

    width: int
    height: int
    rotation: int
    origin: float
    length: float
    last: float
    count: int
    period: float
    codec: str


@dataclass(frozen=True, slots=True)
class Sound:
    """What the first decoded frame tells of an audio stream.

    Attributes
    ----------
    rate : int
        Samples per second.
    channels : int
    origin : float
        The time stamp of the first sample that is heard, in the container's seconds.
    """

    rate: int
    channels: int
    origin: float


def survey(path: str | Path) -> Survey:
    """Measure the video stream of a file; remembered until the file changes.

    Raises
    ------
    NoVideoError
        The file has no video stream, or its first frame cannot be decoded.
    MediaError
        The file cannot be opened, has no time stamps, a size that is absurd or an orientation that is not a quarter turn, or is cut short.
    """
    return _survey(file_stamp(path))


@lru_cache(maxsize=1024)
def _survey(stamp: FileStamp) -> Survey:
    path = Path(stamp.path)
    with opened(path) as container:
        stream = require_video(container, path)
        origin, frame = _first_frame(container, stream, path)
        first = Survey(
            width=frame.width,
            height=frame.height,
            rotation=_rotation(frame, path),
            origin=origin,
            length=0.0,
            last=0.0,
            count=0,
            period=0.0,
            codec=stream.codec_context.name,
        )
    with opened(path) as container:
        return _measure(container, require_video(container, path), first, path)


def survey_sound(path: str | Path) -> Sound | None:
    """Measure the start of the first audio stream of a file; None without one, or if nothing of it can be decoded.

    Raises
    ------
    MediaError
        The file cannot be opened, or is a WAV file that was cut short.
    """
    return _survey_sound(file_stamp(path))


@lru_cache(maxsize=1024)
def _survey_sound(stamp: FileStamp) -> Sound | None:
    with opened(stamp.path) as container:
        _require_whole_wave(stamp)
        stream = audio_stream(container)
        for frame in islice(container.decode(stream), 1) if stream is not None else ():
            return Sound(frame.sample_rate, len(frame.layout.channels), frame.time or 0.0)
    return None


def _require_whole_wave(stamp: FileStamp) -> None:
    """FFmpeg takes the length of a WAV file from the file's size, not from its header, so a cut does not show there."""
    try:
        with open(stamp.path, "rb") as file:
            name, size, kind = struct.unpack("<4sI4s", file.read(12).ljust(12, b"\0"))
    except OSError as error:
        raise unreadable(error.strerror, stamp.path) from error
    # Recorders that were stopped leave a size of 0 or of all ones; that says nothing.
    if (name, kind) == (b"RIFF", b"WAVE") and stamp.size < size + 8 < 1 << 31:
        raise MediaError(
            f"is cut short: {stamp.size} of {size + 8} bytes are there",
            where=stamp.path,
            fix="copy or download it again",
        )


def require_video(container: InputContainer, path: Path) -> VideoStream:
    """The video stream of an open file, of a size that is read.

    Raises
    ------
    NoVideoError, MediaError
    """
    stream = video_stream(container)
    if stream is None:
        kinds = ", ".join(sorted({str(s.type) for s in container.streams})) or "none at all"
        raise NoVideoError(f"has no video stream that can be decoded (streams: {kinds})", where=path)
    width, height = stream.codec_context.width, stream.codec_context.height
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE):
        raise MediaError(
            f"its frames are {width} x {height} px; sides of 1 to {MAX_SIDE} px are read",
            where=path,
            fix="scale the video down, or export it again if its header is wrong",
        )
    return stream


def _first_frame(container: InputContainer, stream: VideoStream, path: Path) -> tuple[float, VideoFrame]:
    for stamp, frame in decoded(container, stream):
        return stamp, frame
    raise NoVideoError("has a video stream, but no frame of it can be decoded", where=path, fix="export it again")


def _rotation(frame: VideoFrame, path: Path) -> int:
    """The clockwise turn of the display matrix (ISO/IEC 14496-12, 16.16 fixed point, rows a b u, c d v, x y w)."""
    extras = cast("SideDataContainer", frame.side_data)  # PyAV types it as a dictionary, which it is not
    data = next((extra for extra in extras if extra.type.name == "DISPLAYMATRIX"), None)
    if data is None:
        return 0
    a, b, _, c, d = struct.unpack("=5i", bytes(data)[:20])
    one = 1 << 16
    turns = {(one, 0, 0, one): 0, (0, one, -one, 0): 90, (-one, 0, 0, -one): 180, (0, -one, one, 0): 270}
    if (a, b, c, d) not in turns:
        raise MediaError(
            "its display matrix mirrors, skews or turns by something other than a quarter",
            where=path,
            fix="re-encode it upright",
        )
    return turns[a, b, c, d]


@dataclass(slots=True)
class _Span:
    """What the packets of one stream cover, as they come by."""

    first: float = float("inf")
    last: float = float("-inf")
    last_length: float = 0.0
    count: int = 0
    broken: float | None = None

    def add(self, start: float, length: float, *, corrupt: bool) -> None:
        self.count += 1
        self.first = min(self.first, start)
        if start > self.last:
            self.last, self.last_length = start, length
        if corrupt and self.broken is None:
            self.broken = start


def _measure(container: InputContainer, stream: VideoStream, first: Survey, path: Path) -> Survey:
    """Fill in length, count and period from the packets, and refuse a file that ends before it says it does."""
    span, latest = _Span(), 0.0
    for packet in container.demux():
        start = packet_time(container, packet)
        if start is None:
            continue
        length = float((packet.duration or 0) * packet.time_base)
        latest = max(latest, start + length)
        # Packets before the start of an edit list are decoded, but their frames are not shown.
        if packet.stream_index == stream.index and not packet.is_discard:
            span.add(start, length, corrupt=packet.is_corrupt)
    period = _period(stream, span, path)
    end = span.last + (span.last_length or period)
    _require_whole(path, span, end, _missing(container, stream, end=end, latest=latest), period)
    return replace(first, length=end - first.origin, last=span.last - first.origin, count=span.count, period=period)


def _period(stream: VideoStream, span: _Span, path: Path) -> float:
    """Seconds per frame from the time stamps; the header is asked only about a single frame."""
    if span.count > 1:
        period = (span.last - span.first) / (span.count - 1)
    else:
        period = span.last_length or (float(1 / stream.average_rate) if stream.average_rate else 0.0)
    if period <= 0:
        raise MediaError(
            "its frames do not advance in time (0 fps)", where=path, fix="export it again with a frame rate"
        )
    return period


def _missing(container: InputContainer, stream: VideoStream, *, end: float, latest: float) -> float:
    """Seconds that the container states and the file does not have; 0 where it states nothing of its own."""
    stated = stated_end(container, stream)
    if stated is not None:
        return stated - end
    if format_names(container) & STATES_LENGTH and container.duration is not None:
        # Of the longest stream; its last packet may not state its own length.
        return container.duration / 1e6 - _PACKET - latest
    return 0.0


def _require_whole(path: Path, span: _Span, end: float, missing: float, period: float) -> None:
    if span.broken is None and missing <= SHORTFALL * period + CLOCK:
        return
    readable = (end if span.broken is None else span.broken) - span.first
    raise MediaError(
        f"is cut short or damaged: {readable:.2f} s can be read of the {end - span.first + max(missing, 0):.2f} s it states",
        where=path,
        fix="copy or download it again",
    )

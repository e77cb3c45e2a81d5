"""Opening a media file with named errors, and choosing its streams. Everything that reads media goes through here."""

from __future__ import annotations

import errno
import heapq
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import av
from av.error import FFmpegError

from echo_bench.errors import MediaError
from echo_bench.media.hashing import file_stamp, unreadable

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.packet import Packet
    from av.stream import Stream
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

#: Containers that state a length of their own; that of others is an estimate, and no file is refused by it.
STATES_LENGTH = frozenset({"mov", "mp4", "matroska", "webm", "avi", "wav", "flac"})

#: Containers with an index of keyframes, in which a seek is exact.
INDEXED = frozenset({"mov", "mp4", "matroska", "webm"})

# The length of a Matroska stream, as 00:00:05.040000000.
_MATROSKA_TIME = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")

# Formats that only point at other files (whose bytes no hash would cover), or that draw text as video.
_NOT_MEDIA = frozenset({"concat", "hls", "tty"})


# What says nothing of the bytes of a file that is there: forbidden, a disk or a share fails, memory or open files run out.
_OF_THE_MACHINE = frozenset({errno.EACCES, errno.EIO, errno.ESTALE, errno.ENOMEM, errno.EMFILE, errno.ENFILE})


@contextmanager
def opened(path: str | Path) -> Iterator[InputContainer]:
    """Open a media file for reading; what goes wrong in the body is named too.

    Raises
    ------
    MediaError
        Empty, not media (a text file named mp4, a playlist), an mp4 that was cut before its index, or damaged further in.
    UnreadableError
        Missing, or the machine cannot read it now.
    """
    stamp = file_stamp(path)
    if stamp.size == 0:
        raise MediaError("the file is empty (0 bytes)", where=path, fix="export or copy it again")
    try:
        container = av.open(stamp.path, metadata_errors="ignore")
    except FFmpegError as error:
        _require_of_the_bytes(error, path)
        raise MediaError(
            f"cannot be opened as media ({error.strerror})",
            where=path,
            fix="is it another kind of file under this name, or a download that was cut short?",
        ) from error
    with container:
        if format_names(container) & _NOT_MEDIA:
            raise MediaError(f"is text or a playlist ({container.format.name}), not media", where=path)
        try:
            yield container
        except FFmpegError as error:
            _require_of_the_bytes(error, path)
            raise MediaError(
                f"is damaged: reading stopped ({error.strerror})", where=path, fix="export or copy the file again"
            ) from error


def _require_of_the_bytes(error: FFmpegError, path: str | Path) -> None:
    if error.errno in _OF_THE_MACHINE:
        raise unreadable(error.strerror, path) from error


def format_names(container: InputContainer) -> frozenset[str]:
    """The names of a container's format; FFmpeg lists several for one family, as in ``mov,mp4,m4a``."""
    return frozenset(container.format.name.split(","))


def video_stream(container: InputContainer) -> VideoStream | None:
    """The first video stream that can be decoded, by one thread; cover pictures of audio files do not count."""
    for stream in container.streams.video:
        # A stream whose header is broken has no codec, whatever PyAV's types say.
        if stream.codec_context is not None and not stream.disposition & av.stream.Disposition.attached_pic:
            # One thread: equal bytes, and workers do not fight over cores.
            stream.codec_context.thread_count = 1
            return stream
    return None


def audio_stream(container: InputContainer) -> AudioStream | None:
    """The first audio stream that can be decoded, by one thread."""
    for stream in container.streams.audio:
        if stream.codec_context is not None:
            stream.codec_context.thread_count = 1
            return stream
    return None


def packet_time(
    container: InputContainer, packet: Packet[VideoStream] | Packet[AudioStream] | Packet[Stream]
) -> float | None:
    """The time stamp of a packet in the container's seconds; None for the marker at the end of a stream.

    AVI has no presentation times, only slots of one frame each: there it is the slot.
    """
    slots = packet.pts is None or "avi" in format_names(container)
    stamp = packet.dts if slots else packet.pts
    return None if stamp is None else float(stamp * packet.time_base)


def stated_end(container: InputContainer, stream: VideoStream | AudioStream) -> float | None:
    """When a stream ends by what its header states, in the container's seconds; None where the header states nothing."""
    formats = format_names(container)
    if not formats & STATES_LENGTH or stream.time_base is None:
        return None
    if "avi" in formats:  # its lengths follow the size of the file, its count of frames does not
        rate = stream.average_rate if stream.type == "video" else None
        return float(stream.frames / rate) if rate else None
    if stream.duration is not None:
        return float(((stream.start_time or 0) + stream.duration) * stream.time_base)
    tag = _MATROSKA_TIME.fullmatch(stream.metadata.get("DURATION", ""))
    return None if tag is None else 3600 * int(tag[1]) + 60 * int(tag[2]) + float(tag[3])


def decoded(container: InputContainer, stream: VideoStream) -> Iterator[tuple[float, VideoFrame]]:
    """Frames in the order in which they are shown, each with its time stamp in the container's seconds.

    In AVI with B-frames, a packet sits in the slot of another frame. The frames leave the decoder in their right order, so
    the n-th gets the n-th smallest stamp of the packets.

    Raises
    ------
    MediaError
        The stream has no time stamps.
    """
    reordered = "avi" in format_names(container)
    pending: list[float] = []
    for packet in container.demux(stream):
        slot = packet_time(container, packet) if reordered else None
        if slot is not None:
            heapq.heappush(pending, slot)
        for frame in packet.decode():
            time = heapq.heappop(pending) if pending else frame.time
            if time is None:
                raise MediaError(
                    "its frames have no time stamps", where=container.name, fix="put the raw stream into an mp4"
                )
            yield time, frame

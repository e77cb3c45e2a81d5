"""Frames of a video as RGB arrays, at a constant rate by time stamp, streamed: memory does not grow with the clip.

The frame at time ``k / fps`` is the one that a player shows then: the last whose time stamp is not later (by more than
:data:`~echo_bench.media.survey.CLOCK`, 2 ms). Time 0 is the first frame of the file. Nothing is blended.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from av.video.reformatter import Interpolation, VideoReformatter
from numpy.typing import NDArray

from echo_bench.clip import ImageRef, Panel, VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.container import INDEXED, decoded, format_names, opened
from echo_bench.media.survey import CLOCK, SHORTFALL, Survey, require_video, survey

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame

# A seek asks for this much earlier, so that frames that are stored out of order are not missed (seconds).
_RUN_IN = 1.0


def frames(ref: VideoRef, *, fps: float = 25.0, limit: int | None = None) -> Iterator[NDArray[np.uint8]]:
    """The frames of a video, or of one panel and one stretch of it, at a constant rate.

    Parameters
    ----------
    ref : VideoRef
    fps : float, default 25.0
        Frames per second that come out, whatever the file has: frames are repeated or left out by their time stamps.
    limit : int, optional
        Stop after this many.

    Yields
    ------
    ndarray of shape (H, W, 3), uint8
        RGB in [0, 255], turned as the file's rotation flag asks, cut to the panel; each its own array.
        YUV is converted with the matrix that the file states (BT.601 where it states none); alpha is dropped, deeper
        samples are reduced to 8 bits.

    Raises
    ------
    NoVideoError
        No video stream, or no frame can be decoded.
    MediaError
        The file cannot be read or is cut short (before the first frame comes, where the packets show it), is damaged
        further in, changes its size, does not split into the panels, or ends before the stretch does.
    """
    count = frame_count(ref, fps)
    seen = survey(ref.path)
    times = (ref.start + k / fps for k in range(count if limit is None else min(count, limit)))
    convert = _Converter(ref.path, seen, ref.panel)
    with opened(ref.path) as container, closing(_timed(container, seen, ref)) as timed:
        for frame in _shown(timed, times):
            yield convert(frame)


def frame_count(ref: VideoRef, fps: float = 25.0) -> int:
    """The number of frames that :func:`frames` yields without a limit; the packets are read, nothing is decoded but one frame.

    Raises
    ------
    MediaError
        As :func:`frames` does before its first frame.
    """
    if not (math.isfinite(fps) and fps > 0):
        raise MediaError(f"frames were asked for at {fps} per second", where=ref.path, fix="ask for a rate above 0")
    length = survey(ref.path).length
    slack = 1.0 / fps  # a stretch may ask for one frame more than there is: the last is held
    end = length if ref.duration is None else ref.start + ref.duration
    if not 0 <= ref.start < length or not ref.start < end <= length + slack + CLOCK:
        raise MediaError(
            f"the stretch from {ref.start:.3f} s to {end:.3f} s was asked for, but the video is {length:.3f} s long",
            where=ref.path,
            fix="correct start and duration in the manifest",
        )
    return max(1, math.ceil((end - ref.start - min(CLOCK, slack / 4)) * fps))


def still(ref: ImageRef) -> NDArray[np.uint8]:
    """An image file, or the frame that a video shows at a time.

    Returns
    -------
    ndarray of shape (H, W, 3), uint8
        RGB in [0, 255].

    Raises
    ------
    MediaError, NoVideoError
        As :func:`frames`.
    """
    return next(frames(VideoRef(ref.path, ref.sha256, ref.panel, start=ref.time), limit=1))


def _shown(timed: Iterator[tuple[float, VideoFrame]], times: Iterator[float]) -> Iterator[VideoFrame]:
    """For each of `times` (ascending), the last frame that is not later."""
    current = next(timed)[1]
    coming = next(timed, None)
    for time in times:
        while coming is not None and coming[0] <= time + CLOCK:
            current, coming = coming[1], next(timed, None)
        yield current


def _timed(container: InputContainer, seen: Survey, ref: VideoRef) -> Generator[tuple[float, VideoFrame], None, None]:
    """Decoded frames with their time from the first frame of the file, from the last keyframe before the stretch on."""
    stream = require_video(container, ref.path)
    if ref.start > _RUN_IN and format_names(container) & INDEXED and stream.time_base is not None:
        container.seek(int((seen.origin + ref.start - _RUN_IN) / stream.time_base), stream=stream)
    last = -math.inf
    for stamp, frame in decoded(container, stream):
        time = stamp - seen.origin
        fault = _fault(frame, time, last, seen)
        if fault:
            raise MediaError(fault, where=ref.path, fix="export the file again")
        last = time
        yield time, frame
    if last < seen.last - SHORTFALL * seen.period - CLOCK:
        raise MediaError(
            f"only {max(last, 0.0):.2f} s of its {seen.length:.2f} s can be decoded",
            where=ref.path,
            fix="copy or download it again",
        )


def _fault(frame: VideoFrame, time: float, last: float, seen: Survey) -> str | None:
    """What is wrong with a decoded frame, if anything is."""
    if frame.is_corrupt:
        return f"is cut short or damaged: its frame at {time:.2f} s of {seen.length:.2f} s is not whole"
    if (frame.width, frame.height) != (seen.width, seen.height):
        size = f"{seen.width} x {seen.height} to {frame.width} x {frame.height}"
        return f"its frames change from {size} px at {time:.2f} s"
    if time < last:
        return f"its time stamps run backwards at {time:.2f} s"
    return None


class _Converter:
    """Decoded frames to upright RGB arrays of the panel."""

    def __init__(self, path: Path, seen: Survey, panel: Panel | None) -> None:
        width = seen.height if seen.rotation in (90, 270) else seen.width
        self._columns = slice(None) if panel is None else _columns(path, width, panel)
        self._quarters = -seen.rotation // 90  # numpy turns anticlockwise
        self._scaler = VideoReformatter()

    def __call__(self, frame: VideoFrame) -> NDArray[np.uint8]:
        rgb = self._scaler.reformat(frame, format="rgb24", interpolation=Interpolation.BICUBIC)
        upright = np.rot90(rgb.to_ndarray(), self._quarters)[:, self._columns]
        # A frame that was RGB before is the decoder's own memory, which it may still refer to.
        return np.array(upright, np.uint8, order="C") if rgb is frame else np.ascontiguousarray(upright, np.uint8)


def _columns(path: Path, width: int, panel: Panel) -> slice:
    """The columns of one of several equally wide panels."""
    if not 0 <= panel.index < panel.count:
        raise MediaError(f"panel {panel.index} of {panel.count} was asked for", where=path, fix="count panels from 0")
    if width % panel.count:
        raise MediaError(
            f"a frame of {width} px does not split into {panel.count} equally wide panels",
            where=path,
            fix="correct the layout",
        )
    each = width // panel.count
    return slice(panel.index * each, (panel.index + 1) * each)

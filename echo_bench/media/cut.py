"""Nothing beyond a clip's end: references to files that run on get the stretch that the clip has."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from echo_bench.clip import AudioRef, Track, VideoRef
from echo_bench.errors import MediaError
from echo_bench.media.container import audio_stream, opened, packet_time, video_stream
from echo_bench.media.hashing import FileStamp, file_stamp
from echo_bench.media.survey import survey, survey_sound

SLACK = 0.02
"""Seconds by which a file may outlast its clip and still be taken whole: half a frame at 25 per second. Sound ends with a packet."""


def cut(track: Track, seconds: float) -> Track:
    """A track whose video and sound end with the clip.

    Parameters
    ----------
    track : Track
    seconds : float
        How long the clip is.

    Returns
    -------
    Track
        Equal to `track` where nothing outlasts the clip, so that whole files keep their keys. Motion is left as it is: it has no
        stretch. So is what cannot be read: whoever reads it says why.
    """
    video, audio = track.video, track.audio
    return replace(
        track,
        video=replace(video, duration=seconds) if video and _outlasts(video, seconds) else video,
        audio=replace(audio, duration=seconds) if audio and _outlasts(audio, seconds) else audio,
    )


def seconds_of(ref: VideoRef | AudioRef) -> float:
    """How long the stretch is that a reference names, in seconds: as it says or, where it says nothing, to the end of the file.

    Raises
    ------
    MediaError
        When the file must be measured and cannot be read.
    """
    if ref.duration is not None:
        return ref.duration
    end = survey(ref.path).length if isinstance(ref, VideoRef) else _sound_end(file_stamp(ref.path))
    return end - ref.start


def _outlasts(ref: VideoRef | AudioRef, seconds: float) -> bool:
    try:
        return seconds_of(ref) > seconds + SLACK
    except MediaError:
        return False


@lru_cache(maxsize=1024)
def _sound_end(stamp: FileStamp) -> float:
    """When the sound of a file ends, on the clock of its video or, without one, from its first sample; by its packets."""
    sound, end = survey_sound(stamp.path), 0.0
    if sound is None:
        return end
    with opened(stamp.path) as container:
        stream = audio_stream(container)
        shows = video_stream(container) is not None
        for packet in container.demux(stream) if stream is not None else ():
            start = packet_time(container, packet)
            if start is not None:
                end = max(end, start + float((packet.duration or 0) * packet.time_base))
    return end - (survey(stamp.path).origin if shows else sound.origin)

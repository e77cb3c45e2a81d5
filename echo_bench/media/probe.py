"""What a video file is: size, rate, length, sound. Measured where headers are known to lie (:mod:`echo_bench.media.survey`)."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from echo_bench.media.survey import survey, survey_sound


@dataclass(frozen=True, slots=True)
class MediaInfo:
    """Facts of a video file.

    Attributes
    ----------
    path : Path
    width, height : int
        As shown: after the file's rotation flag; pixels. Non-square pixels are not stretched.
    rotation : {0, 90, 180, 270}
        Degrees clockwise by which the stored frames are turned for display.
    fps : float
        Frames per second on average, from the time stamps, not from the header.
    frames : int
        Frames stored in the file (duplicates included).
    duration : float
        Seconds from the start of the first frame to the end of the last.
    video_codec : str
        FFmpeg's name of the codec.
    has_audio : bool
    audio_rate, audio_channels : int or None
        Samples per second and number of channels; None without sound.
    audio_start : float
        Seconds by which the first sample is heard after the first frame is seen; negative: before. 0 without sound.
    """

    path: Path
    width: int
    height: int
    rotation: int
    fps: float
    frames: int
    duration: float
    video_codec: str
    has_audio: bool
    audio_rate: int | None
    audio_channels: int | None
    audio_start: float


def probe(path: str | Path) -> MediaInfo:
    """Measure a video file: all packets are read, one frame of each stream is decoded.

    Parameters
    ----------
    path : str or Path

    Returns
    -------
    MediaInfo

    Raises
    ------
    NoVideoError
        No video stream (a sound file), or no frame that can be decoded.
    MediaError
        Missing, empty, not media, cut short, damaged, without a frame rate, or with sides beyond
        :data:`~echo_bench.media.survey.MAX_SIDE`.
    """
    path = Path(path)
    seen = survey(path)
    turned = seen.rotation in (90, 270)
    sound = survey_sound(path)
    return MediaInfo(
        path=path,
        width=seen.height if turned else seen.width,
        height=seen.width if turned else seen.height,
        rotation=seen.rotation,
        fps=1 / seen.period,
        frames=seen.count,
        duration=seen.length,
        video_codec=seen.codec,
        has_audio=sound is not None,
        audio_rate=sound.rate if sound else None,
        audio_channels=sound.channels if sound else None,
        audio_start=sound.origin - seen.origin if sound else 0.0,
    )

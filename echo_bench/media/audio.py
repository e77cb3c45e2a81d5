"""The sound of a file as one mono waveform, on the clock of its video.

Alignment
---------
Time 0 is the first frame of the video, or the first sample of a file without video. A stream that starts late is preceded
by silence, one that starts early is cut; holes are filled with silence. Codec priming (AAC, Opus, MP3) is skipped where the
container states it. A click recorded with a flash comes out with it; the error measured for each container is in docs/media.md.

Resampling
----------
`scipy.signal.resample_poly`: a polyphase FIR low-pass (Kaiser, beta 5, 10 zero crossings), linear phase, its delay removed;
deterministic. Channels are averaged with equal weights.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef
from echo_bench.errors import MediaError, NoAudioError
from echo_bench.media.container import audio_stream, opened, stated_end, video_stream
from echo_bench.media.survey import Sound, survey, survey_sound

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame

#: Time stamps of sound that are off by less do not move it: they are rounded, the count of samples is not (seconds).
JITTER = 0.02

#: How much of what the container states, or of what a stretch asks for, may be missing at the end (seconds).
CUT, PADDED = 0.1, 0.5

# Context of the resampling filter around a stretch, many times its length (seconds).
_MARGIN = 0.05


def waveform(ref: AudioRef, *, rate: int = 16000) -> NDArray[np.float32]:
    """The sound of one person, mono.

    Parameters
    ----------
    ref : AudioRef
        `start` and `duration` are on the clock of the file's video. `delay` puts silence before the result, which gets
        longer by it; a negative one cuts its beginning.
    rate : int, default 16000
        Samples per second of the result.

    Returns
    -------
    ndarray of shape (n,), float32
        In [-1, 1]; what is louder is clipped. n is ``round(duration * rate)``, or what there is from `start` on, plus the
        delay. Up to :data:`PADDED` seconds that the sound lacks at the end of the stretch are silence.

    Raises
    ------
    NoAudioError
        No audio stream, or nothing of it can be decoded.
    MediaError
        The file cannot be read, is damaged or cut short, has no such channel, or ends before the stretch does.
    """
    sound = _require_sound(ref)
    with opened(ref.path) as container:
        origin = sound.origin if video_stream(container) is None else survey(ref.path).origin
    ratio = Fraction(rate, sound.rate)
    strip = _empty_strip(ref, ratio, sound.rate)
    _fill(strip, ref, sound, origin)
    return _delayed(_cut(_resampled(strip.joined(), ratio), strip, ref, rate, ratio), round(ref.delay * rate))


def _require_sound(ref: AudioRef) -> Sound:
    sound = survey_sound(ref.path)
    if sound is None:
        raise NoAudioError(
            "has no audio that can be decoded", where=ref.path, fix="give the sound as a file of its own"
        )
    if ref.channel is not None and not 0 <= ref.channel < sound.channels:
        raise MediaError(
            f"channel {ref.channel} was asked for, but the sound has {sound.channels}",
            where=ref.path,
            fix="count channels from 0",
        )
    if ref.start < 0 or (ref.duration is not None and ref.duration <= 0):
        raise MediaError(
            f"a stretch of {ref.duration} s from {ref.start} s was asked for",
            where=ref.path,
            fix="correct start and duration in the manifest",
        )
    return sound


@dataclass(slots=True)
class _Strip:
    """Source samples from index `first` to about `last` of a timeline, put down in order, holes silent.

    `filled` is the index up to which it is filled; `end` the one after the last sample that came, in the strip or before it.
    """

    first: int
    last: float
    filled: int = field(init=False)
    end: int | None = None
    pieces: list[NDArray[np.float32]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.filled = self.first

    def put(self, index: int, samples: NDArray[np.float32]) -> None:
        """Put samples down at an index; what lies before the strip, or where something is already, is left out."""
        self.end = index + len(samples)
        if self.end <= self.filled:
            return
        if index > self.filled:
            self.pieces.append(np.zeros(index - self.filled, np.float32))
        self.pieces.append(samples[max(self.filled - index, 0) :])
        self.filled = self.end

    def joined(self) -> NDArray[np.float32]:
        """All of it as one array."""
        return np.concatenate([np.zeros(0, np.float32), *self.pieces])


def _empty_strip(ref: AudioRef, ratio: Fraction, source_rate: int) -> _Strip:
    """The strip that a stretch needs; its first index falls on a sample of the result, so that all stretches agree."""
    first = max(math.floor((ref.start - _MARGIN) * source_rate / ratio.denominator), 0) * ratio.denominator
    last = math.inf if ref.duration is None else (ref.start + ref.duration + _MARGIN) * source_rate
    return _Strip(first, last)


def _fill(strip: _Strip, ref: AudioRef, sound: Sound, origin: float) -> None:
    """Decode into a strip, and refuse sound that ends before its container says it does."""
    with opened(ref.path) as container:
        stream = audio_stream(container)
        if stream is None:  # the file was changed since it was surveyed
            raise NoAudioError("has no audio that can be decoded", where=ref.path)
        for frame in container.decode(stream):
            if (frame.sample_rate, len(frame.layout.channels)) != (sound.rate, sound.channels):
                raise MediaError("its sound changes rate or channels on the way", where=ref.path, fix="export it again")
            index = _index(frame, strip.end, sound.rate, origin)
            if index >= strip.last:
                return
            strip.put(index, _mono(frame, ref.channel))
        stated = stated_end(container, stream)
    end = (strip.end or 0) / sound.rate
    if stated is not None and end < stated - origin - CUT:
        raise MediaError(
            f"its sound is cut short: {end:.2f} s can be read of the {stated - origin:.2f} s it states",
            where=ref.path,
            fix="copy or download it again",
        )


def _index(frame: AudioFrame, end: int | None, rate: int, origin: float) -> int:
    """Where a frame goes: right after the one before, unless its time stamp says clearly otherwise."""
    if frame.time is None:
        return end or 0
    stamped = round((frame.time - origin) * rate)
    return stamped if end is None or abs(stamped - end) > JITTER * rate else end


def _mono(frame: AudioFrame, channel: int | None) -> NDArray[np.float32]:
    """One channel of a frame, or the mean of all, full scale being 1."""
    data = frame.to_ndarray()
    channels = data if frame.format.is_planar else data.reshape(-1, len(frame.layout.channels)).T
    chosen = channels if channel is None else channels[channel : channel + 1]
    picked: NDArray[np.float64] = chosen.mean(axis=0, dtype=np.float64)
    if data.dtype.kind == "u":  # 8 bits: 128 is silence
        picked -= 128
    if data.dtype.kind in "ui":
        picked /= 2.0 ** (8 * data.dtype.itemsize - 1)
    return picked.astype(np.float32)


def _resampled(samples: NDArray[np.float32], ratio: Fraction) -> NDArray[np.float32]:
    """Samples at another rate; see the head of this file."""
    if ratio == 1 or not len(samples):
        return samples
    from scipy.signal import resample_poly  # slow to import

    result: NDArray[np.float32] = resample_poly(samples, ratio.numerator, ratio.denominator)
    return result


def _cut(sound: NDArray[np.float32], strip: _Strip, ref: AudioRef, rate: int, ratio: Fraction) -> NDArray[np.float32]:
    """The stretch of a resampled strip, its end padded by at most :data:`PADDED` seconds."""
    first = round(ref.start * rate) - int(strip.first * ratio)
    have = max(len(sound) - first, 0)
    want = have if ref.duration is None else round(ref.duration * rate)
    if not have or want - have > PADDED * rate:
        raise MediaError(
            f"{want / rate:.3f} s from {ref.start:.3f} s on were asked for, but the sound ends at {ref.start + have / rate:.3f} s",
            where=ref.path,
            fix="correct start and duration in the manifest",
        )
    stretch = sound[first : first + want]
    if not np.isfinite(stretch).all():
        raise MediaError("its sound has samples that are not numbers", where=ref.path, fix="export it again")
    return np.clip(np.pad(stretch, (0, want - len(stretch))), -1.0, 1.0).astype(np.float32, copy=False)


def _delayed(sound: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Sound that comes `samples` later, silence before it; or earlier, its beginning cut."""
    return np.pad(sound, (samples, 0)) if samples >= 0 else sound[-samples:].copy()

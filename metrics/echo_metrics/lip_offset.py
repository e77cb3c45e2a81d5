"""AV offset without a net: the opening of the lips against the energy of the speech.

The syllable is the clock: the mouth opens for each vowel and the voice is loud then. Both tracks are made at the video's frame rate,
differentiated, and correlated at each offset. The sign is that of :mod:`echo_metrics.lipsync`, where these names are also found:
positive when the audio leads the lips.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError, UndefinedMetricError

Floats = NDArray[np.floating]
Mask = NDArray[np.bool_]
Masked = tuple[NDArray[np.float64], Mask]

#: Formants of vowels and little else: the hum below and the fricatives above say nothing about how far the lips are open.
SPEECH_BAND_HZ = (300.0, 3000.0)
#: Envelope floor relative to the loud parts of the clip (-40 dB), so that the noise of pauses does not become motion.
ENVELOPE_FLOOR = 1e-2


@dataclass(frozen=True, slots=True)
class LandmarkOffset:
    """AV offset of one lip track.

    Attributes
    ----------
    offset : int
        Frames by which the audio leads the lips, within ``[-max_offset, max_offset]``.
    confidence : float
        Highest minus median correlation of the `curve`, in ``[0, 2]``. What chance reaches falls with length: see the notes of
        :func:`landmark_offset`.
    curve : ndarray of shape (2 * max_offset + 1,), float64
        Correlation at each offset, from ``-max_offset`` to ``max_offset``.
    """

    offset: int
    confidence: float
    curve: NDArray[np.float64]


def speech_envelope(waveform: Floats, rate: int, fps: float, frames: int) -> NDArray[np.float64]:
    """Log energy of the speech at each video frame: the audio side of :func:`landmark_offset`.

    The waveform is band-passed to 300-3000 Hz (4th-order Butterworth, run both ways so that it delays nothing); the envelope at frame
    ``t`` is the root mean square over one frame period *centred* on ``t / fps``, as ``log10(rms / loud + 0.01)`` where ``loud`` is the
    95th percentile over the clip. It does not depend on the recording level.

    Parameters
    ----------
    waveform : ndarray of shape (samples,), float
        Mono audio of the person whose lips are watched; sample 0 plays with frame 0.
    rate : int
        Samples per second, above 6000.
    fps : float
        Video frames per second.
    frames : int
        Number of video frames. Frames beyond the end of the audio count as silence.

    Returns
    -------
    ndarray of shape (frames,), float64

    Raises
    ------
    MetricInputError
        When the audio is not mono and finite, its rate holds no speech band, or it is silent.

    Examples
    --------
    >>> tone = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> tone[:8000] *= 0.01
    >>> np.round(speech_envelope(tone, 16000, 25, 25)[[3, 20]], 1)
    array([-1.7,  0. ])
    """
    from scipy.signal import butter, sosfiltfilt

    _refuse_waveform(waveform, rate)
    sections = butter(4, SPEECH_BAND_HZ, "bandpass", fs=rate, output="sos")
    band = sosfiltfilt(sections, waveform.astype(np.float64))
    energy = np.concatenate([[0.0], np.cumsum(band**2)])
    edges = (np.arange(frames + 1) - 0.5) * rate / fps
    cuts = np.clip(np.round(edges).astype(int), 0, len(waveform))
    rms = np.sqrt(np.diff(energy[cuts]).clip(min=0) / (rate / fps))
    loud = np.quantile(rms, 0.95)
    if loud == 0:
        raise MetricInputError(
            "the audio is silent between 300 and 3000 Hz: is this the track of the person who speaks?"
        )
    envelope: NDArray[np.float64] = np.log10(rms / loud + ENVELOPE_FLOOR)
    return envelope


def _refuse_waveform(waveform: Floats, rate: int) -> None:
    if waveform.ndim != 1 or not np.isfinite(waveform).all():
        raise MetricInputError(f"the waveform must be mono, (samples,), and finite; got shape {waveform.shape}")
    if rate <= 2 * SPEECH_BAND_HZ[1]:
        raise MetricInputError(
            f"audio at {rate} Hz holds no speech band up to {SPEECH_BAND_HZ[1]:.0f} Hz: use 16000 Hz"
        )
    if len(waveform) < rate // 10:
        raise MetricInputError(f"{len(waveform)} samples are less than 0.1 s of audio")


def landmark_offset(
    opening: Floats,
    energy: Floats,
    max_offset: int = 15,
    fps: float = 25.0,
    valid: Mask | None = None,
) -> LandmarkOffset:
    """AV offset from the opening of the lips and the energy of the speech (protocol ``eb1``).

    Both tracks are differentiated over 80 ms (central difference), which keeps the rhythm of syllables and drops slow drift such as
    head pose or loudness, and correlated at each offset over the frames where they overlap. An offset at which one of them does not move in
    the overlap has a correlation of 0: it speaks neither for nor against.

    Parameters
    ----------
    opening : ndarray of shape (T,), float
        Distance between the lips, in any unit, at `fps`. NaN is allowed where `valid` is false.
    energy : ndarray of shape (T,), float
        :func:`speech_envelope` of the same frames.
    max_offset : int, default 15
        Frames searched either way.
    fps : float, default 25
        Frames per second of both tracks.
    valid : ndarray of shape (T,), bool, optional
        Frames where the face was tracked and, for a dyad, the person speaks (:func:`span_mask`). Default: all.

    Returns
    -------
    LandmarkOffset

    Raises
    ------
    MetricInputError
        When the tracks differ in length, less than one second of them overlaps at some offset, or one of them never moves.

    Notes
    -----
    Syllables repeat, so side peaks stand 5 to 8 frames from the true one: about one clip of 3 s in ten shows one of them (take the
    median over clips), and a wrong pairing reaches a `confidence` of 0.5 at 3 s, 0.2 at 5 to 9 s and 0.16 from 15 s on, where the
    right one has 0.2 to 0.5. The outer lips, or nose and chin, are tracked more steadily than the gap between the inner lips.
    It sees timing only: a jaw driven by loudness scores perfectly. Measurements: ``docs/metrics/av-offset.md``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> syllables = np.convolve(rng.normal(size=130), np.ones(4), "same")
    >>> landmark_offset(syllables[10:110], syllables[5:105]).offset  # the audio comes 5 frames late
    -5
    """
    usable = _refuse_tracks(opening, energy, max_offset, valid)
    step = max(1, round(fps / 25))
    lips, usable = _slope(opening, usable, step)
    sound, heard = _slope(energy, np.ones_like(usable), step)
    curve = np.array(
        [
            _overlap_correlation((lips, usable), (sound, heard), k, round(fps))
            for k in range(-max_offset, max_offset + 1)
        ]
    )
    if np.isnan(curve).all():
        raise UndefinedMetricError("the lips or the audio do not move at all: is the face frozen, or the audio silent?")
    curve = np.nan_to_num(curve)
    best = int(curve.argmax())
    return LandmarkOffset(best - max_offset, float(curve[best] - np.median(curve)), curve)


def _refuse_tracks(opening: Floats, energy: Floats, max_offset: int, valid: Mask | None) -> Mask:
    usable = np.ones(len(opening), dtype=bool) if valid is None else valid
    if opening.ndim != 1 or not opening.shape == energy.shape == usable.shape:
        raise MetricInputError(
            f"lip opening, energy and valid must have one shape (frames,); got {opening.shape}, {energy.shape} and {usable.shape}. "
            "Were the tracks cut to a common length?"
        )
    if max_offset < 1:
        raise MetricInputError(
            f"max_offset is the number of frames searched either way and must be at least 1; got {max_offset}"
        )
    if not (np.isfinite(opening[usable]).all() and np.isfinite(energy).all()):
        raise MetricInputError(
            "lip opening or energy holds NaN or Inf on valid frames: mark frames without a face as not valid"
        )
    return usable


def _slope(track: Floats, usable: Mask, step: int) -> Masked:
    """Central difference over ``2 * step`` frames, and where both of its ends are usable."""
    slope = np.zeros(len(track))
    known = np.zeros(len(track), dtype=bool)
    known[step:-step] = usable[2 * step :] & usable[: -2 * step]
    filled = np.where(usable, track, 0.0)
    slope[step:-step] = filled[2 * step :] - filled[: -2 * step]
    return slope, known


def _overlap_correlation(lips: Masked, sound: Masked, lead: int, needed: int) -> float:
    """Pearson correlation of ``lips[t + lead]`` with ``sound[t]`` over the frames known in both; NaN where either is still there."""
    frames = len(lips[0])
    late, early = slice(max(0, lead), frames + min(0, lead)), slice(max(0, -lead), frames - max(0, lead))
    keep = lips[1][late] & sound[1][early]
    if keep.sum() < needed:
        raise MetricInputError(
            f"only {int(keep.sum())} valid frames overlap at an offset of {lead}; {needed} (one second) are needed. "
            "Use a longer clip."
        )
    a, b = lips[0][late][keep], sound[0][early][keep]
    a, b = a - a.mean(), b - b.mean()
    norm = np.sqrt((a @ a) * (b @ b))
    return float(a @ b / norm) if norm else np.nan

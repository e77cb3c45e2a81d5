"""Loudness and pitch of a voice in steps of 10 ms, none of which hears what comes after it.

Pitch is the best peak of the autocorrelation divided by that of the window (Boersma, Proc. Inst. Phonetic Sciences Amsterdam 17, 1993),
without his search for the best path, which would look ahead.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import AudioRef
from echo_bench.media.audio import waveform

Steps = NDArray[np.float64]

RATE, STEP, WINDOW = 16000, 160, 640  # samples per second, per step, and of a window: three periods of the lowest voice
PER_FRAME = 4  # steps of 10 ms per frame of 40 ms
LOWEST, HIGHEST = 75.0, 500.0  # Hz
VOICED = 0.45  # least autocorrelation of a voiced step, and
OCTAVE = 0.01  # what a peak costs per octave below the highest pitch (both as in Boersma's table of defaults)
SILENCE = -80.0  # dB of full scale that stand for no sound at all


@dataclass(frozen=True, slots=True)
class Prosody:
    """How a voice sounds.

    Attributes
    ----------
    level : ndarray of shape (steps,)
        dB of full scale.
    pitch : ndarray of shape (steps,)
        Hz; 0 where it is not voiced.
    """

    level: Steps
    pitch: Steps


def listen(ref: AudioRef | None, frames: int) -> Prosody:
    """The prosody of a sound, four steps per frame; of silence where there is none."""
    sound = np.zeros(0) if ref is None else waveform(ref, rate=RATE).astype(float)[: frames * PER_FRAME * STEP]
    return prosody(np.pad(sound, (0, frames * PER_FRAME * STEP - len(sound))))


def prosody(sound: Steps) -> Prosody:
    """The prosody of samples at 16 kHz; step ``k`` hears the 40 ms that end with its own 10 ms.

    Examples
    --------
    >>> tone = 0.1 * np.sin(2 * np.pi * 200 * np.arange(8000) / 16000)
    >>> heard = prosody(tone)
    >>> round(float(heard.pitch[20])), round(float(heard.level[20]))
    (200, -23)
    """
    padded = np.pad(sound, (WINDOW - STEP, 0))
    heard = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::STEP]
    power = np.square(heard[:, -2 * STEP :]).mean(axis=1)
    return Prosody(10 * np.log10(power + 10 ** (SILENCE / 10)), _pitch(heard))


def _pitch(heard: Steps) -> Steps:
    """Pitch of windows (steps, window)."""
    lags = np.arange(int(RATE / HIGHEST), int(RATE / LOWEST) + 1)
    taper = np.hanning(WINDOW)
    alike = _autocorrelation((heard - heard.mean(axis=1, keepdims=True)) * taper, lags[-1] + 1)
    alike /= _autocorrelation(taper[None], lags[-1] + 1)
    before, here, after = (alike[:, lags + k] for k in (-1, 0, 1))
    inner = (here > before) & (here >= after)
    # A peak lies between two lags: the parabola through three of them has its place and its height.
    bend = np.where(inner, before - 2 * here + after, -1.0)
    shift = np.where(inner, 0.5 * (before - after) / bend, 0.0)
    height = np.where(inner, here - 0.25 * (before - after) * shift, 0.0)
    found = RATE / (lags + shift)
    best = (height - OCTAVE * np.log2(HIGHEST / found)).argmax(axis=1)[:, None]
    height, found = (np.take_along_axis(each, best, 1)[:, 0] for each in (height, found))
    return np.where(height > VOICED, found, 0.0)


def _autocorrelation(rows: Steps, longest: int) -> Steps:
    """Autocorrelation (rows, longest + 1) of rows, 1 at lag 0; 0 where a row is silent."""
    found = np.fft.irfft(np.abs(np.fft.rfft(rows, 2 * WINDOW)) ** 2)[:, : longest + 1]
    loud = found[:, :1] > 1e-9
    return np.where(loud, found / np.where(loud, found[:, :1], 1.0), 0.0)


def speaking(level: Steps, *, below: float = 25.0, least: float = -50.0) -> NDArray[np.bool_]:
    """Whether somebody speaks in each step: no more than `below` dB under the loudest so far, and louder than `least`."""
    return (level > np.maximum.accumulate(level) - below) & (level > least)

"""Mel-frequency cepstral coefficients in the convention of python_speech_features, which SyncNet's audio net was trained on.

Other libraries (librosa, torchaudio, Kaldi) window, scale and normalise differently: their MFCCs give another net input and other
LSE values. Source of the convention: python_speech_features 0.6, `mfcc` with its defaults; Davis and Mermelstein, 1980.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["mfcc"]

Floats = NDArray[np.float64]

WINDOW_S, STEP_S = 0.025, 0.01
PRE_EMPHASIS = 0.97
FILTERS, COEFFICIENTS, LIFTER = 26, 13, 22


def mfcc(waveform: NDArray[np.floating] | NDArray[np.integer], rate: int = 16000) -> Floats:
    """13 coefficients per 10 ms, the first replaced by the log energy of the window.

    25 ms rectangular windows each 10 ms, an FFT of the next power of two (512 at 16 kHz, the package's default at every rate),
    pre-emphasis 0.97, power spectrum, 26 triangular mel filters from 0 to `rate` / 2, log, orthonormal DCT-II, sinusoidal lifter of 22.

    Parameters
    ----------
    waveform : ndarray of shape (samples,)
        Mono, on the scale of int16: SyncNet's audio holds -32768..32767, not -1..1. The scale moves the first coefficient only.
    rate : int, default 16000
        Samples per second.

    Returns
    -------
    ndarray of shape (steps, 13), float64
        The last window is padded with zeros, so that ``steps = 1 + ceil((samples - window) / step)``.

    Raises
    ------
    MetricInputError
        When the waveform is not mono and finite, or is empty.

    Examples
    --------
    >>> mfcc(np.arange(16000) % 100).shape
    (99, 13)
    """
    if waveform.ndim != 1 or not len(waveform) or not np.isfinite(waveform).all():
        raise MetricInputError(f"the waveform must be mono, (samples,), and finite; got shape {waveform.shape}")
    from scipy.fft import dct

    size = 1 << (int(WINDOW_S * rate) - 1).bit_length()
    signal = waveform.astype(np.float64)
    emphasised = np.append(signal[:1], signal[1:] - PRE_EMPHASIS * signal[:-1])
    power = np.abs(np.fft.rfft(_windows(emphasised, rate), size)) ** 2 / size
    bands = _log(power @ mel_filters(size, rate).T)
    cepstrum: Floats = dct(bands, type=2, axis=1, norm="ortho")[:, :COEFFICIENTS]
    cepstrum *= 1 + LIFTER / 2 * np.sin(np.pi * np.arange(COEFFICIENTS) / LIFTER)
    cepstrum[:, 0] = _log(power.sum(axis=1))
    return cepstrum


def mel_filters(size: int, rate: int) -> Floats:
    """Triangular filters (26, size // 2 + 1) whose corners lie evenly in mel and are rounded down to bins of a `size`-point FFT."""
    corners_mel = np.linspace(0, 2595 * np.log10(1 + rate / 2 / 700), FILTERS + 2)
    corners = np.floor((size + 1) * 700 * (10 ** (corners_mel / 2595) - 1) / rate)
    low, peak, high = (corners[i : i + FILTERS, None] for i in range(3))
    bins = np.arange(size // 2 + 1)
    rising = np.where((bins >= low) & (bins < peak), (bins - low) / np.maximum(peak - low, 1), 0.0)
    falling = np.where((bins >= peak) & (bins < high), (high - bins) / np.maximum(high - peak, 1), 0.0)
    return rising + falling


def _windows(signal: Floats, rate: int) -> Floats:
    width, step = (int(seconds * rate + 0.5) for seconds in (WINDOW_S, STEP_S))
    count = 1 + max(0, -(-(len(signal) - width) // step))
    padded = np.pad(signal, (0, max(0, (count - 1) * step + width - len(signal))))
    return np.lib.stride_tricks.sliding_window_view(padded, width)[::step][:count]


def _log(power: Floats) -> Floats:
    """Natural log; digital silence counts as the smallest float step instead of minus infinity."""
    logs: Floats = np.log(np.where(power == 0, np.finfo(float).eps, power))
    return logs

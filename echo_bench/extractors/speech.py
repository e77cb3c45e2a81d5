"""The envelope of a person's speech, at the frame rate of the video, and what extractors of sound share."""

from __future__ import annotations

import numpy as np
from echo_metrics.lipsync import speech_envelope
from numpy.typing import NDArray

from echo_bench.extractor import Arrays, InputSpec


class SpeechExtractor:
    """Speech envelope (echo_metrics.lipsync.speech_envelope) at 25 rows per second."""

    name = "speech"
    version = "1"
    weights = ""
    spec = InputSpec("audio")

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """``envelope`` (T,) float32 of a mono waveform at 16 kHz."""
        frames = int(len(waveform) * self.spec.fps / self.spec.rate)
        envelope = speech_envelope(waveform, self.spec.rate, self.spec.fps, frames)
        return {"envelope": envelope.astype(np.float32)}


def loudness(waveform: NDArray[np.float32], samples: int) -> NDArray[np.float32]:
    """Root mean square (frames,) of each frame of so many samples, full scale 1; a rest that fills no frame is left out.

    Examples
    --------
    >>> loudness(np.array([1, -1, 0.5, 0.5, 0.1], np.float32), 2)
    array([1. , 0.5], dtype=float32)
    """
    frames = len(waveform) // samples
    squares = np.square(waveform[: frames * samples].reshape(frames, samples), dtype=np.float64)
    return np.asarray(np.sqrt(squares.mean(axis=1)), np.float32)


def per_frame(rows: NDArray[np.float32]) -> NDArray[np.float32]:
    """Rows (N, D) of 20 ms as rows (N // 2, D) of the frames of 40 ms that they fill: means of two.

    Examples
    --------
    >>> per_frame(np.array([[0], [2], [4], [8], [9]], np.float32)).tolist()
    [[1.0], [6.0]]
    """
    pairs = rows[: len(rows) // 2 * 2].reshape(-1, 2, rows.shape[1])
    return np.asarray(pairs.mean(axis=1), np.float32)

"""The envelope of a person's speech, at the frame rate of the video."""

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

"""Nets that listen: Whisper tiny.en's encoder and Silero's voice activity, carried by wheels of the package index."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import NoAudioError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.speech import per_frame
from echo_bench.nets import silero, whisper
from echo_bench.nets.device import device, policy
from echo_bench.weights.store import weight_file

VERSION = "1"


class WhisperTiny:
    """``whisper-tiny-en``: what is said and how, 384 numbers for each frame of 1/25 s (the mean of the encoder's two rows).

    Raises
    ------
    WeightsMissingError
        At construction, when the net's weights are not here.
    """

    name = "whisper-tiny-en"
    version = VERSION

    def __init__(self) -> None:
        path, self.weights = weight_file("whisper-tiny-en")
        self.spec = InputSpec("audio", batch=1, policy=policy())
        self._net = whisper.load(path).to(device())

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """``features`` (T, 384) float32 of a mono waveform at 16 kHz.

        Raises
        ------
        NoAudioError
            When it lasts less than a frame.
        """
        _require(waveform)
        return {"features": per_frame(whisper.features(self._net, waveform))}


class SileroVad:
    """``silero-vad``: the chance that someone speaks, for each frame of 1/25 s (that of the chunk of 32 ms in its middle).

    Raises
    ------
    WeightsMissingError
        At construction, when the net's weights are not here.
    """

    name = "silero-vad"
    version = VERSION

    def __init__(self) -> None:
        path, self.weights = weight_file("silero-vad")
        self.spec = InputSpec("audio", batch=1, policy=policy())
        self._net = silero.load(path).to(device())

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """``speech`` (T,) float32 in [0, 1] of a mono waveform at 16 kHz.

        Raises
        ------
        NoAudioError
            When it lasts less than a frame.
        """
        frames = _require(waveform)
        chances = silero.speech_probability(self._net, waveform)
        middles = (np.arange(frames) + 0.5) * self.spec.rate / self.spec.fps
        return {"speech": chances[(middles // silero.CHUNK).astype(np.intp)]}


def _require(waveform: NDArray[np.float32]) -> int:
    """Frames of 1/25 s in a waveform; an error when there is none."""
    frames = len(waveform) * 25 // 16000
    if not frames:
        raise NoAudioError(f"{len(waveform)} samples are less than a frame of sound")
    return frames

"""What an extractor is: a named, versioned function from pixels or sound to features, that declares its input.

The pipeline decodes a clip once and feeds every extractor from that pass; what an extractor declares here is what it gets,
and is part of the key under which its features are kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef

Arrays = dict[str, NDArray[Any]]


@dataclass(frozen=True, slots=True)
class InputSpec:
    """What an extractor is fed.

    Attributes
    ----------
    kind : {"frames", "face", "pair", "audio"}
        Frames of one video; its frames with the landmarks of the followed face; frames of a prediction and of the truth in step; or
        one person's sound.
    fps : float
        Constant frame rate of the frames, or of the rows an audio extractor returns.
    rate : int
        Sample rate of the sound.
    batch : int
        Inputs per forward pass of a net (:class:`echo_bench.extractors.batched.Batches`); 0 for what is no net.
    policy : str
        Arithmetic of a net, ``fp32`` (TF32 off) for everything that is reported; empty for what is no net.
    """

    kind: Literal["frames", "face", "pair", "audio"]
    fps: float = 25.0
    rate: int = 16000
    batch: int = 0
    policy: str = ""


class Session(Protocol):
    """The extraction of one stream (or one pair of streams)."""

    def push(self, *inputs: NDArray[Any]) -> None:
        """Take the next frame, uint8 RGB (H, W, 3).

        A pair takes the prediction's, then the truth's. Kind ``face`` takes the frame, then float32 (478, 3) landmarks in pixels of
        the face that is followed, all NaN where there is none in this frame.
        """
        ...

    def finish(self) -> Arrays:
        """The features of the whole stream."""
        ...


class FrameExtractor(Protocol):
    """An extractor of frames, of frames with a face, or of pairs of frames."""

    name: str
    version: str
    weights: str
    spec: InputSpec

    def begin(self, ref: VideoRef) -> Session:
        """Start a stream; `ref` is the video, or the prediction of a pair."""
        ...


class AudioExtractor(Protocol):
    """An extractor of sound."""

    name: str
    version: str
    weights: str
    spec: InputSpec

    def __call__(self, waveform: NDArray[np.float32]) -> Arrays:
        """Features of a mono waveform in [-1, 1] at ``spec.rate``."""
        ...


def identity_of(extractor: FrameExtractor | AudioExtractor) -> Mapping[str, Any]:
    """The fields of an extractor that change its numbers: part of the feature key."""
    return {
        "name": extractor.name,
        "version": extractor.version,
        "weights": extractor.weights,
        "spec": asdict(extractor.spec),
    }

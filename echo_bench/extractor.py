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
    kind : {"frames", "pair", "audio"}
        Frames of one video; frames of a prediction and of the truth in step; or one person's sound.
    fps : float
        Constant frame rate of the frames, or of the rows an audio extractor returns.
    rate : int
        Sample rate of the sound.
    """

    kind: Literal["frames", "pair", "audio"]
    fps: float = 25.0
    rate: int = 16000


class Session(Protocol):
    """The extraction of one stream (or one pair of streams)."""

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Take the next frame, uint8 RGB (H, W, 3); a pair takes the prediction's, then the truth's."""
        ...

    def finish(self) -> Arrays:
        """The features of the whole stream."""
        ...


class FrameExtractor(Protocol):
    """An extractor of frames or of pairs of frames."""

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

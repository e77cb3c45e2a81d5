"""Nets that look at whole frames: in fixed batches, one row per frame."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import MediaError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.nets.device import arithmetic, is_fast

Run = Callable[[NDArray[Any]], NDArray[np.float32]]


def later(open_net: Callable[[], Run]) -> Run:
    """A net that is opened when its first batch comes: naming a feature and finding it in the store then cost no load.

    It is opened in the arithmetic that holds now, when it is named.
    """
    fast = is_fast()

    @cache
    def opened() -> Run:
        with arithmetic(fast=fast):
            return open_net()

    def run(batch: NDArray[Any]) -> NDArray[np.float32]:
        return opened()(batch)

    return run


@dataclass(frozen=True, slots=True)
class FrameNet:
    """An extractor of one row per frame of a video, or per pair of frames of a prediction and its truth.

    Attributes
    ----------
    name, version, weights : str
    spec : InputSpec
        Of kind ``frames`` or ``pair``.
    output : str
        Name of the array.
    run : callable
        The net on a batch of `spec.batch` frames (B, H, W, 3), or pairs (B, 2, H, W, 3), uint8 RGB.
    """

    name: str
    version: str
    weights: str
    spec: InputSpec
    output: str
    run: Run

    def begin(self, ref: VideoRef) -> FrameNetSession:
        """Start a video, or a prediction beside its truth."""
        return FrameNetSession(self, ref)


class FrameNetSession:
    """One video's frames on their way through the net."""

    def __init__(self, net: FrameNet, ref: VideoRef) -> None:
        self._output = net.output
        self._ref = ref
        self._batches = Batches(net.run, net.spec.batch)

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Queue the next frame, or the next pair.

        Raises
        ------
        MediaError
            When the frames of a pair differ in size.
        """
        if len(frames) == 1:
            self._batches.add(frames[0])
        else:
            require_one_size(frames[0], frames[1], self._ref)
            self._batches.add(np.stack(frames))

    def finish(self) -> Arrays:
        """One float32 row per frame under :attr:`FrameNet.output`."""
        return {self._output: self._batches.finish()}


def require_one_size(pred: NDArray[np.uint8], truth: NDArray[np.uint8], ref: VideoRef) -> None:
    """Refuse frames of a prediction and its truth that cannot be compared pixel by pixel.

    Raises
    ------
    MediaError
        When the two differ in size: scaling one of them would be part of the number.
    """
    if pred.shape != truth.shape:
        raise MediaError(
            f"frames of {pred.shape[1]}x{pred.shape[0]} cannot be compared with truth of {truth.shape[1]}x{truth.shape[0]}",
            where=ref.path.name,
            fix="write the videos at the truth's size",
        )

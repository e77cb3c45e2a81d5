"""Nets that look at the followed face, frame by frame: cut it out, collect fixed batches, one row per frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.extractors.crops import Cut, crops_of
from echo_bench.extractors.frame_nets import Run


@dataclass(frozen=True, slots=True)
class FaceNet:
    """An extractor of one row per frame.

    Attributes
    ----------
    name, version, weights : str
    spec : InputSpec
        Of kind ``face``.
    output : str
        Name of the array.
    cut : callable
    run : callable
        The net on a batch of `spec.batch` cuts.
    """

    name: str
    version: str
    weights: str
    spec: InputSpec
    output: str
    cut: Cut
    run: Run

    def begin(self, ref: VideoRef) -> FaceNetSession:
        """Start a video."""
        return FaceNetSession(self, ref)


class FaceNetSession:
    """One video's faces on their way through the net."""

    def __init__(self, net: FaceNet, ref: VideoRef) -> None:
        self._net = net
        self._ref = ref
        self._batches = Batches(net.run, net.spec.batch)
        self._crops = crops_of(ref)
        self._seen: list[bool] = []

    def push(self, *inputs: NDArray[Any]) -> None:
        """Take the next frame and the landmarks of its face, NaN where there is none."""
        frame, points = inputs
        seen = bool(np.isfinite(points).all())
        self._seen.append(seen)
        if seen:
            self._batches.add(self._crops.of(self._net.cut, frame, points))

    def finish(self) -> Arrays:
        """One float32 row per frame under :attr:`FaceNet.output`, NaN where no face was followed.

        Raises
        ------
        NoFaceError
            When no frame showed the face.
        """
        seen = np.array(self._seen, bool)
        if not seen.any():
            raise NoFaceError(f"no face in any of {len(seen)} frames", where=self._ref.path.name)
        found = self._batches.finish()
        rows = np.full((len(seen), *found.shape[1:]), np.nan, np.float32)
        rows[seen] = found
        return {self._net.output: rows}

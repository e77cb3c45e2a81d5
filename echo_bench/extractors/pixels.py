"""PSNR and SSIM of every frame of a prediction against the truth's frame of the same time."""

from __future__ import annotations

import numpy as np
from echo_metrics.image import psnr, ssim
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.frame_nets import require_one_size


class PixelExtractor:
    """Per-frame PSNR and SSIM in piq's convention (echo_metrics.image)."""

    name = "pixels"
    version = "1"
    weights = ""
    spec = InputSpec("pair")

    def begin(self, ref: VideoRef) -> PixelSession:
        """Start a pair of videos."""
        return PixelSession(ref)


class PixelSession:
    """One prediction beside its truth."""

    def __init__(self, ref: VideoRef) -> None:
        self._ref = ref
        self._values: list[tuple[float, float]] = []

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Compare the prediction's frame with the truth's.

        Raises
        ------
        MediaError
            When the two differ in size.
        """
        pred, truth = frames
        require_one_size(pred, truth, self._ref)
        self._values.append((float(psnr(pred, truth)), float(ssim(pred, truth))))

    def finish(self) -> Arrays:
        """``psnr`` (T,) in dB and ``ssim`` (T,), float32."""
        values = np.asarray(self._values, np.float32).reshape(-1, 2)
        return {"psnr": values[:, 0], "ssim": values[:, 1]}

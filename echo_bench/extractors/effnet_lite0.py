"""EfficientNet-Lite0 of whole frames: features for a FID-type distance, and a paired LPIPS-type distance of two videos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_bench.extractor import InputSpec
from echo_bench.extractors.frame_nets import FrameNet, Run, later
from echo_bench.nets.device import batch_size, policy
from echo_bench.weights.store import weight_file

if TYPE_CHECKING:
    from torch import Tensor

VERSION = "1"


def features() -> FrameNet:
    """``effnet-lite0``: ``features`` (T, 1280) of the frames of a video."""

    def open_net() -> Run:
        from echo_bench.nets.efficientnet_lite import load, normalise
        from echo_bench.nets.runs import on_device

        net = load(path)
        return on_device(net, lambda frames: net.pool(net.maps(normalise(frames))[-1]))

    path, digest = weight_file("effnet-lite0")
    spec = InputSpec("frames", batch=batch_size(16), policy=policy())
    return FrameNet("effnet-lite0", VERSION, digest, spec, "features", later(open_net))


def distance() -> FrameNet:
    """``effnet-lite0-distance``: ``distance`` (T,) of each frame of a prediction from the truth's of the same time, 0 for equal ones."""

    def open_net() -> Run:
        from echo_bench.nets import efficientnet_lite as lite
        from echo_bench.nets.runs import on_device

        net = lite.load(path)

        def compare(pairs: Tensor) -> Tensor:
            pred, truth = (net.maps(lite.normalise(pairs[:, side])) for side in (0, 1))
            return lite.distance(pred, truth)

        return on_device(net, compare)

    path, digest = weight_file("effnet-lite0")
    spec = InputSpec("pair", batch=batch_size(8), policy=policy())
    return FrameNet("effnet-lite0-distance", VERSION, digest, spec, "distance", later(open_net))

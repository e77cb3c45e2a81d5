"""The embedded nets that look at whole frames, for distances between sets: imagenet-eb and videonet-eb."""

from __future__ import annotations

from typing import TYPE_CHECKING

from echo_bench.extractor import InputSpec
from echo_bench.extractors.frame_nets import FrameNet, Run, later
from echo_bench.extractors.i3d import WindowNet
from echo_bench.nets.device import batch_size, policy
from echo_bench.nets.embedded import digest, filled

if TYPE_CHECKING:
    from torch import Tensor

VERSION = "1"


def imagenet_eb() -> FrameNet:
    """``imagenet-eb``: ``features`` (T, 64) of the frames of a video, each scaled to cover 96 x 96 and cut to it about its centre."""

    def open_net() -> Run:
        from echo_bench.nets.imagenet_eb import SIDE, ImageNetEB
        from echo_bench.nets.runs import on_device
        from echo_bench.nets.trunk import framed

        net = filled(ImageNetEB(), "imagenet-eb")
        return on_device(net, lambda frames: net(framed(frames, SIDE)))

    spec = InputSpec("frames", batch=batch_size(16), policy=policy())
    return FrameNet("imagenet-eb", VERSION, digest("imagenet-eb"), spec, "features", later(open_net))


def videonet_eb() -> WindowNet:
    """``videonet-eb``: ``features`` (N, 64) of windows of 16 frames one after another, each frame scaled and cut to 64 x 64."""

    def open_net() -> Run:
        from echo_bench.nets.runs import on_device
        from echo_bench.nets.trunk import framed
        from echo_bench.nets.videonet_eb import SIDE, VideoNetEB

        net = filled(VideoNetEB(), "videonet-eb")

        def forward(windows: Tensor) -> Tensor:
            frames = framed(windows.flatten(0, 1), SIDE)
            features: Tensor = net(frames.view(len(windows), -1, SIDE, SIDE, 3))
            return features

        return on_device(net, forward)

    spec = InputSpec("frames", batch=batch_size(4), policy=policy())
    return WindowNet("videonet-eb", VERSION, digest("videonet-eb"), spec, later(open_net), "features")

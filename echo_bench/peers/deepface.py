"""DeepFace's emotion net and preprocessing beside ours."""

from __future__ import annotations

import os
from collections.abc import Mapping
from importlib import import_module

import numpy as np
import torch

from echo_bench.nets.deepface_emotion import BETWEEN, EmotionModel, normalise
from echo_bench.peers.compare import Frames, Peer, odd, randomised, relative


def _compare(frames: Frames) -> Mapping[str, float]:
    os.environ.setdefault("DEEPFACE_BACKEND_ENGINE", "pytorch")
    package = import_module("deepface.models.demography.pytorch.Emotion")
    resize = import_module("deepface.modules.preprocessing").resize_image
    ours = EmotionModel()
    state = randomised(ours)
    client = object.__new__(package.EmotionClient)  # its constructor would download
    client.model_name, client.device, client.model = "Emotion", torch.device("cpu"), package.base_model().eval()
    client.model.load_state_dict(state)
    found = {}
    for name, batch in (("probabilities", frames), ("probabilities, odd size", odd(frames))):
        letterboxed = [resize(face[:, :, ::-1].astype(np.float32) / 255, (BETWEEN, BETWEEN))[0] for face in batch]
        expected = torch.from_numpy(np.atleast_2d(client.predict(np.stack(letterboxed))))
        faces = torch.stack([normalise(torch.from_numpy(face)) for face in batch])
        found[name] = relative(ours.eval()(faces), expected)
    return found


PEER = Peer("deepface", "deepface", "pip install 'echo-bench[deepface]'", _compare)

"""syncnet-python's net, MFCC and distances beside ours."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np
import torch
from echo_metrics.lipsync import distance_curve
from echo_metrics.mfcc import mfcc

from echo_bench.faces.resize import resize_bilinear
from echo_bench.nets.syncnet import WINDOW, SyncNet, audio_tower, lip_tower
from echo_bench.peers.compare import Frames, Peer, randomised, relative

RATE = 16000
SIDE = 224


def _compare(frames: Frames) -> Mapping[str, float]:
    ours = SyncNet().eval()
    theirs = import_module("syncnet_python.SyncNetModel").S().eval()
    theirs.load_state_dict(randomised(ours))
    sound = np.rint(np.random.default_rng(0).normal(0, 3000, RATE)).astype(np.int16)
    steps = import_module("python_speech_features").mfcc(sound, RATE)
    windows = torch.from_numpy(np.stack([steps[t : t + 20].T for t in range(0, 40, 4)])[:, None]).float()
    voice = theirs.forward_aud(windows)
    return {
        "MFCC": relative(torch.from_numpy(mfcc(sound, RATE)), torch.from_numpy(steps)),
        "lip": _lip(ours, theirs, frames),
        "audio": relative(audio_tower(ours)(windows), voice),
        "distances": _distances(),
    }


def _lip(ours: SyncNet, theirs: Any, frames: Frames) -> float:
    mouths = np.stack([resize_bilinear(frame, SIDE, SIDE) for frame in np.resize(frames, (WINDOW, *frames.shape[1:]))])
    bgr = torch.from_numpy(mouths[..., ::-1].copy()).permute(3, 0, 1, 2)[None].float()
    stacked = torch.from_numpy(mouths).permute(0, 3, 1, 2).reshape(1, 3 * WINDOW, SIDE, SIDE).float()
    return relative(lip_tower(ours)(stacked), theirs.forward_lip(bgr))


def _distances() -> float:
    lip, audio = np.random.default_rng(0).normal(size=(2, 60, 1024)).astype(np.float32)
    calculate = import_module("syncnet_python.SyncNetInstance").calc_pdist
    expected = torch.stack(calculate(torch.from_numpy(lip), torch.from_numpy(audio), vshift=15), 1).mean(1)
    return relative(torch.from_numpy(distance_curve(lip.astype(float), audio.astype(float))), expected)


PEER = Peer("syncnet-python", "syncnet_python", "pip install 'echo-bench[syncnet]'", _compare)

"""The embedded nets that look at the followed face: motion, expression and identity of rendered people, nothing to be fetched.

They know the suite's own renderer. On footage of real people they run, and what they say there is reported and not relied on
(docs/metrics/embedded-nets.md).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.clip import VideoRef
from echo_bench.extractor import Arrays, InputSpec
from echo_bench.extractors.face_nets import FaceNet, FaceNetSession
from echo_bench.extractors.frame_nets import Run, later
from echo_bench.faces.level import cut_smoothly, face_region, place_of
from echo_bench.nets.device import batch_size, policy
from echo_bench.nets.embedded import digest, filled
from echo_bench.spaces import RIG61

VERSION = "1"
BATCH = 16
SIDE = 96


def emonet_eb() -> FaceNet:
    """``emonet-eb``: ``expression`` (T, 10): eight words, valence and arousal, as :mod:`echo_bench.extractors.emotion` has them."""

    def open_net() -> Run:
        from echo_bench.nets.emonet_eb import EmoNetEB
        from echo_bench.nets.runs import on_device

        net = filled(EmoNetEB(), "emonet-eb")
        return on_device(net, net)

    return _face_net("emonet-eb", "expression", later(open_net))


def facenet_eb() -> FaceNet:
    """``facenet-eb``: ``embedding`` (T, 64), of length 1."""

    def open_net() -> Run:
        from echo_bench.nets.facenet_eb import FaceNetEB
        from echo_bench.nets.runs import on_device

        net = filled(FaceNetEB(), "facenet-eb")
        return on_device(net, net)

    return _face_net("facenet-eb", "embedding", later(open_net))


class RigNetExtractor:
    """``rignet``: ``motion`` (T, 61) float32 in ``rig61`` and ``valid`` (T,), frame by frame, neither smoothed nor filled."""

    name = "rignet"
    version = VERSION

    def __init__(self) -> None:
        opened = cache(_open_rignet)
        self._frames = _face_net(self.name, "motion", later(lambda: opened()[0]))
        self._added = lambda: opened()[1]
        self.spec, self.weights = self._frames.spec, self._frames.weights

    def begin(self, ref: VideoRef) -> RigNetSession:
        """Start a video."""
        return RigNetSession(self._frames.begin(ref), self._added)


class RigNetSession:
    """One video: motion of its crops, and what the place of each face adds to it."""

    def __init__(self, frames: FaceNetSession, added: Callable[[], NDArray[np.float32]]) -> None:
        self._frames = frames
        self._added = added
        self._places: list[NDArray[np.float32]] = []

    def push(self, *inputs: NDArray[Any]) -> None:
        """Take the next frame and the landmarks of its face, NaN where there is none."""
        frame, points = inputs
        height, width = frame.shape[:2]
        if np.isfinite(points).all():
            self._places.append(place_of(points, (height, width)))
        self._frames.push(frame, points)

    def finish(self) -> Arrays:
        """The motion.

        Raises
        ------
        NoFaceError
            When no frame showed the face.
        """
        motion = self._frames.finish()["motion"]
        valid = np.asarray(np.isfinite(motion).all(axis=1))
        motion[valid] += np.stack(self._places) @ self._added()
        motion[:, RIG61.parts["exp"]] = motion[:, RIG61.parts["exp"]].clip(0, 1)
        return {"motion": motion, "valid": valid}


def _open_rignet() -> tuple[Run, NDArray[np.float32]]:
    """The net on crops, and what the place of a face (4,) adds, (4, 61)."""
    from echo_bench.nets.rignet import RigNet
    from echo_bench.nets.runs import on_device

    net = filled(RigNet(), "rignet")
    added = np.ascontiguousarray(net.place.weight.detach().numpy().T)
    return on_device(net, net), added


def _face_net(name: str, output: str, run: Run) -> FaceNet:
    return FaceNet(
        name, VERSION, digest(name), InputSpec("face", batch=batch_size(BATCH), policy=policy()), output, _face, run
    )


def _face(frame: NDArray[np.uint8], points: NDArray[np.float32]) -> NDArray[np.uint8]:
    return cut_smoothly(frame, face_region(points), SIDE)

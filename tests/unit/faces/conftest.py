"""The real model and a few real frames, read once."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from echo_bench.faces.nets import FaceNets
from echo_bench.faces.track import FaceTrack, FaceTracker
from echo_bench.weights.store import weight_path

Clip = list[NDArray[np.uint8]]


def read(path: Path, count: int) -> Clip:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="rgb24") for frame in islice(container.decode(video=0), count)]


@pytest.fixture(scope="session")
def model(shared) -> Path:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ECHO_BENCH_WEIGHTS", str(shared / "weights"))
        return weight_path("tracker")


@pytest.fixture(scope="session")
def nets(model) -> FaceNets:
    return FaceNets(model)


@pytest.fixture(scope="session")
def talker(shared) -> Clip:
    """One person talking and turning the head, 256 x 256."""
    return read(shared / "clips/styletalk/andrew_clip_1.mp4", 40)


@pytest.fixture(scope="session")
def pair(shared) -> Clip:
    """Speaker on the left, listener on the right, 512 x 256."""
    return read(shared / "clips/vico/d336vte2a17j.mp4", 12)


@pytest.fixture(scope="session")
def track(model, talker) -> FaceTrack:
    return run(FaceTracker(model), talker)


def run(tracker: FaceTracker, clip: Clip) -> FaceTrack:
    tracker.reset()
    for frame in clip:
        tracker.push(frame)
    return tracker.finish()

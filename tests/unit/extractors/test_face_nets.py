"""Extractors of faces: rows and gaps, batches, identity of the key, weights through the store."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import Tensor

from echo_bench.clip import VideoRef
from echo_bench.errors import NoFaceError, UnavailableError, WeightsMissingError
from echo_bench.extractor import InputSpec, identity_of
from echo_bench.extractors import EXTRACTORS
from echo_bench.extractors.face_nets import FaceNet
from echo_bench.nets import emotion_fan
from echo_bench.nets.deepface_emotion import EmotionModel
from echo_bench.nets.emonet import EmoNet
from echo_bench.nets.iresnet import IResNet
from tests.nets import randomised

REF = VideoRef(Path("a.mp4"), "aa")
NONE = np.full((478, 3), np.nan, np.float32)


def landmarks(seed: int = 0) -> np.ndarray:
    """A mesh of points within a 96 x 96 frame."""
    return np.random.default_rng(seed).uniform(20, 76, (478, 3)).astype(np.float32)


def frame(seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (96, 96, 3), np.uint8)


def sums() -> FaceNet:
    """A net that adds up what it is fed."""
    spec = InputSpec("face", batch=4, policy="fp32 cpu")

    def run(batch: np.ndarray) -> np.ndarray:
        assert len(batch) == 4
        return batch.reshape(4, -1).sum(axis=1, dtype=np.float32)[:, None]

    return FaceNet("sums", "1", "", spec, "sum", lambda frame, _: frame[:1, :1], run)


def test_frames_without_a_face_are_gaps():
    session = sums().begin(REF)
    for index in range(6):
        session.push(np.full((8, 8, 3), index, np.uint8), NONE if index in (0, 3) else landmarks())
    rows = session.finish()["sum"]
    assert rows.shape == (6, 1)
    np.testing.assert_array_equal(rows[:, 0], [np.nan, 3, 6, np.nan, 12, 15])


def test_a_video_without_a_face_fails():
    session = sums().begin(REF)
    session.push(frame(), NONE)
    with pytest.raises(NoFaceError, match=r"a\.mp4: no face in any of 1 frames"):
        session.finish()


@pytest.fixture
def place(tmp_path, monkeypatch):
    """Put a state dict where the store takes unpinned weights from."""
    monkeypatch.setenv("ECHO_BENCH_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("ECHO_BENCH_CACHE", str(tmp_path / "cache"))

    def put(file: str, state: Mapping[str, Tensor]) -> None:
        torch.save(dict(state), tmp_path / file)

    return put


def rows_of(name: str, count: int = 3) -> np.ndarray:
    session = EXTRACTORS.get(name)().begin(REF)
    for index in range(count):
        session.push(frame(index), landmarks(index))
    (rows,) = session.finish().values()
    return rows


def test_emotion_nets_give_probabilities(place):
    place("facial_expression_model_weights.pth", randomised(EmotionModel()))
    place("emonet_8.pth", {f"module.{k}": v for k, v in EmoNet().state_dict().items()})
    place("emotion-fan-mead.pth", {f"module.{k}": v for k, v in emotion_fan.EmotionFan().state_dict().items()})
    for name, shape, classes in (("deepface-emotion", (3, 7), 7), ("emonet", (3, 10), 8), ("emotion-fan", (1, 8), 8)):
        rows = rows_of(name)
        assert rows.shape == shape
        assert rows.dtype == np.float32
        np.testing.assert_allclose(rows[:, :classes].sum(axis=1), 1, rtol=1e-5)
        assert (np.abs(rows[:, classes:]) <= 1).all()


def test_arcface_is_known_by_the_digest_of_the_file_that_is_here(place):
    state = randomised(IResNet("r50"))
    place("ms1mv3_arcface_r50_fp16.pth", state)
    first = EXTRACTORS.get("arcface-r50")()
    assert len(first.weights) == 64
    assert identity_of(first)["spec"] == {"kind": "face", "fps": 25.0, "rate": 16000, "batch": 16, "policy": "fp32 cpu"}
    rows = rows_of("arcface-r50", 2)
    assert rows.shape == (2, 512)
    assert not np.allclose(rows[0], rows[1])
    place("ms1mv3_arcface_r50_fp16.pth", dict(state) | {"fc.bias": state["fc.bias"] + 1})
    assert EXTRACTORS.get("arcface-r50")().weights != first.weights


@pytest.mark.parametrize(
    "name",
    [
        "arcface-r100", "arcface-r100-frame", "arcface-w600k-r50", "dlib-face", "effnet-lite0", "effnet-lite0-distance", "emonet",
        "emotion-fan", "fer", "hsemotion-b0", "silero-vad", "whisper-tiny-en",
    ],
)  # fmt: skip
def test_without_weights_the_error_says_what_to_do(name, place):
    with pytest.raises(WeightsMissingError, match=r"echo-bench weights fetch|Put it as"):
        EXTRACTORS.get(name)()


def test_onnx_nets_say_what_to_install(tmp_path, monkeypatch):
    from echo_bench.nets import onnx_file

    monkeypatch.setattr(onnx_file, "find_spec", lambda _: None)
    with pytest.raises(UnavailableError, match=r"net\.onnx needs onnxruntime.*echo-bench\[onnx\]"):
        onnx_file.require_onnxruntime(tmp_path / "net.onnx")

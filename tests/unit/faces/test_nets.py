"""The networks and the pose solver against MediaPipe's own expected outputs for its test portrait."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

from echo_bench.errors import WeightsHashError
from echo_bench.faces.blendshapes import NAMES, SUBSET
from echo_bench.faces.nets import FaceNets
from echo_bench.faces.pose import head_pose

WIDTH, HEIGHT = 820, 1024  # of the portrait, as in face_blendshapes_graph_test.cc


def landmarks(path: Path) -> np.ndarray:
    blocks = re.findall(r"landmark \{(.*?)\}", path.read_text(), re.DOTALL)
    rows = [dict(re.findall(r"\b([xyz]): (\S+)", block)) for block in blocks]
    points = np.array([[float(row["x"]), float(row["y"]), float(row.get("z", 0))] for row in rows])
    return (points * (WIDTH, HEIGHT, WIDTH)).astype(np.float32)


def values(path: Path, key: str) -> np.ndarray:
    return np.array([float(v) for v in re.findall(rf"{key}: (\S+)", path.read_text())])


@pytest.fixture
def arrays(shared) -> Path:
    return shared / "arrays" / "mediapipe"


@pytest.mark.parametrize(
    ("points", "scores", "tolerance"),
    [
        ("face_blendshapes_in_landmarks.prototxt", "face_blendshapes_out.prototxt", 1e-5),
        ("portrait_expected_face_landmarks.pbtxt", "portrait_expected_blendshapes.pbtxt", 0.01),
    ],
)
def test_blendshapes_golden(nets, arrays, points, scores, tolerance):
    """MediaPipe's test data; their own tolerance is 0.1. Ours: 1.3e-6 and 0.0062 when written, the issue asks for 0.01.

    The portrait's landmarks are of another release than its scores, hence its wider tolerance.
    """
    found = nets.blendshapes(landmarks(arrays / points))
    np.testing.assert_allclose(found, values(arrays / scores, "score"), atol=tolerance)


def test_blendshape_names_are_mediapipes(arrays):
    labels = re.findall(r'label: "(\w+)"', (arrays / "face_blendshapes_out.prototxt").read_text())
    assert tuple(labels) == NAMES


def test_blendshape_subset_is_146_different_points():
    assert len(np.unique(SUBSET)) == len(SUBSET) == 146


def test_blendshapes_follow_the_mouth(nets, arrays):
    """A shut mouth that is pulled open raises jawOpen."""
    points = landmarks(arrays / "face_blendshapes_in_landmarks.prototxt")
    dropped = points.copy()
    dropped[
        [14, 17, 84, 87, 88, 91, 95, 146, 148, 152, 176, 178, 181, 314, 317, 318, 321, 324, 375, 377, 400, 402, 405], 1
    ] += 40
    jaw = NAMES.index("jawOpen")
    assert nets.blendshapes(dropped)[jaw] > nets.blendshapes(points)[jaw] + 0.2


def test_head_pose_golden(nets, arrays):
    """face_geometry_expected_out.pbtxt (column-major, cm); 5e-5 cm off when written, float32 noise of the original."""
    expected = values(arrays / "face_geometry_expected_out.pbtxt", "packed_data").reshape(4, 4).T
    found = head_pose(landmarks(arrays / "face_blendshapes_in_landmarks.prototxt"), (HEIGHT, WIDTH), nets.canonical)
    np.testing.assert_allclose(found, expected, atol=5e-4)


def test_canonical_face_is_the_published_model(nets, shared):
    rows = [
        line.split()[1:]
        for line in (shared / "weights/canonical_face_model.obj").read_text().splitlines()
        if line.startswith("v ")
    ]
    np.testing.assert_allclose(nets.canonical.vertices, np.array(rows, float), atol=1e-5)
    assert (nets.canonical.weights >= 0).all()
    assert 10 < (nets.canonical.weights > 0).sum() < 100


def test_presence_tells_a_face_from_noise(nets, talker):
    region = nets.detect(talker[0])[0]
    noise = np.random.default_rng(0).integers(0, 256, talker[0].shape, np.uint8)
    assert nets.landmarks(talker[0], region)[1] > 0.9
    assert nets.landmarks(noise, region)[1] < 0.1
    assert nets.detect(noise) == []


@pytest.mark.parametrize("content", [b"not a zip", b"PK\x05\x06" + bytes(18)])
def test_refuses_a_file_that_is_no_bundle(tmp_path, content):
    path = tmp_path / "face_landmarker.task"
    path.write_bytes(content)
    with pytest.raises(WeightsHashError, match="not a Face Landmarker bundle"):
        FaceNets(path)

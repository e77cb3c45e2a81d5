"""Head pose: recovered from faces projected through the assumed camera."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from echo_bench.faces.metadata import CanonicalFace
from echo_bench.faces.pose import FIELD_OF_VIEW, head_pose, procrustes

RNG = np.random.default_rng(0)
FACE = CanonicalFace(RNG.normal(size=(468, 3)) * (6, 8, 4), RNG.random(468))
angles = st.floats(-40, 40)


def shoot(face: CanonicalFace, transform: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Pixels of a posed face; z relative to its mean and in the scale of x, as a mesh net gives it."""
    height, width = size
    points = face.vertices @ transform[:3, :3].T + transform[:3, 3]
    focal = height / (2 * np.tan(FIELD_OF_VIEW / 2))
    depth = -points[:, 2]
    x, y = width / 2 + focal * points[:, 0] / depth, height / 2 - focal * points[:, 1] / depth
    return np.stack([x, y, (depth - depth.mean()) * focal / depth.mean()], axis=1).astype(np.float32)


@given(angles, angles, angles, st.floats(-10, 10), st.floats(-10, 10), st.floats(60, 200))
@pytest.mark.parametrize("size", [(256, 256), (720, 1280)])
def test_recovers_a_posed_face(size, pitch, yaw, roll, x, y, distance):
    truth = np.eye(4)
    truth[:3, :3] = Rotation.from_euler("zyx", [roll, yaw, pitch], degrees=True).as_matrix()
    truth[:3, 3] = x, y, -distance
    found = head_pose(shoot(FACE, truth, size), size, FACE)
    off = Rotation.from_matrix(found[:3, :3]) * Rotation.from_matrix(truth[:3, :3]).inv()
    assert np.degrees(off.magnitude()) < 1
    np.testing.assert_allclose(found[:3, 3], truth[:3, 3], atol=0.02 * distance)


@given(st.integers(0, 2**16), st.floats(0.1, 10))
def test_procrustes_recovers_any_similarity(seed, scale):
    rng = np.random.default_rng(seed)
    source, rotation = rng.normal(size=(20, 3)), Rotation.random(random_state=seed).as_matrix()
    target = scale * source @ rotation.T + (1, 2, 3)
    found = procrustes(source, target, rng.random(20))
    np.testing.assert_allclose(found[:3, :3], scale * rotation, atol=1e-9 * scale)
    np.testing.assert_allclose(found[:3, 3], (1, 2, 3), atol=1e-8 * scale)


def test_procrustes_never_mirrors():
    source = RNG.normal(size=(20, 3))
    assert np.linalg.det(procrustes(source, source * (1, 1, -1), np.ones(20))[:3, :3]) > 0


def test_procrustes_ignores_points_of_no_weight():
    source, weights = RNG.normal(size=(20, 3)), np.ones(20)
    target = source + 1
    target[0], weights[0] = 100, 0
    np.testing.assert_allclose(procrustes(source, target, weights)[:3, 3], 1)

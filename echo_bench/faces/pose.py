"""Head pose: the rigid transform from the canonical face to the tracked one.

Conventions
-----------
Centimetres; camera at the origin, x to the image's right, y up, z towards the viewer, so a face in view has negative z. The camera
has a vertical field of view of 63 degrees (MediaPipe's default), which is an assumption: for another lens depth is off by a factor.

Source: MediaPipe's geometry_pipeline.cc (screen to metric space in three passes) and the weighted orthogonal Procrustes problem of
Akca, "Generalized Procrustes analysis and its applications in photogrammetry", 2003, section 2.4.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.metadata import CanonicalFace

FIELD_OF_VIEW = np.deg2rad(63.0)
Matrix = NDArray[np.float64]


def head_pose(landmarks: NDArray[np.float32], size: tuple[int, int], face: CanonicalFace) -> NDArray[np.float32]:
    """The pose of one face.

    Parameters
    ----------
    landmarks : ndarray of shape (468 or more, 3)
        Pixels; z in the same scale.
    size : (int, int)
        Height and width of the frame.
    face : CanonicalFace

    Returns
    -------
    ndarray of shape (4, 4), float32
        Maps canonical points (column vectors, cm) into the camera frame: a rotation and a translation.

    Notes
    -----
    The depth of landmarks is relative, so metric space is reached by iteration: the scale of the face is estimated on the near
    plane, then again with the perspective undone, and the product of both scales undoes it for good.
    """
    screen = _near_plane(landmarks[: len(face.vertices)].astype(np.float64), size)
    first = _scale(procrustes(face.vertices, screen * (1, 1, -1), face.weights))
    second = _scale(procrustes(face.vertices, _unproject(screen, first), face.weights))
    return procrustes(face.vertices, _unproject(screen, first * second), face.weights).astype(np.float32)


def _near_plane(landmarks: Matrix, size: tuple[int, int]) -> Matrix:
    """Pixels to centimetres on the plane 1 cm before the camera; x right, y up, z away from the camera, still relative."""
    height, width = size
    pixel = 2 * np.tan(FIELD_OF_VIEW / 2) / height
    return np.asarray((landmarks - (width / 2, height / 2, 0)) * (pixel, -pixel, pixel))


def _unproject(screen: Matrix, scale: float) -> Matrix:
    """Undo the perspective for a face `scale` times as large as the canonical one on the near plane."""
    depth = (screen[:, 2] - screen[:, 2].mean() + 1) / scale
    return np.stack([screen[:, 0] * depth, screen[:, 1] * depth, -depth], axis=1)


def _scale(transform: Matrix) -> float:
    return float(np.linalg.norm(transform[:3, 0]))


def procrustes(source: Matrix, target: Matrix, weights: NDArray[np.float64]) -> Matrix:
    """The similarity transform that best carries `source` onto `target`.

    Parameters
    ----------
    source, target : ndarray of shape (n, 3)
    weights : ndarray of shape (n,)
        Not negative.

    Returns
    -------
    ndarray of shape (4, 4)
        Rotation times scale, and translation, minimising the weighted sum of squared distances; never a reflection.

    Examples
    --------
    >>> points = np.random.default_rng(0).normal(size=(10, 3))
    >>> bool(np.allclose(procrustes(points, 2 * points + 1, np.ones(10))[:3], [[2, 0, 0, 1], [0, 2, 0, 1], [0, 0, 2, 1]]))
    True
    """
    share = weights / weights.sum()
    source_mean, target_mean = share @ source, share @ target
    centred = source - source_mean
    design = (target - target_mean).T @ (share[:, None] * centred)
    left, _, right = np.linalg.svd(design)
    left[:, 2] *= np.sign(np.linalg.det(left) * np.linalg.det(right))
    rotation = left @ right
    scale = (rotation * design).sum() / (share @ (centred**2).sum(axis=1))
    transform = np.eye(4)
    transform[:3, :3] = scale * rotation
    transform[:3, 3] = target_mean - scale * rotation @ source_mean
    return transform

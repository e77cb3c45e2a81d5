"""Eyes: how far they are open, and where they look.

Left and right are the person's own; columns come left first, as in ARKit.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

OUTLINE = {"left": (263, 387, 385, 362, 380, 373), "right": (33, 160, 158, 133, 153, 144)}
"""Outer corner, two points of the upper lid, inner corner, two of the lower lid (from the inner corner back)."""

IRIS = {"left": 473, "right": 468}
SIDES = ("left", "right")
PUPIL_DEPTH = 0.35
"""Distance of the pupil from the eye's centre of rotation over the width of the eye: 10.5 mm over 30 mm, an adult's mean."""


def eye_aspect_ratio(landmarks: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Height of each eye over its width.

    Parameters
    ----------
    landmarks : ndarray of shape (T, 478, 3)

    Returns
    -------
    ndarray of shape (T, 2)
        Left, right; about 0.3 open and below 0.15 shut. Free of scale, and of head rotation as far as z is right.

    Notes
    -----
    Soukupova and Cech, "Real-time eye blink detection using facial landmarks", CVWW 2016, equation 1, with distances in 3D.
    """
    return np.stack([_ratio(landmarks[:, OUTLINE[side]].astype(np.float64)) for side in SIDES], axis=1)


def _ratio(eye: NDArray[np.float64]) -> NDArray[np.float64]:
    def gap(a: int, b: int) -> NDArray[np.float64]:
        return np.asarray(np.linalg.norm(eye[:, a] - eye[:, b], axis=1))

    return (gap(1, 5) + gap(2, 4)) / (2 * gap(0, 3))


def gaze(landmarks: NDArray[np.floating[Any]], transform: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Direction of the eyes in the head.

    Parameters
    ----------
    landmarks : ndarray of shape (T, 478, 3)
        Pixels, y downwards.
    transform : ndarray of shape (T, 4, 4)
        Head pose, y upwards.

    Returns
    -------
    ndarray of shape (T, 3)
        Yaw, pitch and vergence in radians: yaw positive towards the image's right, pitch positive downwards, vergence positive
        when the eyes converge.

    Notes
    -----
    Head rotation is undone, then the iris centre's offset from the middle between the eye's corners is read as the sine of the
    angle of an eye whose pupil lies :data:`PUPIL_DEPTH` eye widths from its centre of rotation. Yaw and pitch are means of both
    eyes. There is no calibration by person: pitch and vergence carry a constant of a few degrees for the shape of a person's
    eyes, so compare changes, not levels. Under a shut lid the iris is a guess.
    """
    upright = landmarks.astype(np.float64) * (1, -1, -1)
    head = upright @ transform[:, :3, :3]  # rows times R are columns times R transposed: camera frame to head frame
    eyes = np.stack([_angles(head, side) for side in SIDES])
    yaw, pitch = eyes.mean(axis=0).T
    return np.stack([yaw, pitch, eyes[1, :, 0] - eyes[0, :, 0]], axis=1)


def _angles(head: NDArray[np.float64], side: str) -> NDArray[np.float64]:
    outer, inner = head[:, OUTLINE[side][0]], head[:, OUTLINE[side][3]]
    width = np.linalg.norm(outer - inner, axis=1)
    offset = (head[:, IRIS[side]] - (outer + inner) / 2)[:, :2] / (PUPIL_DEPTH * width[:, None])
    return np.asarray(np.arcsin(np.clip(offset, -1, 1)) * (1, -1))

"""Level crops for the embedded nets: upright along the eye line, of a size that turning the head or opening the mouth does not change.

The unit is the distance of the outer eye corners *in depth too* (MediaPipe's z has the scale of x): seen from the side, eyes come closer
in the picture and the face does not get smaller.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.roi import Frame, Roi, crop, slope

EYES = (33, 263)
MOUTH = (61, 291)
FACE_WIDTH, FACE_DROP = 3.4, 0.5
MOUTH_WIDTH, MOUTH_DROP = 1.3, 0.1
"""Sides of the crops, and how far below eyes and mouth corners their centres lie, in eye distances."""

Landmarks = NDArray[np.floating[Any]]


def eye_distance(landmarks: Landmarks) -> float:
    """Distance of the outer eye corners in three dimensions, pixels."""
    return float(np.linalg.norm(landmarks[EYES[1]] - landmarks[EYES[0]]))


def face_region(landmarks: Landmarks) -> Roi:
    """From hairline to chin with a margin.

    Parameters
    ----------
    landmarks : ndarray of shape (478, 3)
        Pixels.
    """
    return _below(landmarks, EYES, FACE_DROP, FACE_WIDTH)


def mouth_region(landmarks: Landmarks) -> Roi:
    """The mouth with room for an open jaw; see :func:`face_region`."""
    return _below(landmarks, MOUTH, MOUTH_DROP, MOUTH_WIDTH)


def place_of(landmarks: Landmarks, size: tuple[int, int]) -> NDArray[np.float32]:
    """Where a face is, in its own size.

    Parameters
    ----------
    landmarks : ndarray of shape (478, 3)
        Pixels.
    size : (int, int)
        Height and width of the frame.

    Returns
    -------
    ndarray of shape (4,), float32
        Right and down of the frame's middle in eye distances, height of the frame in eye distances, angle of the eye line in radians.
    """
    unit, region = eye_distance(landmarks), face_region(landmarks)
    x, y = (region.x - size[1] / 2) / unit, (region.y - size[0] / 2) / unit
    return np.array([x, y, size[0] / unit, region.angle], np.float32)


def cut_smoothly(frame: Frame, region: Roi, side: int) -> Frame:
    """A region as a crop of `side` pixels.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8
    region : Roi
    side : int

    Returns
    -------
    ndarray of shape (side, side, 3), uint8
        Means over as many bilinear samples as there are pixels under each, so that a large face does not alias; the frame's edge is
        continued outside of it.
    """
    fine = max(1, round(region.width / side))
    out = np.empty((side * fine, side * fine, 3), np.float32)
    crop(np.ascontiguousarray(frame), region, out, low=0, high=255, pad=False)
    return np.asarray(np.rint(out.reshape(side, fine, side, fine, 3).mean(axis=(1, 3))), np.uint8)


def _below(landmarks: Landmarks, pair: tuple[int, int], drop: float, width: float) -> Roi:
    """A square below the middle of two points."""
    unit = eye_distance(landmarks)
    angle = slope(landmarks[EYES[0]], landmarks[EYES[1]])
    middle = (landmarks[pair[0]] + landmarks[pair[1]]) / 2
    down = drop * unit
    x, y = float(middle[0]) - down * np.sin(angle), float(middle[1]) + down * np.cos(angle)
    return Roi(float(x), float(y), width * unit, width * unit, angle)

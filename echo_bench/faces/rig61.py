"""From a face track to ``rig61``, the motion space of the suite (columns and signs: :mod:`echo_bench.spaces`)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.eyes import gaze
from echo_bench.faces.track import FaceTrack
from echo_bench.spaces import RIG61

CM = 0.01
CAMERA_AXES = np.outer((1, -1, -1), (1, -1, -1))
"""Times a rotation, elementwise: from y up and z towards the viewer to y down and z away from the camera."""


def to_rig61(track: FaceTrack) -> tuple[NDArray[np.float32], NDArray[np.bool_]]:
    """Motion of a tracked face.

    Parameters
    ----------
    track : FaceTrack

    Returns
    -------
    motion : ndarray of shape (T, 61), float32
        NaN in rows that are not valid. ``tongueOut`` is 0: the tracker has no such score.
    valid : ndarray of shape (T,), bool

    Notes
    -----
    Translation assumes a lens with 63 degrees of vertical view and an adult's head (:mod:`echo_bench.faces.pose`); for gaze see
    :func:`echo_bench.faces.eyes.gaze`.
    """
    motion = np.full((len(track.valid), RIG61.width), np.nan, np.float32)
    rows, transform = track.valid, track.transform[track.valid]
    motion[rows, :51] = track.blendshapes[rows, 1:]
    motion[rows, 51] = 0
    motion[rows, 52:55] = head_angles(transform)
    motion[rows, 55:58] = transform[:, :3, 3] * (CM, -CM, -CM)
    motion[rows, 58:61] = gaze(track.landmarks[rows], transform)
    return motion, rows.copy()


def head_angles(transform: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Pitch, yaw and roll of head poses.

    Parameters
    ----------
    transform : ndarray of shape (T, 4, 4) or (T, 3, 3)
        Rotations (a common scale is allowed) in a frame with x right, y up, z towards the viewer.

    Returns
    -------
    ndarray of shape (T, 3), float64
        Radians; pitch positive downwards, yaw positive towards the image's right, roll positive clockwise in the image.

    Notes
    -----
    In camera axes ``R = roll @ yaw @ pitch``, as the suite's own rig turns (:func:`echo_bench.simulator.rig.turn`).

    Examples
    --------
    >>> quarter = np.array([[[0, 0, 1], [0, 1, 0], [-1, 0, 0]]])  # the nose points to the image's right
    >>> float(np.degrees(head_angles(quarter))[0, 1])
    90.0
    """
    matrix = transform[:, :3, :3].astype(np.float64) * CAMERA_AXES
    matrix /= np.linalg.norm(matrix[:, :, :1], axis=1, keepdims=True)
    pitch = np.arctan2(matrix[:, 2, 1], matrix[:, 2, 2])
    yaw = np.arcsin(np.clip(matrix[:, 2, 0], -1, 1))
    roll = np.arctan2(matrix[:, 1, 0], matrix[:, 0, 0])
    return np.stack([pitch, yaw, roll], axis=1)

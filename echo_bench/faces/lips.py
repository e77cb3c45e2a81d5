"""Lips: how far the mouth is open."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

UPPER, LOWER = 13, 14
"""Middle of the inner edge of the upper and of the lower lip."""

EYES = (33, 263)
"""Outer corners of the eyes: their distance does not change with the expression, the mouth's width does."""


def lip_opening(landmarks: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Gap between the inner lips over the distance of the outer eye corners.

    Parameters
    ----------
    landmarks : ndarray of shape (T, 478, 3)

    Returns
    -------
    ndarray of shape (T,)
        0 shut, about 0.1 in speech, 0.5 wide open; distances are in 3D, so free of scale and, as far as z is right, of rotation.
    """
    points = landmarks.astype(np.float64)
    gap = np.linalg.norm(points[:, UPPER] - points[:, LOWER], axis=1)
    return np.asarray(gap / np.linalg.norm(points[:, EYES[0]] - points[:, EYES[1]], axis=1))

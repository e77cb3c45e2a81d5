"""Where to cut a face out of a frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.track import FaceTrack


def face_box(track: FaceTrack, margin: float = 0.25) -> NDArray[np.float32]:
    """A square around the face in each frame.

    Parameters
    ----------
    track : FaceTrack
    margin : float, default 0.25
        Room on each side of the landmarks' box, in its long side: 0.25 shows chin to hairline with some background.

    Returns
    -------
    ndarray of shape (T, 4), float32
        Left, top, right, bottom in pixels, not clipped to the frame; NaN where the track is not valid.
    """
    points = track.landmarks[:, :, :2]
    low, high = points.min(axis=1), points.max(axis=1)
    half = (high - low).max(axis=1, keepdims=True) * (0.5 + margin)
    centre = (low + high) / 2
    return np.concatenate([centre - half, centre + half], axis=1)

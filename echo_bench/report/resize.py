"""Frames to the size of a page's video."""

from __future__ import annotations

import numpy as np
from av import VideoFrame
from av.video.reformatter import Interpolation
from numpy.typing import NDArray


def fitted(frame: NDArray[np.uint8], height: int) -> NDArray[np.uint8]:
    """Scale a frame down to at most `height` rows, keeping its shape, with even sides (4:2:0 needs them).

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8
        RGB.
    height : int
        Even.

    Returns
    -------
    ndarray of shape (h, w, 3), uint8
        h <= `height`; a frame that fits is not enlarged, at most cut by a row or column to even sides.

    Examples
    --------
    >>> fitted(np.zeros((720, 1280, 3), np.uint8), 256).shape
    (256, 456, 3)
    >>> fitted(np.zeros((101, 75, 3), np.uint8), 256).shape
    (100, 74, 3)
    """
    rows, columns = frame.shape[:2]
    if rows <= height:
        return frame[: max(rows // 2 * 2, 1), : max(columns // 2 * 2, 1)]
    width = max(2, round(columns * height / rows / 2) * 2)
    source = VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
    small = source.reformat(width=width, height=height, interpolation=Interpolation.AREA)
    return np.asarray(small.to_ndarray(), dtype=np.uint8)

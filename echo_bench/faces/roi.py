"""Regions of interest: rotated rectangles in a frame, cropping them, and carrying points back.

Conventions
-----------
Coordinates are pixels, x to the right, y downwards, integer values at pixel centres. A crop of side `n` samples the rectangle at
``i / n`` of its width and height, ``i = 0 .. n - 1`` (no half-pixel shift), bilinearly with positions rounded to 1/32 pixel and
values rounded half up to whole grey levels: the CPU path of MediaPipe (image_to_tensor_converter_opencv.cc) to the bit. On a face
seen from the side, one grey level decides whether it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import kernel

Frame = NDArray[np.uint8]
Points = NDArray[np.float32]

STEPS = 32
"""Positions per pixel that a crop is sampled at."""

SCALE = 1.5
"""A region is this much larger than the box of the face in it, so that the face is still inside in the next frame."""


@dataclass(frozen=True, slots=True)
class Roi:
    """A rotated rectangle.

    Attributes
    ----------
    x, y : float
        Centre, pixels.
    width, height : float
        Side lengths along its own axes, pixels.
    angle : float
        Rotation in radians, positive clockwise as seen in the image.
    """

    x: float
    y: float
    width: float
    height: float
    angle: float

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the rectangle before it is rotated."""
        w, h = self.width / 2, self.height / 2
        return self.x - w, self.y - h, self.x + w, self.y + h


def whole(height: int, width: int) -> Roi:
    """The smallest square that holds a whole frame, centred on it."""
    side = float(max(height, width))
    return Roi(width / 2, height / 2, side, side, 0.0)


def around(points: NDArray[np.floating[Any]], start: int, end: int) -> Roi:
    """The square region for the next frame: the long side of the box of all points, enlarged, upright along an eye line.

    Parameters
    ----------
    points : ndarray of shape (n, 2 or more)
        Pixels.
    start, end : int
        The points that the upper edge is parallel to.

    Examples
    --------
    >>> around(np.array([[0.0, 0.0], [10.0, 0.0], [5.0, 20.0]]), 0, 1)
    Roi(x=5.0, y=10.0, width=30.0, height=30.0, angle=0.0)
    """
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    side = SCALE * float((high - low).max())
    centre = (low + high) / 2
    return Roi(float(centre[0]), float(centre[1]), side, side, slope(points[start], points[end]))


def slope(start: NDArray[np.floating[Any]], end: NDArray[np.floating[Any]]) -> float:
    """The angle of the line from `start` to `end`, radians, positive clockwise as seen in the image."""
    return float(np.arctan2(end[1] - start[1], end[0] - start[0]))


def overlap(a: Roi, b: Roi) -> float:
    """Intersection over union of two regions, their rotation ignored, in [0, 1].

    Examples
    --------
    >>> overlap(Roi(0, 0, 2, 2, 0), Roi(1, 0, 2, 2, 0))
    0.3333333333333333
    """
    (al, at, ar, ab), (bl, bt, br, bb) = a.box, b.box
    shared = max(0.0, min(ar, br) - max(al, bl)) * max(0.0, min(ab, bb) - max(at, bt))
    return shared / (a.width * a.height + b.width * b.height - shared)


def project(points: Points, roi: Roi) -> Points:
    """Carry landmarks from a crop back to the frame.

    Parameters
    ----------
    points : ndarray of shape (n, 3)
        In units of the crop's side; z in the same unit.
    roi : Roi

    Returns
    -------
    ndarray of shape (n, 3), float32
        Pixels; z is scaled like x.

    Notes
    -----
    Rotation comes before scaling, as in MediaPipe (landmark_projection_calculator.cc). The order matters only for the region of a
    detection, which is not exactly square.
    """
    x, y = points[:, 0] - 0.5, points[:, 1] - 0.5
    cos, sin = np.cos(roi.angle), np.sin(roi.angle)
    columns = (
        (cos * x - sin * y) * roi.width + roi.x,
        (sin * x + cos * y) * roi.height + roi.y,
        points[:, 2] * roi.width,
    )
    return np.stack(columns, axis=1).astype(np.float32)


def crop(frame: Frame, roi: Roi, out: NDArray[np.float32], *, low: float, high: float, pad: bool) -> None:
    """Sample a region into a network's input.

    Parameters
    ----------
    frame : ndarray of shape (height, width, 3), uint8
    roi : Roi
    out : ndarray of shape (side, side, 3), float32
        Written to.
    low, high : float
        What grey levels 0 and 255 become.
    pad : bool
        Outside the frame is black if true, the nearest pixel of the frame if false.
    """
    side = len(out)
    cos, sin = np.cos(roi.angle) / side, np.sin(roi.angle) / side
    matrix = np.array([[cos * roi.width, -sin * roi.height], [sin * roi.width, cos * roi.height]])
    origin = np.array([roi.x, roi.y]) - matrix @ np.array([side / 2, side / 2])
    _sample(frame, matrix, origin, out, (high - low) / 255.0, low, pad)


def _sample_loop(
    frame: Frame,
    matrix: NDArray[np.float64],
    origin: NDArray[np.float64],
    out: NDArray[np.float32],
    gain: float,
    offset: float,
    pad: bool,
) -> None:
    height, width = frame.shape[0], frame.shape[1]
    for row in range(out.shape[0]):
        for column in range(out.shape[1]):
            x = int(np.rint(STEPS * (matrix[0, 0] * column + matrix[0, 1] * row + origin[0])))
            y = int(np.rint(STEPS * (matrix[1, 0] * column + matrix[1, 1] * row + origin[1])))
            left, top, right, bottom = x // STEPS, y // STEPS, x % STEPS, y % STEPS
            x0, x1 = min(max(left, 0), width - 1), min(max(left + 1, 0), width - 1)
            y0, y1 = min(max(top, 0), height - 1), min(max(top + 1, 0), height - 1)
            wx0, wx1, wy0, wy1 = STEPS - right, right, STEPS - bottom, bottom
            if pad:
                wx0, wx1 = wx0 * (x0 == left), wx1 * (x1 == left + 1)
                wy0, wy1 = wy0 * (y0 == top), wy1 * (y1 == top + 1)
            for channel in range(3):
                above = wx0 * int(frame[y0, x0, channel]) + wx1 * int(frame[y0, x1, channel])
                below = wx0 * int(frame[y1, x0, channel]) + wx1 * int(frame[y1, x1, channel])
                grey = (wy0 * above + wy1 * below + STEPS * STEPS // 2) // (STEPS * STEPS)
                out[row, column, channel] = grey * gain + offset


_sample = kernel(_sample_loop)

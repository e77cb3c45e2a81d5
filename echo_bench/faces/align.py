"""Cutting a face out of a frame as recognition and emotion nets were trained to see it.

Aligned crops put five points of the face where a template has them, by turning, scaling and shifting alone. The points come from the
478-point mesh: the middle between each eye's corners (which gaze does not move, unlike an iris), the tip of the nose, the corners of the
mouth. A detector's five points differ from these by a pixel or two; the id of a feature records whose they are by its version.

Sources: deepinsight/insightface, python-package/insightface/utils/face_align.py (arcface_src, estimate_norm, norm_crop); dlib,
image_transforms/interpolation.h (get_face_chip_details); Umeyama, PAMI 13 (1991).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.roi import Frame, Roi, crop

RIGHT_EYE, LEFT_EYE = (33, 133), (263, 362)
"""Outer and inner corner of the person's right eye, which is on the image's left, and of the left."""

NOSE_TIP, NOSE_BASE = 1, 2
MOUTH = (61, 291)


@dataclass(frozen=True, slots=True)
class Alignment:
    """Where a net wants which points of the mesh.

    Attributes
    ----------
    side : int
        Of the square crop, pixels.
    template : tuple of (float, float)
        Where the points shall lie in it.
    points : tuple of tuple of int
        For each, the vertices of the mesh whose mean it is.
    """

    side: int
    template: tuple[tuple[float, float], ...]
    points: tuple[tuple[int, ...], ...]


ARCFACE = Alignment(
    112,
    ((38.2946, 51.6963), (73.5318, 51.5014), (56.0252, 71.7366), (41.5493, 92.3655), (70.7299, 92.2041)),
    (RIGHT_EYE, LEFT_EYE, (NOSE_TIP,), (MOUTH[0],), (MOUTH[1],)),
)
"""Eyes, nose, mouth corners in 112 x 112."""

_DLIB = (
    (0.8595674595992, 0.2134981538014), (0.6460604764104, 0.2289674387677), (0.1205750620789, 0.2137274526848),
    (0.3340850613712, 0.2290642403242), (0.4901123135679, 0.6277975316475),
)  # fmt: skip
DLIB = Alignment(
    150,
    tuple(((x + 0.25) / 1.5 * 150, (y + 0.25) / 1.5 * 150) for x, y in _DLIB),
    ((263,), (362,), (33,), (133,), (NOSE_BASE,)),
)
"""The four corners of the eyes and the base of the nose in 150 x 150, with dlib's margin of a quarter."""


def aligned(frame: Frame, landmarks: NDArray[np.floating[Any]], alignment: Alignment) -> Frame:
    """The aligned crop of a face.

    Parameters
    ----------
    frame : ndarray of shape (H, W, 3), uint8
    landmarks : ndarray of shape (478, 2 or 3)
        Pixels.
    alignment : Alignment

    Returns
    -------
    ndarray of shape (side, side, 3), uint8
        Bilinear, black outside the frame (OpenCV's ``warpAffine``, on which InsightFace's crops rest).
    """
    points = np.array([landmarks[list(part), :2].mean(axis=0) for part in alignment.points], np.float64)
    return cut(frame, similarity(points, np.array(alignment.template), alignment.side), alignment.side)


def similarity(points: NDArray[np.float64], template: NDArray[np.float64], side: int) -> Roi:
    """The region that a crop must sample so that `points` fall on `template`, as near as turning, scaling and shifting can.

    Least squares in the crop's pixels, in closed form: as complex numbers the map is ``z = a p + b``.

    Parameters
    ----------
    points, template : ndarray of shape (n, 2)
        In pixels of the frame, and of a crop of `side`.
    side : int

    Examples
    --------
    >>> square = np.array([[0.0, 0.0], [10.0, 0.0], [10.0, 10.0]])
    >>> roi = similarity(square * 3 + 7, square, 10)
    >>> [round(side, 6) for side in (roi.x, roi.y, roi.width, roi.height)]
    [22.0, 22.0, 30.0, 30.0]
    """
    p, z = (xy[:, 0] + 1j * xy[:, 1] for xy in (points, template))
    from_mean = p - p.mean()
    a = np.vdot(from_mean, z - z.mean()) / np.vdot(from_mean, from_mean)
    back = 1 / a
    centre = p.mean() + back * (side / 2 * (1 + 1j) - z.mean())
    width = side * float(abs(back))
    return Roi(float(centre.real), float(centre.imag), width, width, float(np.angle(back)))


def square(landmarks: NDArray[np.floating[Any]], margin: float) -> Roi:
    """The upright square around all landmarks, as a face detector would draw it.

    Parameters
    ----------
    landmarks : ndarray of shape (478, 2 or 3)
    margin : float
        Room on each side, in the long side of the landmarks' box, which reaches from the chin to the top of the forehead.
    """
    low, high = landmarks[:, :2].min(axis=0), landmarks[:, :2].max(axis=0)
    side = float((high - low).max()) * (1 + 2 * margin)
    centre = (low + high) / 2
    return Roi(float(centre[0]), float(centre[1]), side, side, 0.0)


def cut(frame: Frame, region: Roi, side: int) -> Frame:
    """A region as a crop of `side` pixels, uint8, bilinear, black outside the frame."""
    out = np.empty((side, side, 3), np.float32)
    crop(np.ascontiguousarray(frame), region, out, low=0, high=255, pad=True)
    return np.rint(out).astype(np.uint8)


def grey(picture: Frame) -> NDArray[np.uint8]:
    """Brightness of RGB pixels, ``(H, W)`` uint8, in OpenCV's weights and rounding."""
    weighed = picture.astype(np.int32) @ np.array([4899, 9617, 1868], np.int32)
    return ((weighed + (1 << 13)) >> 14).astype(np.uint8)

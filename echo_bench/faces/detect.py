"""BlazeFace short range: from the detector's tensors to face boxes.

Source: Bazarevsky et al., "BlazeFace", 2019; anchors, decoding and weighted suppression with the constants of MediaPipe's
face_detector_graph.cc (128 x 128 input, strides 8, 16, 16, 16, two anchors per cell and layer, all of size 1).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from echo_bench.faces.roi import SCALE, Roi, slope

SIDE = 128
GRIDS = ((16, 2), (8, 6))
"""Cells along a side and anchors per cell: layers of one stride share their cells."""
MIN_SCORE = 0.5
MAX_OVERLAP = 0.5
RIGHT_EYE, LEFT_EYE = 0, 1
"""Keypoints of a detection: the person's own right eye is the left one in the image."""


@dataclass(frozen=True, slots=True)
class Detection:
    """One face.

    Attributes
    ----------
    score : float
        In [0, 1].
    box : ndarray of shape (4,)
        Left, top, right, bottom.
    keypoints : ndarray of shape (6, 2)
        Right eye, left eye, nose tip, mouth, right and left ear tragion (the person's own sides).
    """

    score: float
    box: NDArray[np.float64]
    keypoints: NDArray[np.float64]


def anchors() -> NDArray[np.float64]:
    """Centres (x, y) of the 896 anchors, in units of the input's side."""
    grids = []
    for cells, per_cell in GRIDS:
        line = (np.arange(cells) + 0.5) / cells
        y, x = np.meshgrid(line, line, indexing="ij")
        grids.append(np.stack([x.ravel(), y.ravel()], axis=1).repeat(per_cell, axis=0))
    return np.concatenate(grids)


def decode(regressors: NDArray[np.float32], logits: NDArray[np.float32]) -> list[Detection]:
    """All candidates above :data:`MIN_SCORE`, best first.

    Parameters
    ----------
    regressors : ndarray of shape (896, 16)
        Centre x, y, width, height, then six keypoints x, y; input pixels, relative to the anchor.
    logits : ndarray of shape (896,)

    Returns
    -------
    list of Detection
        In units of the input's side.
    """
    scores = 1 / (1 + np.exp(-np.clip(logits.astype(np.float64), -100, 100)))
    values = regressors.astype(np.float64) / SIDE
    keep = np.flatnonzero((scores >= MIN_SCORE) & (values[:, 2:4] > 0).all(axis=1))
    order = keep[np.argsort(-scores[keep], kind="stable")]
    return [_candidate(values[i], float(scores[i]), ANCHORS[i]) for i in order]


def _candidate(values: NDArray[np.float64], score: float, anchor: NDArray[np.float64]) -> Detection:
    centre, half = values[:2] + anchor, values[2:4] / 2
    return Detection(score, np.concatenate([centre - half, centre + half]), values[4:].reshape(6, 2) + anchor)


def suppress(candidates: list[Detection]) -> list[Detection]:
    """Merge candidates of one face: boxes and keypoints are averaged by score, the best score is kept.

    Parameters
    ----------
    candidates : list of Detection
        Best first.
    """
    faces = []
    while candidates:
        same = [c for c in candidates if _iou(c.box, candidates[0].box) > MAX_OVERLAP]
        faces.append(_merge(same))
        candidates = [c for c in candidates if not any(c is s for s in same)]
    return faces


def _merge(group: list[Detection]) -> Detection:
    weights = np.array([face.score for face in group])
    box = np.average([face.box for face in group], axis=0, weights=weights)
    keypoints = np.average([face.keypoints for face in group], axis=0, weights=weights)
    return Detection(group[0].score, box, keypoints)


def _iou(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    shared = np.prod(np.clip(np.minimum(a[2:], b[2:]) - np.maximum(a[:2], b[:2]), 0, None))
    union = np.prod(a[2:] - a[:2]) + np.prod(b[2:] - b[:2]) - shared
    return float(shared / union)


def face_region(face: Detection, view: Roi) -> Roi:
    """The region that the landmark net looks at for a detection.

    Parameters
    ----------
    face : Detection
        In units of the input's side.
    view : Roi
        The upright square that the detector saw, in the frame.

    Returns
    -------
    Roi
        Frame pixels, with the eyes level, 1.5 times the box; not squared, as in MediaPipe.
    """
    left, top, right, bottom = face.box
    corner = np.array([view.x - view.width / 2, view.y - view.height / 2])
    centre = np.array([left + right, top + bottom]) / 2 * view.width + corner
    width, height = SCALE * (right - left) * view.width, SCALE * (bottom - top) * view.width
    angle = slope(face.keypoints[RIGHT_EYE], face.keypoints[LEFT_EYE])
    return Roi(float(centre[0]), float(centre[1]), float(width), float(height), angle)


ANCHORS = anchors()

"""Boxes: how much two overlap, and which of many on one face stay."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating[Any]]


def iou(box: Boxes, others: Boxes) -> NDArray[np.float64]:
    """Intersection over union of one box with each of several.

    Parameters
    ----------
    box : ndarray of shape (4,)
        Left, top, right, bottom, in any unit.
    others : ndarray of shape (N, 4)

    Returns
    -------
    ndarray of shape (N,), float64
        In [0, 1]; 0 where both boxes are empty.

    Examples
    --------
    >>> iou(np.array([0.0, 0.0, 2.0, 2.0]), np.array([[0.0, 0.0, 2.0, 2.0], [1.0, 0.0, 3.0, 2.0], [5.0, 5.0, 6.0, 6.0]])).round(3)
    array([1.   , 0.333, 0.   ])
    """
    low, high = np.maximum(box[:2], others[:, :2]), np.minimum(box[2:], others[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1, dtype=np.float64)
    union = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    ratio: NDArray[np.float64] = np.divide(shared, union, out=np.zeros(len(others)), where=union > 0)
    return ratio


def suppress(boxes: Boxes, scores: Boxes, overlap: float) -> NDArray[np.intp]:
    """Non-maximum suppression: of boxes that overlap more than `overlap`, the best one.

    Parameters
    ----------
    boxes : ndarray of shape (N, 4)
    scores : ndarray of shape (N,)
        Higher is better; of equal scores the first box counts as better.
    overlap : float
        Largest intersection over union of two boxes that both stay.

    Returns
    -------
    ndarray of shape (K,), intp
        Indices of those that stay, best first.

    Examples
    --------
    >>> suppress(np.array([[0, 0, 2, 2], [0, 0, 2, 1.8], [9, 9, 10, 10]]), np.array([0.8, 0.9, 0.7]), 0.3).tolist()
    [1, 2]
    """
    order = np.argsort(-scores, kind="stable")
    kept = []
    while len(order):
        best, rest = order[0], order[1:]
        kept.append(best)
        order = rest[iou(boxes[best], boxes[rest]) <= overlap]
    return np.array(kept, np.intp)

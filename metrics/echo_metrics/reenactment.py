"""Fidelity of reenactment: whether a face that copies another's motion looks as the driving video of the same person does.

First Order Motion Model and its line (MCNet, DaGAN) drive a person's first frame by the rest of the same video, so that the truth is
known, and print L1, AKD and AED beside PSNR, SSIM and LPIPS. Of another person's video none of them can be said.

Sources: AliaksandrSiarohin/pose-evaluation; harlanhong/ICCV2023-MCNET ``evaluation/``. Their landmarks are face-alignment's 68 points and
their embedding is OpenFace's: values from other nets do not compare with printed ones.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["average_euclidean_distance", "average_keypoint_distance", "pixel_l1"]

Floats = NDArray[np.float64]


def pixel_l1(gt: NDArray[np.uint8], pred: NDArray[np.uint8]) -> float:
    """L1: mean absolute difference of all values of all pixels, in [0, 1]; lower is better.

    Parameters
    ----------
    gt, pred : ndarray of shape (T, H, W, 3), uint8

    Raises
    ------
    MetricInputError
        When shapes or types differ.

    Examples
    --------
    >>> pixel_l1(np.zeros((2, 4, 4, 3), np.uint8), np.full((2, 4, 4, 3), 51, np.uint8))
    0.2
    """
    if gt.shape != pred.shape or gt.dtype != np.uint8 or pred.dtype != np.uint8 or not gt.size:
        raise MetricInputError(
            f"gt is {gt.dtype} {gt.shape} and pred {pred.dtype} {pred.shape}: both must be uint8 of one size and length"
        )
    return float(np.mean([np.abs(a.astype(np.int16) - b).mean() for a, b in zip(gt, pred, strict=True)])) / 255.0


def average_keypoint_distance(gt: ArrayLike, pred: ArrayLike) -> float:
    """AKD: mean absolute difference of the coordinates of landmarks, in pixels; lower is better.

    Parameters
    ----------
    gt, pred : array_like of shape (T, P, 2)
        Of frames of one size; officially 256 px. Frames in which either shows no face are NaN and left out: print beside it how many.

    Returns
    -------
    float
        Mean over x, y, landmarks and frames, not a Euclidean distance.

    Raises
    ------
    MetricInputError
        When shapes differ, or no frame shows both faces.

    Examples
    --------
    >>> face = np.zeros((3, 68, 2))
    >>> average_keypoint_distance(face, face + [2.0, 0.0])
    1.0
    """
    truth, made = _seen(gt, pred, 3, "landmarks (frames, points, 2)")
    return float(np.abs(truth - made).mean())


def average_euclidean_distance(gt: ArrayLike, pred: ArrayLike) -> float:
    """AED: mean Euclidean distance of embeddings of identity, frame by frame; lower is better.

    Parameters
    ----------
    gt, pred : array_like of shape (T, D)
        As the net gives them; OpenFace's have length 1. Frames without a face are NaN and left out.

    Raises
    ------
    MetricInputError
        When shapes differ, or no frame shows both faces.

    Examples
    --------
    >>> average_euclidean_distance([[1.0, 0.0], [1.0, 0.0]], [[1.0, 0.0], [0.0, 0.0]])
    0.5
    """
    truth, made = _seen(gt, pred, 2, "embeddings (frames, channels)")
    return float(np.linalg.norm(truth - made, axis=1).mean())


def _seen(gt: ArrayLike, pred: ArrayLike, axes: int, what: str) -> tuple[Floats, Floats]:
    """Both where both show a face."""
    truth, made = np.asarray(gt, np.float64), np.asarray(pred, np.float64)
    if truth.shape != made.shape or truth.ndim != axes:
        raise MetricInputError(f"gt is {truth.shape} and pred {made.shape}: both must be {what} of a common length")
    both = np.isfinite(truth + made).reshape(len(truth), -1).all(axis=1)
    if not both.any():
        raise MetricInputError(f"no frame of {len(truth)} shows a face in both: nothing can be compared")
    return truth[both], made[both]

"""Quality of a region of the picture, such as face or hands, as renders of people are judged by (EVA, NeurIPS 2024; AMUSE's peers).

A render that is right but for the face has nearly the score of one that is right: the face is a small share of a body's picture.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from echo_metrics.errors import MetricInputError

__all__ = ["in_region"]

Frames = NDArray[np.uint8]
Measure = Callable[[Frames, Frames], ArrayLike]


def in_region(measure: Measure, gt: Frames, pred: Frames, boxes: Sequence[ArrayLike]) -> NDArray[np.float64]:
    """A measure of pictures within a box of each frame.

    Parameters
    ----------
    measure : callable
        Takes two pictures (h, w, 3), gives one number: :func:`echo_metrics.image.psnr`, :func:`~echo_metrics.image.ssim`, LPIPS.
    gt, pred : ndarray of shape (T, H, W, 3), uint8
    boxes : sequence of array_like of shape (4,)
        x0, y0, x1, y1 in pixels of each frame, found in the truth; cut at the picture's edges. NaN: the region is not seen.

    Returns
    -------
    ndarray of shape (T,), float64
        NaN where the region is not seen.

    Raises
    ------
    MetricInputError
        When frames, sizes or boxes do not match, or a box lies outside the picture.

    Examples
    --------
    >>> from echo_metrics.image import psnr
    >>> truth = np.zeros((1, 64, 64, 3), np.uint8)
    >>> made = truth.copy()
    >>> made[:, :32, :32] = 9
    >>> box_of = lambda *ends: in_region(lambda a, b: psnr(a, b, convention="piq"), truth, made, [ends])[0].round(1)
    >>> box_of(0, 0, 32, 32) < box_of(0, 0, 64, 64) < box_of(32, 32, 64, 64)
    np.True_
    """
    if gt.shape != pred.shape or gt.ndim != 4 or len(boxes) != len(gt):
        raise MetricInputError(
            f"gt {gt.shape}, pred {pred.shape} and {len(boxes)} boxes: were the tracks cut to a common length and size?"
        )
    values = [
        np.nan if (where := _cut(box, gt.shape[1:3], frame)) is None else float(np.asarray(measure(a[where], b[where])))
        for frame, (a, b, box) in enumerate(zip(gt, pred, boxes, strict=True))
    ]
    return np.array(values, np.float64)


def _cut(box: ArrayLike, size: tuple[int, ...], frame: int) -> tuple[slice, slice] | None:
    """Rows and columns of a box."""
    ends = np.asarray(box, np.float64)
    if ends.shape != (4,):
        raise MetricInputError(f"the box of frame {frame} is {ends.shape} instead of x0, y0, x1, y1")
    if np.isnan(ends).any():
        return None
    x0, y0, x1, y1 = (int(value) for value in np.clip(np.round(ends), 0, [size[1], size[0]] * 2))
    if x0 >= x1 or y0 >= y1:
        raise MetricInputError(f"the box of frame {frame} holds no pixel of the picture: {ends.tolist()}")
    return slice(y0, y1), slice(x0, x1)

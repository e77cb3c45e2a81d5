"""Bilinear resizing of 8-bit pictures, to the bit as the tools that made the published numbers do it.

The convention of OpenCV's ``resize`` with ``INTER_LINEAR`` on 8 bits: pixel centres at half integers, two taps per axis whatever the
scale (no antialiasing), weights rounded to 1/2048, two shifts with truncation on the way. A float version differs by one grey level in
a tenth of the pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import Number, kernel

Pixels = NDArray[np.uint8]
Taps = tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.int32], NDArray[np.int32]]

UNIT = 2048


def resize_bilinear(image: Pixels, height: int, width: int, *, step: float | None = None) -> Pixels:
    """Scale a picture.

    Parameters
    ----------
    image : ndarray of shape (H, W, C), uint8
        Neither side empty.
    height, width : int
        Of the result, at least 1.
    step : float, optional
        Source pixels per pixel of the result, along both axes, where a factor was asked for and the sizes are rounded; by default the
        ratio of the sizes.

    Returns
    -------
    ndarray of shape (height, width, C), uint8

    Raises
    ------
    ValueError
        When a side is empty.

    Examples
    --------
    >>> resize_bilinear(np.array([[[0], [100]]], np.uint8), 1, 4).ravel().tolist()
    [0, 25, 75, 100]
    """
    if min(*image.shape[:2], height, width) < 1:
        raise ValueError(f"cannot scale {image.shape[1]} x {image.shape[0]} pixels to {width} x {height}")
    out = np.empty((height, width, image.shape[2]), np.uint8)
    _resample(
        image, *_taps(image.shape[0], height, step, fold=False), *_taps(image.shape[1], width, step, fold=True), out
    )
    return out


def _taps(source: int, target: int, step: float | None, *, fold: bool) -> Taps:
    """The two source lines of each target line, and their weights in 1/2048.

    Beyond an edge, columns put all weight on the last one (`fold`); rows keep two weights, whose truncation costs a grey level there.
    """
    at = ((np.arange(target) + 0.5) * (step or source / target) - 0.5).astype(np.float32)
    low = np.floor(at)
    share = at - low
    if fold:
        share[(low < 0) | (low >= source - 1)] = 0
    second = np.rint(share * np.float32(UNIT)).astype(np.int32)
    first = np.rint((1 - share) * np.float32(UNIT)).astype(np.int32)
    index = low.astype(np.intp)
    if fold:
        index = np.clip(index, 0, source - 1)
    return np.clip(index, 0, source - 1), np.clip(index + 1, 0, source - 1), first, second


def _resample_loop(
    image: Pixels,
    top: NDArray[np.intp], bottom: NDArray[np.intp], above: NDArray[np.int32], below: NDArray[np.int32],
    left: NDArray[np.intp], right: NDArray[np.intp], before: NDArray[np.int32], after: NDArray[np.int32],
    out: NDArray[Any],
) -> None:  # fmt: skip
    for row in range(out.shape[0]):
        upper: Number = image[top[row]]
        lower: Number = image[bottom[row]]
        for column in range(out.shape[1]):
            x0, x1, w0, w1 = left[column], right[column], before[column], after[column]
            for channel in range(out.shape[2]):
                high = (w0 * np.int64(upper[x0, channel]) + w1 * np.int64(upper[x1, channel])) >> 4
                low = (w0 * np.int64(lower[x0, channel]) + w1 * np.int64(lower[x1, channel])) >> 4
                out[row, column, channel] = (((above[row] * high) >> 16) + ((below[row] * low) >> 16) + 2) >> 2


_resample = kernel(_resample_loop)

"""CPBD: sharpness as the share of edges whose blur nobody would notice, without a reference.

An edge of width w is seen as blurred with probability ``1 - exp(-(w / w_jnb)^3.6)``; at the just-noticeable width w_jnb that is 63 %.
The score is the share of edges at or below it, over all blocks of 64 x 64 pixels that hold edges.

Source: Narvekar and Karam, IEEE TIP 20 (2011), and Ferzli and Karam, IEEE TIP 18 (2009) for the widths. The paper leaves the edge
detectors open. The field reports ``cpbd.compute`` of PyPI ``cpbd`` 1.0.7 (ViCo), so its choices are taken: Canny with sigma 1 and
thresholds 0.1 and 0.2 on grey levels 0..255 finds the blocks, horizontal Sobel the edges, and an edge pixel counts when its *squared*
Sobel strength exceeds twice the *root* mean square. (MATLAB compares squares with squares: its values are not comparable.)
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from echo_metrics.errors import MetricInputError

Grey = NDArray[np.float64]
Mask = NDArray[np.bool_]

BLOCK = 64  # pixels
EDGE_SHARE = 0.002  # of a block's pixels on Canny edges, above which the block counts
BETA = 3.6
LOW_CONTRAST = 50  # grey levels; up to here an edge may be 5 pixels wide unnoticed, above it 3
UNNOTICED = 0.635  # 63 % as the package bins it: whole percents, rounded
LONGEST = 101  # pixels to either side that a width is followed


def cpbd(frames: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Cumulative probability of blur detection of each frame: 0 (blurred) to 1 (sharp), higher is better.

    Parameters
    ----------
    frames : ndarray of shape (..., H, W, 3), uint8 RGB
        At least 64 x 64 pixels; what is left of the last whole block is not looked at.

    Returns
    -------
    ndarray of shape (...), float64
        A frame without edges scores 0, as in the package: no edge is not a sharp edge.

    Raises
    ------
    MetricInputError
        When the frames are not uint8 RGB, or smaller than one block.

    Examples
    --------
    >>> edge = np.zeros((64, 64, 3), np.uint8)
    >>> edge[:, 32], edge[:, 33:] = 100, 200
    >>> float(cpbd(edge))
    1.0
    """
    if frames.dtype != np.uint8 or frames.ndim < 3 or frames.shape[-1] != 3:
        raise MetricInputError(
            f"CPBD needs uint8 RGB frames (..., height, width, 3), as decoded; got {frames.dtype} {frames.shape}: "
            "grey levels decide where an edge ends, so other scales give other widths"
        )
    if min(frames.shape[-3:-1]) < BLOCK:
        raise MetricInputError(
            f"frames of {frames.shape[-3]}x{frames.shape[-2]} are smaller than one block of {BLOCK} pixels"
        )
    flat = frames.reshape(-1, *frames.shape[-3:])
    return np.array([_of_grey(_grey(frame)) for frame in flat], np.float64).reshape(frames.shape[:-3])


def _grey(frame: NDArray[np.uint8]) -> Grey:
    """ITU-R 601 luma in whole grey levels, rounded as Pillow's mode ``L`` does (16-bit weights)."""
    luma = frame.astype(np.int64) @ np.array([19595, 38470, 7471]) + (1 << 15)
    return np.asarray(luma >> 16, np.float64)


def _of_grey(image: Grey) -> float:
    widths = _edge_widths(image)
    contrast = np.ptp(_blocks(image), axis=-1)
    noticeable = np.where(contrast <= LOW_CONTRAST, 5.0, 3.0)
    has_edges = _blocks(_canny(image)).mean(axis=-1) > EDGE_SHARE
    blurred = 1 - np.exp(-((_blocks(widths) / noticeable[:, None]) ** BETA))
    counted = (_blocks(widths) > 0) & has_edges[:, None]
    return float(np.mean(np.rint(100 * blurred[counted]) < 100 * UNNOTICED)) if counted.any() else 0.0


def _blocks(image: NDArray[Any]) -> NDArray[Any]:
    """Whole blocks as rows, shape (blocks, 64 * 64)."""
    rows, columns = image.shape[0] // BLOCK, image.shape[1] // BLOCK
    grid = image[: rows * BLOCK, : columns * BLOCK].reshape(rows, BLOCK, columns, BLOCK)
    return grid.swapaxes(1, 2).reshape(rows * columns, BLOCK * BLOCK)


def _edge_widths(image: Grey) -> NDArray[np.int64]:
    """Width in pixels of the horizontal transition through each edge pixel; 0 elsewhere."""
    down, across = np.gradient(image)
    angle = np.where(across != 0, np.degrees(np.arctan2(down, across)), 0.0)
    direction = np.rint(angle / 45)
    step = np.diff(image, axis=1)
    rising, falling = _transition(step > 0), _transition(step < 0)
    widths = np.where(direction == 0, rising, np.where(np.abs(direction) == 4, falling, 0))
    widths[~_sobel_edges(image)] = 0
    widths[[0, -1]] = 0
    widths[:, [0, -1]] = 0
    return widths


def _transition(monotone: Mask) -> NDArray[np.int64]:
    """Pixels over which the grey level keeps rising (or falling) through each pixel, from the steps (H, W - 1) that do.

    The steps onto and off the pixel itself are taken for granted: it is an edge.
    """
    ending = _run_ending_at(monotone)
    starting = _run_ending_at(monotone[:, ::-1])[:, ::-1]
    height, width = monotone.shape[0], monotone.shape[1] + 1
    left, right = np.zeros((2, height, width), np.int64)
    left[:, 2:] = ending[:, :-1]
    right[:, :-2] = starting[:, 1:]
    widths: NDArray[np.int64] = np.minimum(left + 1, LONGEST) + np.minimum(right + 1, LONGEST)
    return widths


def _run_ending_at(flags: Mask) -> NDArray[np.int64]:
    """Length of the run of True along each row that ends at each position."""
    position = np.arange(flags.shape[1])
    last_break: NDArray[np.int64] = np.maximum.accumulate(np.where(flags, -1, position), axis=1)
    return position - last_break


def _sobel_edges(image: Grey) -> Mask:
    """Pixels of strong horizontal contrast that exceed both neighbours along a row, or along a column."""
    from scipy import ndimage

    strength = (ndimage.sobel(image, axis=1) / 8) ** 2
    strength[strength <= 2 * np.sqrt(strength.mean())] = 0
    padded = np.pad(strength, 1)
    middle = padded[1:-1, 1:-1]
    along_row = (middle > padded[1:-1, :-2]) & (middle > padded[1:-1, 2:])
    along_column = (middle > padded[:-2, 1:-1]) & (middle > padded[2:, 1:-1])
    return along_row | along_column


def _canny(image: Grey, low: float = 0.1, high: float = 0.2) -> Mask:
    """Canny edges: Gaussian of sigma 1, Sobel, thinning across the gradient, hysteresis over 8-connected pixels."""
    from scipy import ndimage

    coverage = ndimage.gaussian_filter(np.ones_like(image), 1, mode="constant")
    smooth = ndimage.gaussian_filter(image, 1, mode="constant") / coverage
    down, across = ndimage.sobel(smooth, axis=0), ndimage.sobel(smooth, axis=1)
    strength = np.hypot(down, across)
    weak = _is_ridge(strength, down, across) & (strength >= low)
    labels, count = ndimage.label(weak, np.ones((3, 3)))
    strong = np.zeros(count + 1, bool)
    strong[np.unique(labels[weak & (strength >= high)])] = True
    return np.asarray(strong[labels] & weak)


def _is_ridge(strength: Grey, down: Grey, across: Grey) -> Mask:
    """Inner pixels at least as strong as both points one step along the gradient, interpolated between neighbours."""
    ridge = np.zeros(strength.shape, bool)
    dy, dx = down[1:-1, 1:-1], across[1:-1, 1:-1]
    steep = np.abs(dy) > np.abs(dx)
    share = np.minimum(np.abs(dy), np.abs(dx)) / np.maximum(np.maximum(np.abs(dy), np.abs(dx)), np.finfo(float).tiny)
    centre = strength[1:-1, 1:-1]
    inner = np.ones(centre.shape, bool)
    same_sign = dy * dx > 0
    for side in (1, -1):
        straight = np.where(steep, _shifted(strength, side, 0), _shifted(strength, 0, side))
        rising = _shifted(strength, side, side)
        other = np.where(steep, _shifted(strength, side, -side), _shifted(strength, -side, side))
        diagonal = np.where(same_sign, rising, other)
        inner &= share * diagonal + (1 - share) * straight <= centre
    ridge[1:-1, 1:-1] = inner
    return ridge


def _shifted(image: Grey, down: int, across: int) -> Grey:
    """The inner pixels' neighbours at an offset of -1, 0 or 1 rows and columns."""
    height, width = image.shape
    return image[1 + down : height - 1 + down, 1 + across : width - 1 + across]

"""Full-reference image quality, frame by frame: PSNR and SSIM; sharpness without a reference: CPBD.

Conventions
-----------
Frames are ``(..., H, W, 3)`` RGB, uint8 0..255 or float 0..1; the leading axes (time, clips) are kept, so a video of T frames gives T
values. The field's number for a test set is the mean over all its frames.

Two libraries compute two different things under one name; the ``convention`` argument says which:

* ``piq`` (ViCo and its successors): a constant inside the logarithm caps PSNR at 80 dB; SSIM averages the picture down to about 256 pixels
  first, then uses a Gaussian window.
* ``skimage``: PSNR of equal frames is infinite; SSIM in full resolution with a uniform 7 x 7 window and sample covariance.
* ``skimage-gaussian``: SSIM of the original paper in full resolution (scikit-image with ``gaussian_weights=True, sigma=1.5,
  use_sample_covariance=False``).

Source: Wang et al., IEEE TIP 13 (2004); photosynthesis-team/piq 0.8.0, ``piq/ssim.py`` and ``piq/psnr.py``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from echo_metrics.cpbd import cpbd
from echo_metrics.errors import MetricInputError

__all__ = ["cpbd", "psnr", "ssim"]

Frames = NDArray[np.uint8] | NDArray[np.floating[Any]]
Scores = NDArray[np.float64]
Planes = NDArray[np.floating[Any]]

PIQ_EPSILON = 1e-8  # added to the mean squared error: equal frames score 80 dB
C1, C2 = 0.01**2, 0.03**2  # Wang et al., eq. 7 and 11, for a range of 1
BAND = 32  # outputs per matrix product of the window; 16 to 48 are equally fast


@dataclass(frozen=True, slots=True)
class _Window:
    """The local window of one SSIM convention."""

    taps: tuple[float, ...]
    downsample: bool
    sample_covariance: bool


def _gaussian(radius: int = 5, sigma: float = 1.5) -> tuple[float, ...]:
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / sigma) ** 2)
    return tuple(weights / weights.sum())


WINDOWS = {
    "piq": _Window(_gaussian(), downsample=True, sample_covariance=False),
    "skimage": _Window((1 / 7,) * 7, downsample=False, sample_covariance=True),
    "skimage-gaussian": _Window(_gaussian(), downsample=False, sample_covariance=False),
}


def psnr(reference: Frames, image: Frames, convention: Literal["piq", "skimage"] = "piq") -> Scores:
    """Peak signal-to-noise ratio of each frame, in dB, higher is better.

    Parameters
    ----------
    reference, image : ndarray of shape (..., H, W, 3), uint8 or float in [0, 1]
        The two may differ in dtype; the measure is symmetric.
    convention : {"piq", "skimage"}
        ``piq``: ``-10 log10(mse + 1e-8)``, at most 80 dB. ``skimage``: ``-10 log10(mse)``, infinite for equal frames, so that one
        copied frame makes the mean of a clip infinite.

    Returns
    -------
    ndarray of shape (...), float64

    Raises
    ------
    MetricInputError
        When the shapes differ, the layout is another one, or floats leave [0, 1].

    Examples
    --------
    >>> black, white = np.zeros((8, 8, 3)), np.ones((8, 8, 3))
    >>> round(float(psnr(black, white)), 4), round(float(psnr(black, black)), 4)
    (-0.0, 80.0)
    """
    if convention not in ("piq", "skimage"):
        raise MetricInputError(f"unknown PSNR convention {convention!r}: choose 'piq' or 'skimage'")
    epsilon = PIQ_EPSILON if convention == "piq" else 0.0

    def of_frame(a: Frames, b: Frames) -> float:
        error = float(np.mean((_unit(a, np.float64) - _unit(b, np.float64)) ** 2)) + epsilon
        return -10 * float(np.log10(error)) if error > 0 else float("inf")

    return _per_frame(of_frame, reference, image)


def ssim(reference: Frames, image: Frames, convention: Literal["piq", "skimage", "skimage-gaussian"] = "piq") -> Scores:
    """Structural similarity of each frame, at most 1, higher is better.

    The index is computed per colour channel, averaged over the positions where the whole window fits, then over channels.

    Parameters
    ----------
    reference, image : ndarray of shape (..., H, W, 3), uint8 or float in [0, 1]
        float64 frames are computed in float64, all others in float32 (about 1e-6 from float64).
    convention : {"piq", "skimage", "skimage-gaussian"}
        See the module. ``piq`` first averages squares of ``round(min(H, W) / 256)`` pixels (rounded half to even), which raises the
        value of noisy frames above 384 pixels.

    Returns
    -------
    ndarray of shape (...), float64

    Raises
    ------
    MetricInputError
        When the shapes differ, the layout is another one, floats leave [0, 1], or the frame is smaller than the window.

    Examples
    --------
    >>> frames = np.random.default_rng(0).random((2, 32, 32, 3))
    >>> ssim(frames, frames).tolist()
    [1.0, 1.0]
    """
    if convention not in WINDOWS:
        raise MetricInputError(f"unknown SSIM convention {convention!r}: choose one of {', '.join(WINDOWS)}")
    window = WINDOWS[convention]
    dtype = np.float64 if np.float64 in (reference.dtype, image.dtype) else np.float32

    def of_frame(a: Frames, b: Frames) -> float:
        # one colour at a time: its maps stay in the cache
        colours = zip(_planes(a, window, dtype), _planes(b, window, dtype), strict=True)
        return float(np.mean([_index(x, y, window) for x, y in colours]))

    return _per_frame(of_frame, reference, image)


def _index(x: Planes, y: Planes, window: _Window) -> float:
    """SSIM of one colour plane (H, W) with 0.5 taken off: variances of small numbers keep more digits."""
    size = len(window.taps)
    if min(x.shape) < size:
        raise MetricInputError(
            f"frames of {x.shape[0]}x{x.shape[1]} pixels are smaller than the {size}-pixel window of SSIM"
        )
    band = _band(np.array(window.taps, x.dtype))
    mean_x, mean_y = _blur(x, band), _blur(y, band)
    product, squares = mean_x * mean_y, mean_x * mean_x + mean_y * mean_y
    unbias = size**2 / (size**2 - 1) if window.sample_covariance else 1.0
    spread = unbias * (_blur(x * x + y * y, band) - squares)
    overlap = unbias * (_blur(x * y, band) - product)
    both = mean_x + mean_y
    product += 0.5 * both + 0.25  # of the means with the 0.5 put back
    squares += both + 0.5
    index = (2 * product + C1) * (2 * overlap + C2)
    index /= (squares + C1) * (spread + C2)
    return float(np.mean(index, dtype=np.float64))


def _band(taps: Planes) -> Planes:
    """The window as a banded matrix (BAND, BAND + taps - 1): a few small matrix products beat a loop over taps."""
    band = np.zeros((BAND, BAND + len(taps) - 1), taps.dtype)
    for row in range(BAND):
        band[row, row : row + len(taps)] = taps
    return band


def _blur(plane: Planes, band: Planes) -> Planes:
    """Correlate both axes of (H, W) with the window of `band`, where it fits."""
    reach = band.shape[1] - BAND
    height, width = plane.shape[0] - reach, plane.shape[1] - reach
    lines = np.empty((height, plane.shape[1]), plane.dtype)
    for top in range(0, height, BAND):
        rows = min(BAND, height - top)
        np.matmul(band[:rows, : rows + reach], plane[top : top + rows + reach], out=lines[top : top + rows])
    blurred = np.empty((height, width), plane.dtype)
    for left in range(0, width, BAND):
        columns = min(BAND, width - left)
        piece = lines[:, left : left + columns + reach]
        np.matmul(piece, band[:columns, : columns + reach].T, out=blurred[:, left : left + columns])
    return blurred


def _planes(frame: Frames, window: _Window, dtype: type[np.floating[Any]]) -> Planes:
    """One frame as (3, H, W) around 0, averaged down when the convention says so."""
    height, width = frame.shape[:2]
    factor = max(1, round(min(height, width) / 256)) if window.downsample else 1
    planes = np.ascontiguousarray(np.moveaxis(_unit(frame, dtype), -1, 0)) - dtype(0.5)
    if factor == 1:
        return planes
    rows, columns = height // factor, width // factor
    blocks = planes[:, : rows * factor, : columns * factor].reshape(3, rows, factor, columns, factor)
    return np.asarray(blocks.mean(axis=(2, 4)), dtype)


def _unit(frame: Frames, dtype: type[np.floating[Any]]) -> Planes:
    """The frame as floats from 0 to 1."""
    values = frame.astype(dtype)
    return values / dtype(255) if frame.dtype == np.uint8 else values


def _per_frame(measure: Callable[[Frames, Frames], float], reference: Frames, image: Frames) -> Scores:
    """`measure` of every pair of frames, in the shape of the leading axes."""
    for name, frames in (("reference", reference), ("image", image)):
        _validate(frames, name)
    if reference.shape != image.shape:
        raise MetricInputError(
            f"reference {reference.shape} and image {image.shape} differ in shape: were both cropped, resized and cut to one length alike?"
        )
    frame_shape = reference.shape[-3:]
    pairs = zip(reference.reshape(-1, *frame_shape), image.reshape(-1, *frame_shape), strict=True)
    return np.array([measure(a, b) for a, b in pairs], np.float64).reshape(reference.shape[:-3])


def _validate(frames: Frames, name: str) -> None:
    if frames.ndim < 3 or frames.shape[-1] != 3 or 0 in frames.shape:
        raise MetricInputError(
            f"{name} must have shape (..., height, width, 3) and hold at least one frame; got {frames.shape}. Are the channels first?"
        )
    if frames.dtype == np.uint8:
        return
    if frames.dtype.kind != "f":
        raise MetricInputError(f"{name} must be uint8 or float; got {frames.dtype}")
    low, high = float(frames.min()), float(frames.max())
    if not (low >= 0 and high <= 1):
        raise MetricInputError(
            f"{name} must lie in [0, 1] as floats; it runs from {low:.4g} to {high:.4g}. Is it 0..255 (pass uint8) or -1..1?"
        )

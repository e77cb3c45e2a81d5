"""The shapes that motion is made of, and where they go in ``rig61``."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from echo_bench.spaces import RIG61

Array = NDArray[np.float64]
COLUMN = {name: index for index, name in enumerate(RIG61.columns)}


def min_jerk(x: Array) -> Array:
    """From 0 to 1 while x runs from 0 to 1, with minimum jerk (Flash and Hogan, J. Neurosci. 5, 1985)."""
    x = np.clip(x, 0.0, 1.0)
    return x**3 * (10.0 - 15.0 * x + 6.0 * x**2)


def plateau(times: Array, start: float, end: float, attack: float, release: float) -> Array:
    """Rises from 0 at `start` within `attack` seconds, stays at 1, falls to 0 at `end` within `release` seconds."""
    return min_jerk((times - start) / attack) * min_jerk((end - times) / release)


def bump(times: Array, centre: float, width: float) -> Array:
    """A Gaussian of height 1 and standard deviation `width` seconds."""
    return np.exp(-0.5 * ((times - centre) / width) ** 2)


def smooth(rows: Array, width: float, fps: float) -> Array:
    """Rows (T,) or (T, D) filtered along time by a Gaussian of standard deviation `width` seconds, ends held."""
    reach = max(1, round(3 * width * fps))
    kernel = bump(np.arange(-reach, reach + 1) / fps, 0.0, width)
    kernel /= kernel.sum()
    held = np.pad(rows, [(reach, reach)] + [(0, 0)] * (rows.ndim - 1), mode="edge")
    return np.apply_along_axis(np.convolve, 0, held, kernel, mode="valid")


def wander(rng: np.random.Generator, frames: int, columns: int, width: float, fps: float) -> Array:
    """Smooth noise (T, columns) of unit variance with the correlation time of a Gaussian filter of `width` seconds."""
    reach = max(1, round(3 * width * fps))
    kernel = bump(np.arange(-reach, reach + 1) / fps, 0.0, width)
    kernel /= np.sqrt((kernel**2).sum())
    white = rng.standard_normal((frames + 2 * reach, columns))
    return np.apply_along_axis(np.convolve, 0, white, kernel, mode="valid")


def both(name: str) -> tuple[int, int]:
    """Columns of a coefficient's left and right half.

    Examples
    --------
    >>> both("eyeBlink")
    (8, 9)
    """
    return COLUMN[name + "Left"], COLUMN[name + "Right"]


def put(motion: Array, name: str, curve: Array) -> None:
    """Add a curve (T,) to a coefficient, on both sides of the face where it has two."""
    for column in (COLUMN[name],) if name in COLUMN else both(name):
        motion[:, column] += curve

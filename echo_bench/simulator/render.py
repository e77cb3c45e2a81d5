"""A person on a call: rows of `rig61` become pictures.

Examples
--------
>>> import numpy as np
>>> from echo_bench.simulator.rig import identity
>>> frames = list(render(np.zeros((2, 61)), identity(1), size=128))
>>> frames[0].shape, frames[0].dtype, bool((frames[0] == frames[1]).all())
((128, 128, 3), dtype('uint8'), True)
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from echo_bench.simulator.backdrop import paint_backdrop
from echo_bench.simulator.figure import Figure
from echo_bench.simulator.identity import Framing, Identity
from echo_bench.simulator.raster import Visibility
from echo_bench.simulator.shade import CURVE, WHITE, shade

Floats = NDArray[np.float32]

SMALLEST, LARGEST = 128, 512


class Renderer:
    """Draws one person, frame by frame.

    Parameters
    ----------
    person : Identity
    size : int, default 256
        Width and height in pixels, 128 to 512.

    Raises
    ------
    ValueError
        When `size` is out of range.
    """

    def __init__(self, person: Identity, size: int = 256) -> None:
        if not SMALLEST <= size <= LARGEST:
            raise ValueError(f"pictures are {SMALLEST} to {LARGEST} pixels wide; got {size}")
        self.person, self.size = person, size
        self.figure = Figure(person)
        self._buffer = Visibility(2 * size, 2 * size)
        self._lamp = lamps(person.framing)
        self._backdrop = paint_backdrop(person, size)
        self._curve = tone_curve()

    def frame(self, row: NDArray[np.floating]) -> NDArray[np.uint8]:
        """Draw one moment.

        Parameters
        ----------
        row : ndarray of shape (61,), float
            Motion in `rig61`.

        Returns
        -------
        ndarray of shape (size, size, 3), uint8
            sRGB. Equal bytes for equal input on the same library versions and processor.
        """
        figure = self.figure
        figure.move(np.asarray(row, np.float32))
        screen = figure.project(self.person.framing, 2 * self.size)
        self._buffer.draw(screen, figure.triangles, figure.two_sided)
        picture = np.empty((self.size, self.size, 3), np.uint8)
        shade(
            self._buffer.triangle,
            screen,
            figure.triangles,
            figure.materials,
            figure.attributes,
            figure.looks,
            self._lamp,
            self._backdrop,
            self._curve,
            picture,
        )
        return picture


def render(motion: NDArray[np.floating], person: Identity, size: int = 256) -> Iterator[NDArray[np.uint8]]:
    """Draw a stretch of motion.

    Parameters
    ----------
    motion : ndarray of shape (frames, 61), float
    person : Identity
    size : int, default 256

    Yields
    ------
    ndarray of shape (size, size, 3), uint8

    Raises
    ------
    ValueError
        When `motion` is not in `rig61` or `size` is out of range.
    """
    renderer = Renderer(person, size)
    for row in motion:
        yield renderer.frame(row)


def lamps(framing: Framing) -> Floats:
    """Directions and colours of the light: key, fill, ambient from above and below, highlight; see :func:`.shade.shade`."""
    warm = np.array([1.0, 0.93, 0.84]) if framing.warmth > 0 else np.array([0.90, 0.96, 1.0])
    tint = 1 + abs(framing.warmth) * (warm - 1)
    key = np.array([np.sin(framing.key), -0.42, -np.cos(framing.key) - 0.15])
    fill = np.array([-np.sin(framing.key), -0.05, -0.75])
    key /= np.linalg.norm(key)
    half = key - np.array([0.0, 0.0, 1.0])
    return np.array(
        [
            key,
            1.02 * tint,
            fill / np.linalg.norm(fill),
            0.20 * np.array([0.92, 0.97, 1.0]),
            0.46 * np.array([0.97, 0.99, 1.0]),
            0.20 * np.array([1.0, 0.94, 0.88]),
            half / np.linalg.norm(half),
        ],
        np.float32,
    )


def tone_curve(knee: float = 0.55) -> NDArray[np.uint8]:
    """Display values of linear light from 0 to WHITE: sRGB below the knee, rolled off like film above it."""
    light = np.linspace(0.0, WHITE, CURVE)
    over = np.clip(light - knee, 0, None)
    light = np.minimum(light, knee) + (1 - knee) * (1 - np.exp(-over / (1 - knee)))
    display = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.asarray(np.rint(255 * np.clip(display, 0, 1)), np.uint8)

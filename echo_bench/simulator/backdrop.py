"""What is behind the person: a room, out of focus."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from echo_bench.simulator.identity import Identity

Floats = NDArray[np.float32]
WALLS = ((0.62, 0.58, 0.52), (0.50, 0.56, 0.60), (0.70, 0.68, 0.63), (0.42, 0.47, 0.44), (0.60, 0.50, 0.44))
THINGS = (
    (0.45, 0.13, 0.10),
    (0.10, 0.20, 0.33),
    (0.60, 0.50, 0.25),
    (0.12, 0.26, 0.17),
    (0.75, 0.72, 0.66),
    (0.25, 0.2, 0.3),
)
WOOD = (0.30, 0.17, 0.09)
DAYLIGHT = (1.25, 1.35, 1.45)
LAMPLIGHT = (1.5, 1.1, 0.7)


class _Room:
    """A picture under construction, addressed in [0, 1] from the upper left corner; linear light."""

    def __init__(self, size: int, rng: np.random.Generator) -> None:
        self.rng, self.size = rng, size
        self.row, self.column = np.meshgrid(
            (np.arange(size) + 0.5) / size, (np.arange(size) + 0.5) / size, indexing="ij"
        )
        wall = np.array(WALLS[rng.integers(len(WALLS))]) ** 1.6
        fall = 0.75 + 0.5 * rng.random() * self.column + 0.25 * (1 - self.row)
        self.picture = wall * fall[..., None]

    def box(self, left: float, top: float, right: float, bottom: float, colour: tuple[float, ...]) -> None:
        """Fill a rectangle, a little darker towards its foot."""
        inside = (self.column >= left) & (self.column < right) & (self.row >= top) & (self.row < bottom)
        shade = 1.0 - 0.3 * (self.row - top) / max(bottom - top, 1e-6)
        self.picture = np.where(inside[..., None], np.array(colour) * shade[..., None], self.picture)

    def glow(self, x: float, y: float, radius: float, colour: tuple[float, ...]) -> None:
        """Add light that falls off from a point."""
        near = np.exp(-(((self.column - x) ** 2 + (self.row - y) ** 2) / radius**2))
        self.picture = self.picture + near[..., None] * np.array(colour)

    def leaves(self, x: float, y: float, spread: float) -> None:
        """A pot plant."""
        self.box(x - 0.035, y, x + 0.035, y + 0.09, (0.55, 0.35, 0.25))
        for _ in range(26):
            dx, dy = self.rng.normal(0, spread), -abs(self.rng.normal(0, 1.4 * spread))
            blade = ((self.column - x - dx) / 0.022) ** 2 + ((self.row - y - dy) / 0.045) ** 2 < 1
            green = np.array([0.06, 0.17, 0.05]) * self.rng.uniform(0.6, 1.8)
            self.picture = np.where(blade[..., None], green, self.picture)


def _shelf(room: _Room) -> None:
    rng = room.rng
    left = rng.uniform(-0.1, 0.1) + rng.integers(0, 2) * 0.45
    for shelf in range(4):
        top = -0.05 + 0.27 * shelf
        room.box(left, top + 0.235, left + 0.6, top + 0.26, WOOD)
        x = left + 0.01
        while x < left + 0.56:
            width = rng.uniform(0.012, 0.04)
            if rng.random() < 0.85:
                colour = np.array(THINGS[rng.integers(len(THINGS))]) * rng.uniform(0.5, 1.1)
                room.box(x, top + rng.uniform(0.06, 0.13), x + width, top + 0.235, tuple(colour))
            x += width
    room.leaves(0.9 - left, 0.75, 0.05)


def _window(room: _Room) -> None:
    left = float(room.rng.choice([-0.08, 0.55]))
    room.box(left - 0.02, -0.1, left + 0.52, 0.72, (0.8, 0.8, 0.78))
    room.box(left, -0.1, left + 0.24, 0.69, DAYLIGHT)
    room.box(left + 0.26, -0.1, left + 0.5, 0.69, DAYLIGHT)
    room.glow(left + 0.25, 0.3, 0.5, (0.16, 0.18, 0.2))
    room.leaves(left + 0.25, 0.68, 0.05)


def _office(room: _Room) -> None:
    for x in np.arange(-0.05, 1.0, 0.34):
        room.box(x, 0.05, x + 0.31, 0.60, tuple(np.array((0.55, 0.68, 0.75)) * room.rng.uniform(0.7, 1.1)))
    room.box(0.0, 0.62, 1.0, 0.66, (0.15, 0.15, 0.16))
    for _ in range(4):
        room.glow(room.rng.random(), room.rng.uniform(0.0, 0.25), 0.035, LAMPLIGHT)
    room.box(0.68, 0.55, 0.98, 0.80, (0.04, 0.04, 0.05))


def _wall(room: _Room) -> None:
    x = float(room.rng.choice([0.06, 0.66]))
    room.box(x, 0.12, x + 0.28, 0.46, (0.06, 0.05, 0.04))
    room.box(x + 0.02, 0.14, x + 0.26, 0.44, (0.72, 0.70, 0.66))
    room.box(x + 0.06, 0.20, x + 0.22, 0.38, tuple(np.array(THINGS[room.rng.integers(len(THINGS))]) * 0.9))
    room.glow(1 - x - 0.1, 0.5, 0.22, tuple(0.35 * np.array(LAMPLIGHT)))


def _curtain(room: _Room) -> None:
    colour = np.array(THINGS[room.rng.integers(len(THINGS))]) * 0.55 + 0.25
    folds = 0.75 + 0.25 * np.sin(room.column * 60 + 3 * np.sin(room.column * 9))
    light = np.exp(-(((room.column - room.rng.choice([0.1, 0.9])) / 0.4) ** 2))
    room.picture = colour * (folds * (0.45 + 0.8 * light))[..., None]


def _kitchen(room: _Room) -> None:
    tint = np.array((0.62, 0.60, 0.56)) * room.rng.uniform(0.6, 1.0)
    for x in np.arange(-0.03, 1.0, 0.26):
        room.box(x, -0.1, x + 0.245, 0.30, tuple(tint))
    room.box(0.0, 0.66, 1.0, 0.70, WOOD)
    room.box(0.0, 0.70, 1.0, 1.0, tuple(0.7 * tint))
    for x in room.rng.uniform(0.0, 1.0, 5):
        colour = THINGS[room.rng.integers(len(THINGS))]
        room.box(x, 0.66 - room.rng.uniform(0.05, 0.14), x + 0.045, 0.66, colour)
    room.glow(0.5, 0.36, 0.35, (0.25, 0.20, 0.13))


_SCENES = {
    "shelf": _shelf,
    "window": _window,
    "office": _office,
    "wall": _wall,
    "curtain": _curtain,
    "kitchen": _kitchen,
}


def paint_backdrop(person: Identity, size: int) -> Floats:
    """The room behind one person.

    Returns
    -------
    ndarray of shape (size, size, 3), float32
        Linear light.
    """
    room = _Room(256, np.random.default_rng([64, person.seed]))
    _SCENES[person.scene](room)
    soft = ndimage.gaussian_filter(room.picture, (5.0, 5.0, 0.0), mode="nearest")
    at = (np.arange(size) + 0.5) / size * 256 - 0.5
    rows, columns = np.meshgrid(at, at, indexing="ij")
    layers = [ndimage.map_coordinates(soft[..., c], [rows, columns], order=1, mode="nearest") for c in range(3)]
    return np.ascontiguousarray(0.62 * np.stack(layers, axis=-1), np.float32)

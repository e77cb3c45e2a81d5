"""Small parts of the head: eyeballs, teeth, glasses."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from echo_bench.simulator.asset import PARTS, load_rig
from echo_bench.simulator.identity import Identity
from echo_bench.simulator.paint import linear
from echo_bench.simulator.rig import Eye, rest
from echo_bench.simulator.wardrobe import Piece
from echo_bench.spaces import ARKIT

Floats = NDArray[np.float32]

IRIS = 0.405  # radius of the iris, in eyeball radii
PUPIL = 0.165
TEXELS = 192  # of the eye's texture, which covers the front half of the ball
TOOTH_EDGES = np.array([0.0, 0.0085, 0.0150, 0.0215, 0.0275, 0.0335])  # metres from the midline along the arch
RIM = 40  # points around a lens


def _ball(rings: int = 14, spokes: int = 28) -> tuple[Floats, NDArray[np.int32]]:
    """The front of a unit sphere, a little more than half of it; it looks along -z."""
    polar, around = np.linspace(0, 1.75, rings), np.arange(spokes) * 2 * np.pi / spokes
    radius, depth = np.sin(polar)[:, None], -np.cos(polar)[:, None]
    points = np.stack([radius * np.cos(around), radius * np.sin(around), depth + 0 * around], axis=-1)
    grid = np.arange(rings * spokes).reshape(rings, spokes)
    a, b = grid[:-1].ravel(), grid[1:].ravel()
    c, d = np.roll(grid, -1, axis=1)[1:].ravel(), np.roll(grid, -1, axis=1)[:-1].ravel()
    triangles = np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)])
    return points.reshape(-1, 3).astype(np.float32), triangles.astype(np.int32)


EYE_POINTS, EYE_TRIANGLES = _ball()


def paint_eye(person: Identity) -> Floats:
    """Sclera, iris and pupil as seen from the front: (TEXELS, TEXELS, 3), linear albedo."""
    rng = np.random.default_rng([66, person.seed])
    axis = (np.arange(TEXELS) + 0.5) / TEXELS * 2 - 1
    x, y = np.meshgrid(axis, axis)
    r = np.hypot(x, y)
    spoke = (np.arctan2(y, x) / (2 * np.pi) % 1 * 512).astype(int)
    fibres = ndimage.gaussian_filter1d(rng.standard_normal(512), 1.5, mode="wrap")[spoke] / 0.45
    sclera = np.array([0.56, 0.52, 0.485]) * (1 - 0.28 * np.clip((r - 0.35) / 0.6, 0, 1)[..., None] * [0.3, 0.9, 1.0])
    grey = linear(person.iris).mean()
    iris = (0.75 * linear(person.iris) + 0.25 * grey) * (1.15 + 0.28 * fibres)[..., None]
    iris = iris * (1 + 0.7 * np.exp(-(((r - 0.22) / 0.05) ** 2)))[..., None] + 0.012
    iris = iris * (1 - 0.72 * np.clip((r - 0.78 * IRIS) / (0.22 * IRIS), 0, 1) ** 1.5)[..., None]

    def within(radius: float, soft: float) -> Floats:
        return np.asarray(1 / (1 + np.exp((r - radius) / soft)), np.float32)[..., None]

    eye = sclera + (iris - sclera) * within(IRIS, 0.012)
    eye = eye * (1 - within(PUPIL, 0.008)) + 0.004 * within(PUPIL, 0.008)
    return np.ascontiguousarray(eye, np.float32)


def paint_teeth(width: int = 256, height: int = 32) -> Floats:
    """Both rows alike: across from the midline to the molars, down from the gum to the cutting edge; linear albedo."""
    across = (np.arange(width) + 0.5) / width * 0.045
    down = (np.arange(height) + 0.5) / height
    across, down = np.meshgrid(across, down)
    gap = np.abs(across[..., None] - TOOTH_EDGES).min(axis=-1)
    gum = 0.46 + 0.07 * np.exp(-((gap / 0.0012) ** 2))
    tooth = np.array([0.74, 0.69, 0.60]) * (1 - 0.40 * np.exp(-((gap / 0.00042) ** 2)))[..., None]
    tooth = tooth * (1.05 - 0.75 * np.clip((across - 0.010) / 0.022, 0, 1))[..., None]
    pink = np.clip((gum - down) / 0.06 + 0.5, 0, 1)[..., None]
    return np.ascontiguousarray(tooth * (1 - pink) + np.array([0.42, 0.14, 0.13]) * pink, np.float32)


def tooth_coordinates(vertices: NDArray[np.integer]) -> Floats:
    """Texture coordinates (n, 2) of teeth: along the arch from the midline, and from gum to edge."""
    rig = load_rig()
    point, drop = rig.neutral[vertices], np.zeros_like(rig.neutral)
    rig.arkit.add_to(drop, np.array([name == "jawOpen" for name in ARKIT], np.float32))
    upper = drop[vertices, 1] == 0.0  # the lower row goes with the jaw
    along = np.abs(point[:, 0]) * 1.15
    down = np.empty(len(point))
    for row, towards in ((upper, 1.0), (~upper, -1.0)):
        height = towards * point[row, 1]
        down[row] = (height - height.min()) / np.ptp(height)
    return np.stack([along / 0.045, down], axis=1).astype(np.float32)


@lru_cache(maxsize=1)
def _bridge() -> NDArray[np.int64]:
    """Vertices of the nose between the eyes, on which glasses rest."""
    rig = load_rig()
    eye = Eye.of(rig.neutral, rig.eye_left).centre
    x, y = rig.neutral[:, 0], rig.neutral[:, 1]
    skin = np.zeros(len(x), bool)
    skin[rig.triangles[rig.parts == PARTS["skin"]].ravel()] = True
    return np.flatnonzero(skin & (np.abs(x) < 0.004) & (np.abs(y - eye[1]) < 0.004) & (rig.neutral[:, 2] < -0.09))


def glasses(person: Identity) -> Piece | None:
    """Rims, bridge and temples, or None for those who wear none."""
    if person.glasses == "none":
        return None
    body, rig = rest(person), load_rig()
    eyes = [Eye.of(body, members).centre for members in (rig.eye_left, rig.eye_right)]
    front = float(body[_bridge(), 2].min()) - 0.004
    angle = np.linspace(0, 2 * np.pi, RIM)
    power = 1.0 if person.glasses == "round" else 0.62
    across, down = (np.sign(f(angle)) * np.abs(f(angle)) ** power for f in (np.cos, np.sin))
    size = (0.0225, 0.0215) if person.glasses == "round" else (0.0260, 0.0185)
    thick = 0.0011 if person.glasses == "round" else 0.0019
    lines = []
    for eye, sign in zip(eyes, (1.0, -1.0), strict=True):
        x, y = eye[0] + sign * 0.0015 + size[0] * across, eye[1] + 0.003 + size[1] * down
        lines.append(np.stack([x, y, front + 6.0 * (np.abs(x) - 0.012).clip(0) ** 2], axis=1))
        hinge = np.array([eye[0] + sign * (0.0015 + size[0]), eye[1] - 0.006, front + 6.0 * (abs(eye[0]) + 0.014) ** 2])
        ear = np.array([sign * (np.abs(body[:, 0])[body[:, 1] < 0].max() - 0.004), eye[1] - 0.004, 0.0])
        lines.append(np.linspace(hinge, ear, 6))
    inner = size[0] - 0.0015
    t = np.linspace(-1, 1, 8)
    half = eyes[0][0] - inner
    lines.append(np.stack([half * t, eyes[0][1] - 0.004 + 0.002 * t**2, front + 0 * t], axis=1))
    return _tubes(lines, thick)


def _tubes(lines: list[NDArray[np.floating]], radius: float, sides: int = 5) -> Piece:
    """Sweep a small circle along polylines."""
    vertices, triangles, start = [], [], 0
    for line in lines:
        tangent = np.gradient(line, axis=0)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-12
        first = np.cross(tangent, [0.05, 0.1, 1.0] if np.ptp(line[:, 2]) < 0.04 else [0.0, 1.0, 0.1])
        first /= np.linalg.norm(first, axis=1, keepdims=True) + 1e-12
        around = np.arange(sides) * 2 * np.pi / sides
        second = np.cross(tangent, first)
        ring = np.cos(around)[:, None] * first[:, None] + np.sin(around)[:, None] * second[:, None]
        vertices.append((line[:, None] + radius * ring).reshape(-1, 3))
        grid = start + np.arange(len(line) * sides).reshape(-1, sides)
        wrapped = np.roll(grid, -1, axis=1)
        a, b, c, d = grid[:-1].ravel(), grid[1:].ravel(), wrapped[1:].ravel(), wrapped[:-1].ravel()
        triangles += [np.stack([a, b, c], 1), np.stack([a, c, d], 1)]
        start += grid.size
    points = np.concatenate(vertices).astype(np.float32)
    return Piece(
        vertices=points,
        triangles=np.concatenate(triangles).astype(np.int32),
        follow=np.full(len(points), 255, np.uint8),
        light=np.ones(len(points), np.float32),
        paint=np.zeros((len(points), 2), np.float32),
    )

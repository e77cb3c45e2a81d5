"""Clothes: where they begin, how they stand off the body, collars, and the cloth's texture.

The garment is the body's own mesh below a neckline, lifted off the skin; a collar is a strip swept around that line.
Heights and depths are metres on the mean person in camera axes (y downwards, z away from the camera).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import cKDTree

from echo_bench.simulator.asset import load_rig
from echo_bench.simulator.identity import Identity
from echo_bench.simulator.paint import canvas, linear
from echo_bench.simulator.rig import rest

Floats = NDArray[np.float32]

TEXELS = 384
SPAN = 0.72  # metres of cloth that the texture covers each way
ORIGIN_Y = 0.02  # height of the texture's first row
LIFT = 0.007  # metres that cloth stands off the skin
CUFF = 64  # points around a collar


@dataclass(frozen=True, slots=True)
class Piece:
    """A loose part of the mesh.

    Attributes
    ----------
    vertices : ndarray of shape (n, 3), float32
        On the person at rest.
    triangles : ndarray of shape (m, 3), int32
    follow : ndarray of shape (n,), uint8
        How far each vertex follows the head.
    light : ndarray of shape (n,), float32
    paint : ndarray of shape (n, 2), float32
        Cloth texture coordinates in [0, 1].
    """

    vertices: Floats
    triangles: NDArray[np.int32]
    follow: NDArray[np.uint8]
    light: Floats
    paint: Floats


def below_neckline(points: Floats, garment: str) -> Floats:
    """Metres below the garment's upper edge; positive where it covers the body."""
    x, y, z = np.abs(points[..., 0]), points[..., 1], points[..., 2]
    line = 0.100 - 0.34 * z
    front = z < 0.0
    if garment == "turtleneck":
        line = 0.082 - 0.28 * z
    elif garment in ("v-neck", "shirt", "blazer"):
        depth, width = {"v-neck": (0.065, 0.052), "shirt": (0.060, 0.034), "blazer": (0.050, 0.030)}[garment]
        line = line + np.where(front, depth * np.clip(1 - x / width, 0, 1), 0.0)
    return np.asarray(y - line, np.float32)


def dress(person: Identity, normals: Floats) -> Floats:
    """Displacement (vertices, 3) that lifts the garment off the body, rising over a centimetre from its edge."""
    cover = below_neckline(load_rig().neutral, person.clothes.garment)
    lift = LIFT * np.clip(cover / 0.012, 0, 1)
    if person.clothes.garment in ("hoodie", "blazer"):
        lift *= 1.6
    return np.asarray(lift[:, None] * normals, np.float32)


def cloth_coordinates(points: Floats) -> Floats:
    """Texture coordinates in [0, 1] of points of the mean person: seen from the front."""
    return np.stack([points[..., 0] / SPAN + 0.5, (points[..., 1] - ORIGIN_Y) / SPAN], axis=-1).astype(np.float32)


def _edge(garment: str) -> tuple[Floats, Floats]:
    """Points (CUFF, 3) of the neckline on the mean body, and their azimuths, from back around the right to the back."""
    azimuth = np.linspace(-np.pi, np.pi, CUFF)
    point = canvas().point
    height, width = point.shape[:2]
    column = np.clip(((azimuth / (2 * np.pi) + 0.5) * width).astype(int), 0, width - 1)
    strip = point[:, column]
    cover = below_neckline(strip, garment)
    row = np.where((cover > 0).any(axis=0), (cover > 0).argmax(axis=0), height - 1)
    edge = strip[row, np.arange(CUFF)]
    edge = ndimage.gaussian_filter1d(edge, 1.0, axis=0, mode="wrap")
    edge[-1] = edge[0]
    return np.asarray(edge, np.float32), azimuth.astype(np.float32)


def _profile(garment: str, azimuth: Floats) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
    """Cross-section of the collar: metres outwards (CUFF, k) and upwards (CUFF, k)."""
    back = (1 - np.cos(azimuth)) / 2  # 0 at the throat, 1 at the nape
    front = 1 - back
    if garment == "turtleneck":
        out = np.array([0.004, 0.009, 0.012, 0.012, 0.009, 0.003])
        up = np.array([-0.012, -0.008, 0.004, 0.016, 0.023, 0.018])
        return np.tile(out, (CUFF, 1)), np.tile(up, (CUFF, 1))
    if garment in ("shirt", "blazer"):
        gap = np.clip((np.abs(azimuth) - 0.22) / 0.12, 0, 1)  # open at the throat
        stand = 0.016 + 0.016 * back
        fall = (0.030 + 0.016 * front) * gap
        out = np.stack([0.001 + 0 * back, 0.004 + 0 * back, 0.008 + 0 * back, 0.012 + 0.010 * gap], axis=1)
        up = np.stack([0 * back - 0.004, stand * gap, stand * gap - 0.001, stand * gap - fall], axis=1)
        return out, up
    radius = 0.007 + 0.015 * back + 0.004 * front if garment == "hoodie" else 0.0045 + 0 * back
    angle = np.linspace(-0.75 * np.pi, 0.75 * np.pi, 7)
    shift = 0.010 * back if garment == "hoodie" else 0.0015
    out = radius[:, None] * (np.cos(angle) + 0.4) + np.broadcast_to(shift, (CUFF,))[:, None]
    return out, radius[:, None] * np.sin(angle)


def collar(person: Identity) -> Piece:
    """The collar of the person's garment."""
    garment = person.clothes.garment
    edge, azimuth = _edge(garment)
    out, up = _profile(garment, azimuth)
    away = np.stack([np.sin(azimuth), np.zeros(CUFF), -np.cos(azimuth)], axis=1)
    mean = edge[:, None] + out[..., None] * away[:, None] - up[..., None] * np.array([0.0, 1.0, 0.0])
    rig = load_rig()
    nearest = cKDTree(rig.neutral).query(edge)[1]
    moved = ndimage.gaussian_filter1d((rest(person) - rig.neutral)[nearest], 1.5, axis=0, mode="wrap")
    follow = ndimage.gaussian_filter1d(rig.follow[nearest].astype(float), 1.5, mode="wrap")
    k = out.shape[1]
    grid = np.arange(CUFF * k).reshape(CUFF, k)
    a, b, c, d = grid[:-1, :-1].ravel(), grid[1:, :-1].ravel(), grid[1:, 1:].ravel(), grid[:-1, 1:].ravel()
    shade = 0.55 + 0.45 * np.linspace(0, 1, k) ** 0.7
    return Piece(
        vertices=(mean + moved[:, None]).reshape(-1, 3).astype(np.float32),
        triangles=np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]).astype(np.int32),
        follow=np.repeat(np.rint(follow), k).astype(np.uint8),
        light=np.tile(shade, CUFF).astype(np.float32),
        paint=cloth_coordinates(mean.reshape(-1, 3).astype(np.float32)),
    )


def paint_cloth(person: Identity) -> Floats:
    """The cloth of one person: linear albedo (TEXELS, TEXELS, 3), folds included."""
    rng = np.random.default_rng([63, person.seed])
    clothes = person.clothes
    first, second = linear(clothes.colour), linear(clothes.second)
    step = SPAN / TEXELS
    x = (np.arange(TEXELS) + 0.5) * step - SPAN / 2
    y = (np.arange(TEXELS) + 0.5) * step + ORIGIN_Y
    x, y = np.meshgrid(x, y)
    amount = _pattern(clothes.pattern, x, y, rng)
    cloth = first * (1 - amount[..., None]) + second * amount[..., None]
    weave = 1 + 0.05 * rng.standard_normal((TEXELS, TEXELS))
    stretched = ndimage.gaussian_filter(rng.standard_normal((TEXELS, TEXELS)), (22, 7))
    folds = 1 + 0.16 * stretched / stretched.std() * np.clip((y - 0.13) / 0.1, 0, 1)
    cloth = cloth * (weave * folds)[..., None]
    if clothes.garment in ("shirt", "hoodie"):
        placket = np.abs(np.abs(x) - (0.016 if clothes.garment == "shirt" else 0.002)) < 0.0013
        cloth = np.where(placket[..., None], 0.62 * cloth, cloth)
    if clothes.garment == "blazer":
        cloth = _lapels(cloth, second, x, y)
    return np.ascontiguousarray(np.clip(cloth, 0.004, 0.95), np.float32)


def _pattern(pattern: str, x: Floats, y: Floats, rng: np.random.Generator) -> Floats:
    """Share of the second colour."""
    if pattern == "stripes":
        return np.asarray(np.abs((x / 0.020) % 1 - 0.5) < 0.15, np.float32)
    if pattern == "checks":
        across, down = np.abs((x / 0.030) % 1 - 0.5) < 0.2, np.abs((y / 0.030) % 1 - 0.5) < 0.2
        return np.asarray(0.45 * across + 0.45 * down, np.float32)
    if pattern == "marl":
        flecks = ndimage.gaussian_filter(rng.standard_normal(x.shape), (0.6, 1.6))
        return np.asarray(np.clip(0.16 + 0.05 * flecks / flecks.std(), 0, 0.5), np.float32)
    return np.zeros(x.shape, np.float32)


def _lapels(cloth: Floats, shirt: Floats, x: Floats, y: Floats) -> Floats:
    """A jacket: the shirt in a deep V, lapels beside it with a dark edge."""
    opening = 0.052 - 0.24 * (y - 0.10)
    inside = np.abs(x) < opening
    pale = 0.35 + 0.65 * shirt
    cloth = np.where(inside[..., None], pale * (0.94 + 0.06 * np.cos(x / 0.004))[..., None], 0.9 * cloth)
    rim = np.exp(-(((np.abs(x) - opening) / 0.0035) ** 2)) * (np.abs(x) > opening - 0.004)
    lapel = np.exp(-(((np.abs(x) - opening - 0.045 * np.clip((y - 0.10) / 0.05, 0, 1)) / 0.0022) ** 2)) * (y < 0.30)
    return np.asarray(cloth * (1 - 0.55 * np.maximum(rim, 0.7 * lapel))[..., None], np.float32)

"""Hair as some thousand strands that grow on the scalp, are combed, fall, and lie on the head.

A strand is a polyline at rest; the renderer widens it to a ribbon that faces the camera. Strands move rigidly with the head; below the
jaw they follow it in part. Coordinates are metres in camera axes (y downwards, z away from the camera).
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from echo_bench.simulator.asset import PARTS, load_rig
from echo_bench.simulator.hairstyles import STYLES, Style
from echo_bench.simulator.identity import Identity
from echo_bench.simulator.paint import AXIS, scalp
from echo_bench.simulator.raster import Visibility
from echo_bench.simulator.rig import rest

Floats = NDArray[np.float32]

CENTRE = np.array([0.0, -0.055, -0.02])  # of the skull: the head's surface is seen once in every direction from here
CROWN = np.array([0.0, -0.135, 0.035])
SHORT = 0.03  # metres at the sides: a cut that leaves ears and nape free
BROWS = -0.050  # height at which a fringe ends
DOWN = np.array([0.0, 1.0, 0.0])
BACK = np.array([0.0, 0.0, 1.0])


@dataclass(frozen=True, slots=True)
class Strands:
    """Hair at rest; n strands of k points.

    Attributes
    ----------
    points, outward : ndarray of shape (n * k, 3), float32
        Positions, and the direction away from the head.
    follow : ndarray of shape (n * k,), uint8
        How far each point follows the head.
    width, tint, light : ndarray of shape (n * k,), float32
        Half width in metres, factor on the colour, ambient light.
    count : int
        Points per strand, k.
    """

    points: Floats
    outward: Floats
    follow: NDArray[np.uint8]
    width: Floats
    tint: Floats
    light: Floats
    count: int


class _Skull:
    """Distance from CENTRE to the head's surface in every direction, on a grid of longitude and latitude."""

    def __init__(self, vertices: Floats) -> None:
        rig = load_rig()
        size = 256
        steady = rig.follow[rig.triangles].min(axis=1) > 120
        triangles = rig.triangles[(rig.parts == PARTS["skin"]) & steady]
        offset = vertices - CENTRE
        column, row = self._angles(offset)
        screen = np.column_stack([column * 2 * size, row * size, -np.linalg.norm(offset, axis=1)]).astype(np.float32)
        triangles = triangles[np.ptp(screen[triangles, 0], axis=1) < size]
        buffer = Visibility(size, 2 * size)
        buffer.draw(screen, triangles, np.ones(len(triangles), np.bool_))
        hole = ~np.isfinite(buffer.depth)
        nearest = ndimage.distance_transform_edt(hole, return_distances=False, return_indices=True)
        radius = ndimage.maximum_filter(
            -buffer.depth[nearest[0], nearest[1]], 7, mode=("nearest", "wrap")
        )  # over the ears
        self.radius = ndimage.gaussian_filter(radius, 3.0, mode=("nearest", "wrap"))

    @staticmethod
    def _angles(offset: NDArray[np.floating]) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Longitude from the nose and latitude from the top, both in [0, 1]."""
        longitude = np.arctan2(offset[..., 0], -offset[..., 2]) / (2 * np.pi) + 0.5
        flat = np.hypot(offset[..., 0], offset[..., 2])
        return longitude, np.arctan2(flat, -offset[..., 1]) / np.pi

    def lay(self, points: NDArray[np.floating], layer: NDArray[np.floating], hug: float) -> NDArray[np.floating]:
        """Lift points that are below `layer` onto it, and draw those above it nearer by the share `hug`, down to the jaw."""
        offset = points - CENTRE
        column, row = self._angles(offset)
        height, width = self.radius.shape
        surface = self.radius[np.clip((row * height).astype(int), 0, height - 1), (column * width).astype(int) % width]
        distance = np.linalg.norm(offset, axis=-1)
        above = distance - surface - layer
        held = hug * np.clip((0.03 - points[..., 1]) / 0.04, 0, 1)
        wanted = surface + layer + np.maximum(above, 0) * (1 - held)
        return np.asarray(CENTRE + offset * (wanted / distance)[..., None])


def _unit(vectors: NDArray[np.floating]) -> NDArray[np.floating]:
    return np.asarray(vectors / (np.linalg.norm(vectors, axis=-1, keepdims=True) + 1e-12))


def _roots(vertices: Floats, style: Style, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Evenly spread points of the scalp, on the person (n, 3) and on the mean person (n, 3)."""
    rig = load_rig()
    triangles = rig.triangles[rig.parts == PARTS["skin"]]
    triangles = triangles[scalp(rig.neutral, style.recede)[triangles].max(axis=1) > 0]
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    behind = (a[:, 2] - AXIS) / 0.08  # the back of the head is hardly seen: fewer strands there
    area *= np.interp(behind, [0.2, 0.7], [1.0, 0.35])
    pick = rng.choice(len(triangles), style.strands, p=area / area.sum())
    u, v = rng.random((2, style.strands))
    u, v = np.where(u + v > 1, 1 - u, u), np.where(u + v > 1, 1 - v, v)
    share = np.stack([1 - u - v, u, v], axis=1)[..., None]
    mean = (rig.neutral[triangles[pick]] * share).sum(axis=1)
    kept = scalp(mean, style.recede) > 0
    return (vertices[triangles[pick]] * share).sum(axis=1)[kept], mean[kept]


def _combed(style: Style, part: float, roots: Floats) -> NDArray[np.floating]:
    """Unit directions in which the hair leaves its roots."""
    outward = _unit(roots - CENTRE)
    if style.comb == "part":
        side = np.sign(roots[:, 0] - 0.055 * part)
        way = side[:, None] * np.array([1.0, 0.0, 0.0]) + 0.3 * DOWN + 0.25 * BACK
    elif style.comb == "back":
        way = np.broadcast_to(BACK + 0.35 * DOWN, roots.shape)
    elif style.comb == "knot":
        way = np.array(style.knot) - roots
    elif style.comb == "out":
        way = outward
    else:
        way = roots - CROWN
    flat = way - (way * outward).sum(axis=1, keepdims=True) * outward * (style.comb != "out")
    return _unit((1 - style.lift) * _unit(flat) + style.lift * outward)


def _clear_of_face(points: NDArray[np.floating], free: NDArray[np.bool_], slack: NDArray[np.floating]) -> None:
    """Push hair that would hang over the face aside, in place; strands that are `free` may fall over the forehead."""
    x, y, z = points[:, 0], points[:, 1], points[:, 2]
    azimuth = np.arctan2(x, AXIS - z)
    limit = np.radians(np.interp(y, [-0.105, -0.085, -0.045, 0.0, 0.06], [0, 24, 50, 62, 66])) + slack
    limit = np.where(free & (y < -0.045), 0.0, limit)
    inside = np.abs(azimuth) < limit
    radius = np.hypot(x, z - AXIS)
    aside = np.where(azimuth < 0, -limit, limit)
    points[inside, 0] = (radius * np.sin(aside))[inside]
    points[inside, 2] = (AXIS - radius * np.cos(aside))[inside]


def _lengths(style: Style, mean: Floats, rng: np.random.Generator) -> NDArray[np.floating]:
    """Length of every strand: `top` above the temples, `side` below, a little more or less; a short cut is trimmed at the nape."""
    high = np.clip((-0.055 - mean[:, 1]) / 0.035, 0, 1)
    lengths = (style.side + (style.top - style.side) * high) * rng.uniform(0.86, 1.06, len(mean))
    low = np.clip((mean[:, 1] + 0.045) / 0.030, 0, 1) * (style.side <= SHORT)
    return np.asarray(lengths + low * (np.minimum(lengths, 0.007) - lengths))


def grow(person: Identity) -> Strands:
    """The hair of one person.

    Returns
    -------
    Strands
        None at all (zero rows) for a bald head.
    """
    style = STYLES[person.hair.style]
    if style.strands == 0:
        nothing = np.zeros((0, 3), np.float32)
        return Strands(nothing, nothing, np.zeros(0, np.uint8), *(np.zeros(0, np.float32),) * 3, count=2)
    rng = np.random.default_rng([65, person.seed])
    vertices = rest(person)
    roots, mean = _roots(vertices, style, rng)
    n, k = len(roots), style.points
    depth = rng.random(n) ** 0.7  # 0 on the skin, 1 in the outermost layer
    order = np.argsort(roots[:, 2] / 0.06 - depth)  # outer and front first: what lies behind fails the depth test early
    roots, mean, depth = roots[order], mean[order], depth[order]
    path = _trace(style, person.hair.part, _Skull(vertices), roots, _lengths(style, mean, rng), depth, rng)
    along = np.linspace(0, 1, k)[None]
    path = _curled(path, style, rng)
    tint = (0.55 + 0.55 * depth[:, None]) * rng.uniform(0.72, 1.28, (n, 1)) * (0.85 + 0.2 * along)
    width = style.width * rng.uniform(0.7, 1.3, (n, 1)) * (1 - 0.75 * along**3)
    hang = np.clip((path[..., 1] - 0.02) / 0.14, 0, 1)
    strands = Strands(
        points=path.reshape(-1, 3).astype(np.float32),
        outward=_unit(path - CENTRE - 0.5 * hang[..., None] * DOWN * 0.2).reshape(-1, 3).astype(np.float32),
        follow=np.rint(255 * (1 - 0.6 * hang)).astype(np.uint8).ravel(),
        width=width.ravel().astype(np.float32),
        tint=tint.ravel().astype(np.float32),
        light=np.broadcast_to(0.45 + 0.55 * depth[:, None], (n, k)).ravel().astype(np.float32),
        count=k,
    )
    return _with_bun(strands, style, rng) if person.hair.style == "bun" else strands


def _trace(
    style: Style,
    part: float,
    skull: _Skull,
    roots: Floats,
    lengths: NDArray[np.floating],
    depth: NDArray[np.floating],
    rng: np.random.Generator,
) -> NDArray[np.floating]:
    """Grow the strands segment by segment; (n, k, 3)."""
    n, k = len(roots), style.points
    way = _combed(style, part, roots)
    free = (rng.random(n) < style.fringe) & (np.abs(roots[:, 0]) < 0.05)
    if style.fringe:
        way = np.where((free & (roots[:, 2] < -0.04))[:, None], _unit(DOWN - 0.4 * BACK + 0.25 * way), way)
        lengths = np.where(free & (roots[:, 2] < -0.04), np.minimum(lengths, 1.12 * (BROWS - roots[:, 1])), lengths)
    if style.knot is not None:
        lengths = np.linalg.norm(np.array(style.knot) - roots, axis=1) * 1.25
    slack = rng.normal(0.0, 0.10, n)
    layer = 0.0010 + style.volume * depth
    here = skull.lay(roots, np.full(n, 0.0005), 0.0)
    if style.comb == "part":
        layer *= np.interp(np.abs(roots[:, 0] - 0.055 * part), [0.0, 0.045], [0.35, 1.0])
    paces = lengths[:, None] * np.arange(1, k) / (k * (k - 1) / 2)  # short near the root, where hair bends most
    hidden = style.comb in ("part", "knot", "out") or style.side > 0.04
    path = np.empty((n, k, 3))
    path[:, 0] = here
    for step in range(1, k):
        pull = DOWN if style.knot is None else _unit(np.array(style.knot) - here)
        strength = style.weight if style.knot is None else 1.0
        way = _unit(way + strength * pull + 0.05 * rng.standard_normal((n, 3)))
        ahead = here + way * paces[:, step - 1, None]
        if hidden:
            _clear_of_face(ahead, free, slack)
        ahead = skull.lay(ahead, layer * min(1.0, step / min(3, k - 1)), style.hug)
        way, here = _unit(ahead - here), ahead
        path[:, step] = here
    return path


def _curled(path: NDArray[np.floating], style: Style, rng: np.random.Generator) -> NDArray[np.floating]:
    """Wind the strands about themselves."""
    if style.curl == 0.0:
        return path
    n, k, _ = path.shape
    along = np.linspace(0, 1, k)[None, :, None]
    phase = 2 * np.pi * (style.turns * along * rng.uniform(0.8, 1.2, (n, 1, 1)) + rng.random((n, 1, 1)))
    tangent = _unit(np.gradient(path, axis=1))
    first = _unit(np.cross(tangent, np.array([0.3, 0.1, 0.95])))
    second = np.cross(tangent, first)
    radius = style.curl * np.clip(along * 2.5, 0, 1)
    return np.asarray(path + radius * (np.cos(phase) * first + np.sin(phase) * second))


def _with_bun(strands: Strands, style: Style, rng: np.random.Generator, loops: int = 260) -> Strands:
    """Add a ball of loops at the knot."""
    k, knot = strands.count, np.array(style.knot)
    axis = _unit(rng.standard_normal((loops, 1, 3)))
    first = _unit(np.cross(axis, _unit(rng.standard_normal((loops, 1, 3)))))
    angle = rng.uniform(0, 2 * np.pi, (loops, 1, 1)) + np.linspace(0, 2.6, k)[None, :, None]
    outward = np.cos(angle) * first + np.sin(angle) * np.cross(axis, first)
    size = 0.026 * rng.uniform(0.85, 1.05, (loops, 1, 1))
    rows = np.tile(rng.uniform(0.6, 1.2, (loops, 1)), (1, k)).ravel().astype(np.float32)
    return replace(
        strands,
        points=np.concatenate([strands.points, (knot + outward * size).reshape(-1, 3).astype(np.float32)]),
        outward=np.concatenate([strands.outward, outward.reshape(-1, 3).astype(np.float32)]),
        follow=np.concatenate([strands.follow, np.full(loops * k, 255, np.uint8)]),
        width=np.concatenate([strands.width, np.full(loops * k, 0.0018, np.float32)]),
        tint=np.concatenate([strands.tint, rows]),
        light=np.concatenate([strands.light, np.full(loops * k, 0.8, np.float32)]),
    )

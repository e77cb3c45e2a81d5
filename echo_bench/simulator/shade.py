"""Light and materials: from a visibility buffer to a picture.

Every sample is shaded once, in linear light, by its material; four samples make a pixel. Lighting is a soft key light that wraps
around the skin further in red than in blue (a cheap stand-in for subsurface scattering: d'Eon and Luebke, GPU Gems 3, ch. 14), a
fill light, and ambient light from above and below dimmed by the baked occlusion. Gloss is Blinn-Phong; hair is Kajiya and Kay
(SIGGRAPH 1989) with the two shifted highlights of Scheuermann (2004).
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import Number, kernel, step
from echo_bench.simulator.raster import barycentric

Floats = NDArray[np.float32]
RGB = tuple[Number, Number, Number]

ONE, HALF, TINY = np.float32(1.0), np.float32(0.5), np.float32(1e-12)

SKIN, CLOTH, MOUTH, TEETH, LASH, EYE, HAIR, FRAME = range(8)
# Columns of the vertex attributes.
NORMAL, SKIN_UV, LIGHT, COVER, CLOTH_UV = slice(0, 3), slice(3, 5), 5, 6, slice(7, 9)
TANGENT = slice(6, 9)  # of hair, which has no cloth
ATTRIBUTES = 9
CURVE = 4096  # entries of the tone curve
WHITE = 1.6  # linear light at its last entry


class Looks(NamedTuple):
    """What a person's surfaces look like.

    Attributes
    ----------
    skin : ndarray of shape (width, height, 4), float32
        Linear albedo, and gloss; turned so that going down the picture, as the shading does, is going along memory.
    cloth : ndarray of shape (width, height, 3), float32
        Linear albedo, turned likewise.
    eye, teeth : ndarray of shape (height, width, 3), float32
        Linear albedo.
    palette : ndarray of shape (materials, 3), float32
        Albedo of the materials that have no texture.
    """

    skin: Floats
    cloth: Floats
    eye: Floats
    teeth: Floats
    palette: Floats


@step
def _texel(texture: Floats, u: Number, v: Number) -> tuple[Number, Number, Number, Number]:
    """Row and column of the upper left texel around (u, v) in [0, 1], and the shares of its lower and right neighbours."""
    height, width = np.float32(texture.shape[0]), np.float32(texture.shape[1])
    x = min(max(u * width - np.float32(0.5), np.float32(0.0)), width - np.float32(1.01))
    y = min(max(v * height - np.float32(0.5), np.float32(0.0)), height - np.float32(1.01))
    row, column = np.uint32(y), np.uint32(x)  # unsigned: an index that may be negative is wrapped around
    return row, column, y - np.float32(row), x - np.float32(column)


@step
def _blend(texture: Floats, row: Number, column: Number, down: Number, right: Number, channel: Number) -> Number:
    """One channel of a bilinear look-up."""
    upper = texture[row, column, channel]
    upper += right * (texture[row, column + 1, channel] - upper)
    lower = texture[row + 1, column, channel]
    lower += right * (texture[row + 1, column + 1, channel] - lower)
    return upper + down * (lower - upper)


@step
def _sample(texture: Floats, u: Number, v: Number) -> RGB:
    """Bilinear look-up of a colour, clamped to the edge."""
    row, column, down, right = _texel(texture, u, v)
    return (
        _blend(texture, row, column, down, right, 0),
        _blend(texture, row, column, down, right, 1),
        _blend(texture, row, column, down, right, 2),
    )


@step
def _received(
    lamp: Floats, c: Number, key: Number, fill: Number, up: Number, light: Number, wrap: Number, albedo: Number
) -> Number:
    """Light of one colour channel that leaves a surface of this albedo."""
    diffuse = max((key + wrap) / (ONE + wrap), np.float32(0.0))
    reach = np.float32(0.25) + np.float32(0.75) * light
    # Light that is reflected within a crease takes on its colour: the dark of a crease is the surface's own hue.
    bounced = light + (ONE - light) * light * albedo
    ambient = lamp[4, c] * up + lamp[5, c] * (ONE - up)
    return albedo * ((lamp[1, c] * diffuse + lamp[3, c] * fill) * reach + ambient * bounced)


@step
def _lit(lamp: Floats, n: RGB, light: Number, albedo: RGB, red: Number, other: Number) -> RGB:
    """Albedo under the lamps; the key light wraps around by `red` and, for green and blue, `other`."""
    key = n[0] * lamp[0, 0] + n[1] * lamp[0, 1] + n[2] * lamp[0, 2]
    fill = max(n[0] * lamp[2, 0] + n[1] * lamp[2, 1] + n[2] * lamp[2, 2], np.float32(0.0))
    up = HALF - HALF * n[1]
    return (
        _received(lamp, 0, key, fill, up, light, red, albedo[0]),
        _received(lamp, 1, key, fill, up, light, other, albedo[1]),
        _received(lamp, 2, key, fill, up, light, other, albedo[2]),
    )


@step
def _power(base: Number, doublings: Number) -> Number:
    """``base ** (2 ** doublings)``, zero for a negative base."""
    base = max(base, np.float32(0.0))
    for _ in range(doublings):
        base *= base
    return base


@step
def _shade_skin(lamp: Floats, skin: Floats, n: RGB, u: Number, v: Number, light: Number) -> RGB:
    row, column, down, right = _texel(skin, v, u)
    albedo = (
        _blend(skin, row, column, down, right, 0),
        _blend(skin, row, column, down, right, 1),
        _blend(skin, row, column, down, right, 2),
    )
    gloss = _blend(skin, row, column, down, right, 3)
    r, g, b = _lit(lamp, n, light, albedo, np.float32(0.42), np.float32(0.16))
    towards = n[0] * lamp[6, 0] + n[1] * lamp[6, 1] + n[2] * lamp[6, 2]
    rim = ONE + min(n[2], np.float32(0.0))
    sheen = gloss * (np.float32(0.10) * _power(towards, 4) + np.float32(0.16) * _power(towards, 6))
    sheen = (sheen + np.float32(0.045) * rim * rim * rim) * light
    return r + sheen * lamp[1, 0], g + sheen * lamp[1, 1], b + sheen * lamp[1, 2]


@step
def _shade_cloth(lamp: Floats, cloth: Floats, n: RGB, light: Number, cover: Number, u: Number, v: Number) -> RGB:
    r, g, b = _sample(cloth, v, u)
    hem = min(max(cover * np.float32(140.0), np.float32(0.45)), ONE)
    return _lit(lamp, n, light, (r * hem, g * hem, b * hem), np.float32(0.15), np.float32(0.15))


@step
def _shade_plain(lamp: Floats, n: RGB, light: Number, albedo: RGB, doublings: Number, gloss: Number) -> RGB:
    """Eyes, teeth, mouth, lashes, frames: one highlight on a diffuse ground."""
    r, g, b = _lit(lamp, n, light, albedo, np.float32(0.4), np.float32(0.3))
    shine = n[0] * lamp[6, 0] + n[1] * lamp[6, 1] + n[2] * lamp[6, 2]
    shine = gloss * _power(shine, doublings) * min(light * np.float32(1.4), ONE)
    return r + shine * lamp[1, 0], g + shine * lamp[1, 1], b + shine * lamp[1, 2]


@step
def _shade_hair(lamp: Floats, n: RGB, light: Number, tangent: RGB, albedo: RGB, tint: Number) -> RGB:
    r, g, b = _lit(
        lamp, n, light, (albedo[0] * tint, albedo[1] * tint, albedo[2] * tint), np.float32(0.35), np.float32(0.35)
    )
    tx, ty, tz = tangent
    along = (tx * lamp[6, 0] + ty * lamp[6, 1] + tz * lamp[6, 2]) / np.sqrt(tx * tx + ty * ty + tz * tz + TINY)
    facing = n[0] * lamp[0, 0] + n[1] * lamp[0, 1] + n[2] * lamp[0, 2] + np.float32(0.3)
    shine = max(facing, np.float32(0.0)) * light * tint
    near, far = along - np.float32(0.10), along + np.float32(0.12)
    white = shine * (np.float32(0.035) * _power(ONE - near * near, 5) + np.float32(0.012) * _power(ONE - far * far, 4))
    tinted = shine * np.float32(0.32) * _power(ONE - far * far, 4)
    return (
        r + lamp[1, 0] * (white + tinted * albedo[0]),
        g + lamp[1, 1] * (white + tinted * albedo[1]),
        b + lamp[1, 2] * (white + tinted * albedo[2]),
    )


@step
def _mean(weights: RGB, corners: tuple[Number, Number, Number], attributes: Floats, column: Number) -> Number:
    """One attribute within a triangle."""
    return (
        weights[0] * attributes[corners[0], column]
        + weights[1] * attributes[corners[1], column]
        + weights[2] * attributes[corners[2], column]
    )


@step
def _level(light: Number) -> Number:
    """Entry of the tone curve."""
    return min(np.int32(light), CURVE - 1)


@step
def _shade_point(material: Number, weights: RGB, corners: RGB, attributes: Floats, looks: Looks, lamp: Floats) -> RGB:
    """Colour of a point of a triangle, by its material."""
    x, y, z = (
        _mean(weights, corners, attributes, 0),
        _mean(weights, corners, attributes, 1),
        _mean(weights, corners, attributes, 2),
    )
    norm = ONE / np.sqrt(x * x + y * y + z * z + TINY)
    n = (x * norm, y * norm, z * norm)
    u, v, light = (
        _mean(weights, corners, attributes, 3),
        _mean(weights, corners, attributes, 4),
        _mean(weights, corners, attributes, 5),
    )
    cover, s, t = (
        _mean(weights, corners, attributes, 6),
        _mean(weights, corners, attributes, 7),
        _mean(weights, corners, attributes, 8),
    )
    plain = (looks.palette[material, 0], looks.palette[material, 1], looks.palette[material, 2])
    if material == HAIR:
        return _shade_hair(lamp, n, light, (cover, s, t), plain, v)
    if material == SKIN and cover <= 0.0:
        return _shade_skin(lamp, looks.skin, n, u, v, light)
    if material <= CLOTH:
        return _shade_cloth(lamp, looks.cloth, n, light, cover, s, t)
    if material == EYE:
        return _shade_plain(lamp, n, light, _sample(looks.eye, u, v), 8, np.float32(1.1))
    if material == TEETH:
        return _shade_plain(lamp, n, light, _sample(looks.teeth, u, v), 6, np.float32(0.12))
    return _shade_plain(lamp, n, light, plain, 6, np.float32(0.08))


@kernel
def shade(
    triangle: NDArray[np.int32],
    screen: Floats,
    triangles: NDArray[np.int32],
    materials: NDArray[np.uint8],
    attributes: Floats,
    looks: Looks,
    lamp: Floats,
    backdrop: Floats,
    curve: NDArray[np.uint8],
    out: NDArray[np.uint8],
) -> None:
    """Shade every sample, average 2 x 2 of them, and apply the tone curve.

    Parameters
    ----------
    triangle : ndarray of shape (2 * size, 2 * size), int32
    screen : ndarray of shape (vertices, 3), float32
        See :mod:`echo_bench.simulator.raster`.
    triangles : ndarray of shape (triangles, 3), int32
    materials : ndarray of shape (triangles,), uint8
    attributes : ndarray of shape (vertices, 9), float32
        Normal, texture coordinates, ambient light, then cover and cloth coordinates (or the hair's tangent).
    looks : Looks
    lamp : ndarray of shape (7, 3), float32
        Direction to and colour of the key light, the same of the fill light, ambient from above and from below, and the
        direction halfway between key light and viewer.
    backdrop : ndarray of shape (size, size, 3), float32
    curve : ndarray of shape (CURVE,), uint8
        Display value of linear light from 0 to WHITE.
    out : ndarray of shape (size, size, 3), uint8
    """
    for column in range(len(out)):
        for row in range(len(out)):
            red = green = blue = np.float32(0.0)
            y, x = 2 * row, 2 * column
            seen = triangle[y, x]
            filled = triangle[y, x + 1] == seen and triangle[y + 1, x] == seen and triangle[y + 1, x + 1] == seen
            last, r, g, b = np.int32(-2), red, green, blue
            for k in range(1 if filled else 4):  # one triangle fills the pixel: its first sample stands for all
                line, at = y + (k & 1), x + (k >> 1)
                t = triangle[line, at]
                if t < 0:
                    r, g, b = backdrop[row, column, 0], backdrop[row, column, 1], backdrop[row, column, 2]
                elif t != last:  # so does the upper of two
                    corners = (np.uint32(triangles[t, 0]), np.uint32(triangles[t, 1]), np.uint32(triangles[t, 2]))
                    second, third = barycentric(
                        screen, corners[0], corners[1], corners[2], np.float32(at) + HALF, np.float32(line) + HALF
                    )
                    weights = (ONE - second - third, second, third)
                    r, g, b = _shade_point(materials[t], weights, corners, attributes, looks, lamp)
                last = t
                red, green, blue = red + r, green + g, blue + b
            scale = np.float32((CURVE - 1) / WHITE) if filled else np.float32(0.25 * (CURVE - 1) / WHITE)
            out[row, column, 0] = curve[_level(red * scale)]
            out[row, column, 1] = curve[_level(green * scale)]
            out[row, column, 2] = curve[_level(blue * scale)]


@kernel
def smooth_normals(vertices: Floats, triangles: NDArray[np.int32], attributes: Floats) -> None:
    """Area-weighted vertex normals into the first three attributes."""
    attributes[: len(vertices), :3] = 0.0
    for t in range(len(triangles)):
        a, b, c = triangles[t]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for corner in (a, b, c):
            attributes[corner, 0] += nx
            attributes[corner, 1] += ny
            attributes[corner, 2] += nz
    for i in range(len(vertices)):
        x, y, z = attributes[i, 0], attributes[i, 1], attributes[i, 2]
        norm = np.float32(1.0) / np.sqrt(x * x + y * y + z * z + np.float32(1e-24))
        for axis in range(3):
            attributes[i, axis] *= norm

"""Skin as a texture: complexion, lips, brows, stubble, lines, painted on the mean face and carried along by its mesh.

The texture is unrolled from a vertical cylinder around the mean head, so its coordinates are azimuth and height; each texel knows the
point of the mean face that it covers, and every feature is a function of that point (metres, camera axes).
Colours are linear light; the fourth channel is gloss.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from echo_bench.simulator.asset import PARTS, Rig, load_rig
from echo_bench.simulator.identity import Identity
from echo_bench.simulator.raster import Visibility
from echo_bench.simulator.rig import Eye
from echo_bench.simulator.traits import RGB

Floats = NDArray[np.float32]

WIDTH, HEIGHT = 1024, 640
TOP, BOTTOM = -0.16, 0.23  # metres above and below the joint of skull and neck
AXIS = -0.02  # depth of the cylinder's axis
HAIRLINE = (  # azimuth in degrees from the nose -> height of the hairline, metres downwards
    (0.0, -0.094),
    (22.0, -0.092),
    (40.0, -0.080),
    (52.0, -0.058),
    (60.0, -0.040),
    (66.0, -0.012),
    (76.0, -0.010),
    (80.0, -0.048),
    (100.0, -0.048),
    (110.0, 0.010),
    (140.0, 0.045),
    (180.0, 0.050),
)


def linear(colour: RGB) -> Floats:
    """An sRGB colour in linear light (IEC 61966-2-1)."""
    c = np.asarray(colour)
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4).astype(np.float32)


def unroll(points: Floats) -> Floats:
    """Texture coordinates (column, row) in texels of points of the mean person."""
    azimuth = np.arctan2(points[..., 0], AXIS - points[..., 2])
    row = (points[..., 1] - TOP) / (BOTTOM - TOP)
    return np.stack([(azimuth / (2 * np.pi) + 0.5) * WIDTH, row * HEIGHT], axis=-1).astype(np.float32)


def scalp(points: Floats, recede: float = 0.0) -> Floats:
    """Signed height in metres above the hairline: positive where hair grows.

    Parameters
    ----------
    points : ndarray of shape (..., 3)
        On the mean person.
    recede : float in [0, 1]
        Retreat of the hairline at brow and temples.
    """
    azimuth = np.degrees(np.abs(np.arctan2(points[..., 0], AXIS - points[..., 2])))
    degrees, heights = np.array(HAIRLINE).T
    retreat = recede * (0.022 * np.exp(-((azimuth / 30) ** 2)) + 0.030 * np.exp(-(((azimuth - 38) / 18) ** 2)))
    line = np.interp(azimuth, degrees, heights) - retreat
    return np.asarray(line - points[..., 1], np.float32)


class Canvas:
    """The unrolled mean face.

    Attributes
    ----------
    point : ndarray of shape (HEIGHT, WIDTH, 3), float32
        The point of the mean person under each texel.
    lips : ndarray of shape (HEIGHT, WIDTH), float32
    eye_x, eye_y : float
        Centre of the left eye.
    """

    def __init__(self, rig: Rig) -> None:
        outside = rig.triangles[(rig.parts == PARTS["skin"])]
        radius = np.hypot(rig.neutral[:, 0], rig.neutral[:, 2] - AXIS)
        screen = np.column_stack([unroll(rig.neutral), -radius]).astype(np.float32)
        across = np.ptp(screen[outside, 0], axis=1) < WIDTH / 2  # the seam at the back is never seen
        buffer = Visibility(HEIGHT, WIDTH)
        buffer.draw(screen, outside[across], np.ones(int(across.sum()), np.bool_))
        hit = buffer.triangle >= 0
        corner = outside[across][np.where(hit, buffer.triangle, 0)]
        share = buffer.weights(screen, outside[across])
        point = np.einsum("hwk,hwkc->hwc", share, rig.neutral[corner])
        lips = np.einsum("hwk,hwk->hw", share, rig.lips[corner])
        nearest = ndimage.distance_transform_edt(~hit, return_distances=False, return_indices=True)
        self.point = np.asarray(point[nearest[0], nearest[1]], np.float32)
        self.lips = np.asarray(lips[nearest[0], nearest[1]], np.float32)
        self.eye_x, self.eye_y = (float(x) for x in Eye.of(rig.neutral, rig.eye_left).centre[:2])


@lru_cache(maxsize=1)
def canvas() -> Canvas:
    """The one canvas of the rig."""
    return Canvas(load_rig())


def _blob(point: Floats, x: float, y: float, rx: float, ry: float) -> Floats:
    """A soft spot of the front of the face, mirrored to both sides."""
    front = point[..., 2] < AXIS
    return np.asarray(
        np.exp(-(((np.abs(point[..., 0]) - x) / rx) ** 2) - ((point[..., 1] - y) / ry) ** 2) * front, np.float32
    )


def _noise(rng: np.random.Generator, blur: float | tuple[float, float]) -> Floats:
    """Unit-variance noise of one grain size, in texels; down and across where they differ."""
    raw = ndimage.gaussian_filter(rng.standard_normal((HEIGHT, WIDTH)).astype(np.float32), blur, mode="wrap")
    return np.asarray(raw / raw.std(), np.float32)


def _toned(tone: Floats, red: float, green: float, blue: float) -> Floats:
    return np.asarray(tone * [red, green, blue], np.float32)


def _mix(base: Floats, colour: Floats, amount: Floats) -> Floats:
    amount = np.clip(amount, 0.0, 1.0)[..., None]
    return np.asarray(base * (1 - amount) + colour * amount, np.float32)


def _strokes(starts: Floats, ends: Floats, weight: Floats, blur: float) -> Floats:
    """Density of many fine straight strokes between points given in texels."""
    steps = np.linspace(0.0, 1.0, 24, dtype=np.float32)[:, None, None]
    path = starts + steps * (ends - starts)
    taper = np.broadcast_to(weight * (1 - 0.6 * steps[..., 0]), path.shape[:2])
    column, row = np.clip(path, 0, [WIDTH - 1, HEIGHT - 1]).astype(int).reshape(-1, 2).T
    density = np.zeros((HEIGHT, WIDTH), np.float32)
    np.add.at(density, (row, column), taper.ravel())
    return np.asarray(ndimage.gaussian_filter(density, blur), np.float32)


def brow_strokes(rng: np.random.Generator, weight: float, hairs: int = 420) -> Floats:
    """Density of both brows, hair by hair: bushy and upright at the nose, flat and thin at the temple."""
    field = canvas()
    along = rng.uniform(0.0, 1.0, hairs) ** 0.85
    arch = 0.0148 + 0.0056 * np.sin(np.pi * np.clip(along * 0.80, 0, 1)) - 0.003 * along
    thick = 0.0030 * weight * np.interp(along, [0.0, 0.15, 0.55, 1.0], [0.75, 1.0, 0.9, 0.25])
    density = np.zeros((HEIGHT, WIDTH), np.float32)
    for sign in (-1.0, 1.0):
        x = 0.0120 + 0.0420 * along + rng.normal(0, 0.0005, hairs)
        y = field.eye_y - arch + thick * rng.uniform(-1, 1, hairs)
        lean = 0.25 + 1.2 * along + rng.normal(0, 0.15, hairs)
        length = 0.0062 * (1 - 0.35 * along)
        tips = x + length * np.sin(lean), y - length * np.cos(lean) * np.where(along > 0.6, 0.1, 0.8)
        depth = AXIS - np.sqrt(np.maximum(0.115**2 - 1.4 * x**2, 1e-4))  # the brow ridge, seen from above
        pairs = [unroll(np.stack([sign * a, b, depth], axis=-1).astype(np.float32)) for a, b in ((x, y), tips)]
        density += _strokes(pairs[0], pairs[1], (0.20 + 0.12 * rng.random(hairs)).astype(np.float32), 0.8)
    return density


def _past(distance: NDArray[np.floating], width: float) -> Floats:
    """A soft step: 0 well before zero, 1 well past it."""
    return np.asarray(1 / (1 + np.exp(-np.clip(distance / width, -30, 30))), np.float32)


def _beard_mask(kind: str) -> Floats:
    """Where a beard of this kind grows, in [0, 1]: above the lip, around the mouth, on chin and jaw, ending beneath them."""
    point = canvas().point
    x, y = np.abs(point[..., 0]), point[..., 1]
    moustache = np.exp(-(((y - 0.0212 - 9 * x**2) / 0.0046) ** 2)) * _past(0.029 - x, 0.002)
    beside = np.exp(-(((x - 0.0310) / 0.0050) ** 2)) * _past(y - 0.026, 0.002)
    chin = np.maximum(_past(y - 0.0535, 0.0018) * _past(0.030 - x, 0.004), beside)
    jaw = _past(y - 0.046 + 1.25 * np.clip(x - 0.028, 0, None), 0.004) * _past(0.004 - point[..., 2], 0.008)
    under = _past(0.083 - 0.45 * np.clip(x - 0.015, 0, None) - y, 0.0022)
    grown = np.maximum(moustache, chin if kind == "goatee" else np.maximum(jaw, chin))
    return np.asarray(grown * under * _past(-0.01 - point[..., 2], 0.005) * (1 - canvas().lips), np.float32)


def _hair_shadow(person: Identity, recede: float) -> Floats:
    """How much of the hair's colour shows on the scalp beneath it."""
    if person.hair.style == "bald":
        return np.zeros((HEIGHT, WIDTH), np.float32)
    return np.asarray(0.985 * np.clip(scalp(canvas().point, recede) / 0.012 + 0.5, 0, 1), np.float32)


def _lines(person: Identity, rng: np.random.Generator) -> Floats:
    """Folds that come with age: forehead, crow's feet, nose to mouth."""
    point = canvas().point
    x, y = np.abs(point[..., 0]), point[..., 1]
    front = (point[..., 2] < -0.05).astype(np.float32)
    fold_x = 0.021 + 0.30 * (y - 0.008)
    fold = np.exp(-(((x - fold_x) / 0.0016) ** 2)) * _blob(point, 0.028, 0.024, 0.03, 0.013)
    forehead = np.zeros_like(x)
    for height in (-0.066, -0.074, -0.082):
        wave = height + 0.0016 * np.sin(x * 130 + rng.uniform(0, 6))
        forehead += np.exp(-(((y - wave) / 0.0009) ** 2)) * np.exp(-((x / 0.034) ** 4))
    bags = np.exp(-(((y + 0.0085 - 3.0 * (x - 0.031) ** 2) / 0.0016) ** 2)) * _blob(point, 0.031, -0.010, 0.014, 0.012)
    return np.asarray((0.55 * fold + 0.5 * forehead + 0.4 * bags) * front * person.skin.lines, np.float32)


def paint_skin(person: Identity, recede: float = 0.0) -> Floats:
    """The skin of one person.

    Parameters
    ----------
    person : Identity
    recede : float in [0, 1]
        Retreat of the hairline.

    Returns
    -------
    ndarray of shape (HEIGHT, WIDTH, 4), float32
        Linear red, green, blue albedo, and gloss in [0, 1].
    """
    rng = np.random.default_rng([62, person.seed])
    field, skin = canvas(), person.skin
    point, tone = field.point, linear(skin.tone)
    albedo = np.broadcast_to(tone, (HEIGHT, WIDTH, 3)).astype(np.float32)
    albedo = albedo * (1 + 0.025 * _noise(rng, 14.0) + 0.018 * _noise(rng, 4.0) + 0.030 * _noise(rng, 1.1))[..., None]
    flush = (
        0.75 * _blob(point, 0.043, 0.012, 0.020, 0.017)
        + 0.65 * _blob(point, 0.0, 0.006, 0.014, 0.012)
        + 0.30 * _blob(point, 0.0, 0.066, 0.018, 0.012)
        + 0.25 * _blob(point, 0.0, -0.075, 0.040, 0.015)
    )
    albedo = _mix(albedo, _toned(tone, 1.02, 0.70, 0.66), 0.55 * skin.redness * flush)
    sockets = _blob(point, field.eye_x, field.eye_y + 0.004, 0.019, 0.012)
    albedo = _mix(albedo, _toned(tone, 0.70, 0.56, 0.58), 0.42 * sockets)
    albedo = _mix(albedo, _toned(tone, 0.52, 0.40, 0.38), _lines(person, rng))
    spots = np.clip(_noise(rng, 1.3) - 1.7, 0, 1) * (_blob(point, 0.03, 0.0, 0.035, 0.025) + 0.15)
    albedo = _mix(albedo, _toned(tone, 0.60, 0.42, 0.32), 1.6 * skin.freckles * spots)
    lips = np.clip(ndimage.gaussian_filter(field.lips, 1.2) * 1.1, 0, 1)
    grooves = 1 + 0.07 * ndimage.gaussian_filter1d(rng.standard_normal(WIDTH), 1.2) / 0.5
    albedo = _mix(albedo, linear(skin.lips) * grooves[None, :, None].astype(np.float32), 0.92 * lips)
    stubble = _beard_mask(skin.beard) * {"none": 0.0, "stubble": 0.38, "goatee": 0.84, "full": 0.88}[skin.beard]
    stubble = stubble * np.clip(1 + 0.13 * _noise(rng, (2.2, 0.7)), 0, 2)
    if not person.female:
        stubble = np.maximum(stubble, 0.10 * _beard_mask("stubble"))
    brows = 0.88 * (1 - np.exp(-1.6 * brow_strokes(rng, person.hair.brow_weight)))
    albedo = _mix(albedo, linear(person.hair.brow_colour), np.maximum(brows, stubble))
    shadow = _hair_shadow(person, recede)
    albedo = _mix(albedo, 0.7 * linear(person.hair.colour), shadow)
    zone = _blob(point, 0.0, -0.03, 0.020, 0.06) + _blob(point, 0.04, -0.005, 0.015, 0.012)
    gloss = (
        skin.shine
        * np.clip(0.35 + 0.5 * zone + 0.06 * _noise(rng, 1.5), 0, 1)
        * (1 - 0.7 * np.maximum(stubble, shadow))
    )
    gloss = np.maximum(gloss * (1 - brows), 0.75 * lips)
    return np.ascontiguousarray(np.dstack([np.clip(albedo, 0, 1), gloss]), np.float32)

"""The head: an identity and a row of `rig61` become vertices.

Conventions
-----------
Vertices are metres in the *camera's* axes: x to the image's right, y downwards, z away from the camera, so a face looks along -z.
The origin is where the skull meets the neck, in rest. "Left" and "right" are the person's; the picture is not mirrored,
so the person's left is on the image's right.

The head turns by ``R = roll @ yaw @ pitch`` about the origin and is then translated; the neck follows in part and the
shoulders stay. Gaze turns each eyeball about its centre in the head's frame; vergence is the angle between the two lines of
sight. The ``eyeLook*`` columns are ignored, and their lid shapes are driven from the gaze columns instead.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from echo_bench.jit import kernel
from echo_bench.simulator.asset import load_rig
from echo_bench.simulator.identity import Identity, identity
from echo_bench.simulator.traits import ETHNICITIES
from echo_bench.spaces import ARKIT, RIG61

__all__ = ["Eye", "Identity", "blink_gains", "identity", "load_rig", "pose", "rest", "turn"]

Floats = NDArray[np.float32]
LID_RANGE = 0.5  # radians of vertical gaze at which the lid shapes are fully on
SIDEWAYS_RANGE = 0.7  # radians of horizontal gaze at which they are
OLD, YOUNG = 75.0, 25.0  # years at which MakeHuman's "old" and "young" shapes are fully on


def _phenotype(person: Identity) -> dict[str, float]:
    """Weights of the twelve corner shapes: ethnicity x sex x age, a product as in MakeHuman."""
    old = float(np.clip((person.age - YOUNG) / (OLD - YOUNG), 0.0, 1.0))
    sex = "female" if person.female else "male"
    corners = {}
    for name, share in zip(ETHNICITIES, person.ethnicity, strict=True):
        corners[f"{name}-{sex}-old"] = share * old
        corners[f"{name}-{sex}-young"] = share * (1.0 - old)
    return corners


@lru_cache(maxsize=64)
def rest(person: Identity) -> Floats:
    """The person's vertices with a neutral face, looking into the camera; read-only.

    Returns
    -------
    ndarray of shape (vertices, 3), float32
    """
    rig = load_rig()
    weights = {**_phenotype(person), **dict(person.shape)}
    vertices = rig.neutral.copy()
    rig.shapes.add_to(vertices, np.array([weights.get(name, 0.0) for name in rig.shapes.names], np.float32))
    skull = rig.follow == 255
    vertices -= (vertices - rig.neutral)[skull].mean(axis=0)  # a tall person's head is not higher in the picture
    vertices.setflags(write=False)
    return vertices


@lru_cache(maxsize=64)
def blink_gains(person: Identity) -> tuple[float, float]:
    """Weight of the shape ``eyeBlink`` that just shuts the person's left and right eye.

    The shape was modelled on the mean eye; taken as it is, it would shut a narrow eye at half its weight and then drive the lid on.
    """
    rig, body = load_rig(), rest(person)
    gains = []
    for side, (upper, lower) in zip(("Left", "Right"), rig.lids, strict=True):
        blink = np.zeros_like(body)
        rig.arkit.add_to(blink, np.array([name == f"eyeBlink{side}" for name in ARKIT], np.float32))
        gap = body[lower, 1].mean() - body[upper, 1].mean()
        gains.append(float(gap / (blink[upper, 1].mean() - blink[lower, 1].mean())))
    return gains[0], gains[1]


@dataclass(frozen=True, slots=True)
class Eye:
    """One eyeball at rest: centre (3,) and radius in metres."""

    centre: Floats
    radius: float

    @classmethod
    def of(cls, vertices: Floats, members: NDArray[np.int64]) -> Eye:
        """Fit the sphere to the eyeball's vertices, whose cornea bulges and is therefore left out of the radius."""
        ball = vertices[members]
        low, high = ball.min(axis=0), ball.max(axis=0)
        radius = float((high - low)[:2].mean() / 2)
        centre = ((low + high) / 2).astype(np.float32)
        centre[2] = high[2] - radius
        return cls(centre, radius)


def turn(pitch: float, yaw: float, roll: float) -> NDArray[np.float64]:
    """The rotation ``roll @ yaw @ pitch`` in camera axes.

    Parameters
    ----------
    pitch, yaw, roll : float
        Radians; positive is down, towards the image's right, clockwise in the image.

    Returns
    -------
    ndarray of shape (3, 3), float64

    Examples
    --------
    >>> face = np.array([0.0, 0.0, -1.0])
    >>> (turn(0.0, 0.5, 0.0) @ face)[0] > 0, (turn(0.5, 0.0, 0.0) @ face)[1] > 0
    (np.True_, np.True_)
    """
    cp, sp, cy, sy, cr, sr = np.cos(pitch), np.sin(pitch), np.cos(yaw), np.sin(yaw), np.cos(roll), np.sin(roll)
    about_x = np.array([[1, 0, 0], [0, cp, -sp], [0, sp, cp]])
    about_y = np.array([[cy, 0, -sy], [0, 1, 0], [sy, 0, cy]])
    about_z = np.array([[cr, -sr, 0], [sr, cr, 0], [0, 0, 1]])
    product: NDArray[np.float64] = about_z @ about_y @ about_x
    return product


def lid_weights(row: Floats) -> Floats:
    """The 52 ARKit weights of a motion row, with ``eyeLook*`` derived from gaze."""
    weights = np.clip(row[RIG61.parts["exp"]], 0.0, 1.0).astype(np.float32)
    yaw, pitch, vergence = (float(x) for x in row[RIG61.parts["gaze"]])
    for side, towards_nose in (("Left", vergence / 2 - yaw), ("Right", vergence / 2 + yaw)):
        directions = (
            ("Down", pitch / LID_RANGE),
            ("Up", -pitch / LID_RANGE),
            ("In", towards_nose / SIDEWAYS_RANGE),
            ("Out", -towards_nose / SIDEWAYS_RANGE),
        )
        for direction, amount in directions:
            weights[ARKIT.index(f"eyeLook{direction}{side}")] = np.clip(amount, 0.0, 1.0)
    return weights


def follow_turns(row: Floats, levels: int = 256) -> tuple[Floats, Floats]:
    """Rotation and translation of vertices that follow the head by 0, 1/255, ..., 1.

    Part of a rotation is the same axis with part of the angle, so the neck twists and does not shrink.

    Returns
    -------
    ndarray of shape (levels, 3, 3), float32
    ndarray of shape (levels, 3), float32
    """
    rotation = turn(*(float(x) for x in row[52:55]))
    skew = (
        np.array([rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]])
        / 2
    )
    sine = float(np.linalg.norm(skew))
    angle = float(np.arctan2(sine, (np.trace(rotation) - 1) / 2))
    axis = skew / sine if sine > 1e-9 else np.array([0.0, 1.0, 0.0])
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    share = np.linspace(0.0, 1.0, levels)
    part = (share * angle)[:, None, None]
    turns = np.eye(3) + np.sin(part) * cross + (1 - np.cos(part)) * (cross @ cross)  # Rodrigues
    return turns.astype(np.float32), (share[:, None] * row[None, 55:58]).astype(np.float32)


@kernel
def carry(points: Floats, follow: NDArray[np.uint8], turns: Floats, shifts: Floats, out: Floats) -> None:
    """Move each point with the head as far as it follows; see :func:`follow_turns`."""
    for i in range(len(points)):
        level = follow[i]
        x, y, z = points[i, 0], points[i, 1], points[i, 2]
        for axis in range(3):
            t = turns[level, axis]
            out[i, axis] = t[0] * x + t[1] * y + t[2] * z + shifts[level, axis]


def express(person: Identity, row: Floats) -> Floats:
    """The person's face with expression and gaze, before the head moves; arguments and errors are those of :func:`pose`."""
    if row.shape != (RIG61.width,) or not np.isfinite(row).all():
        raise ValueError(
            f"a motion row must hold {RIG61.width} finite numbers (rig61); got {row.size}, or NaN among them"
        )
    rig = load_rig()
    vertices = rest(person).copy()
    weights = lid_weights(row)
    weights[[ARKIT.index("eyeBlinkLeft"), ARKIT.index("eyeBlinkRight")]] *= np.array(blink_gains(person), np.float32)
    rig.arkit.add_to(vertices, weights)
    for members, gaze in zip((rig.eye_left, rig.eye_right), eye_turns(row), strict=True):
        centre = Eye.of(rest(person), members).centre
        vertices[members] = (vertices[members] - centre) @ gaze.T.astype(np.float32) + centre
    return vertices


def eye_turns(row: Floats) -> Iterable[NDArray[np.float64]]:
    """Rotation of the person's left and right eyeball in the head's frame."""
    yaw, pitch, vergence = (float(x) for x in row[RIG61.parts["gaze"]])
    return turn(pitch, yaw - vergence / 2, 0.0), turn(pitch, yaw + vergence / 2, 0.0)


def pose(person: Identity, row: Floats) -> Floats:
    """Vertices of one person at one moment.

    Parameters
    ----------
    person : Identity
    row : ndarray of shape (61,), float
        One row of `rig61` (:mod:`echo_bench.spaces`). ARKit coefficients are clipped to [0, 1].

    Returns
    -------
    ndarray of shape (vertices, 3), float32
        Metres in camera axes, relative to the resting joint of skull and neck.

    Raises
    ------
    ValueError
        When the row is not 61 finite numbers.

    Examples
    --------
    >>> still = pose(identity(0), np.zeros(61))
    >>> still.shape[1], bool(np.isfinite(still).all())
    (3, True)
    """
    row = np.asarray(row, np.float32)
    vertices = express(person, row)
    carry(vertices, load_rig().follow, *follow_turns(row), vertices)
    return vertices

"""Damages to true motion, each with one strength from 0 (none) to 1."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from echo_bench.spaces import RIG61

Rows = NDArray[np.float64]
MOUTH = slice(RIG61.columns.index("jawForward"), RIG61.columns.index("mouthUpperUpRight") + 1)
SMILE, FROWN = (
    [RIG61.columns.index(f"mouth{name}{side}") for side in ("Left", "Right")] for name in ("Smile", "Frown")
)
LATE = 12  # frames: about half a second
HELD = 6  # frames that one picture stands at full strength
JITTER = 4  # frames


@dataclass(frozen=True, slots=True)
class Scene:
    """What a damage is made of.

    Attributes
    ----------
    truth : ndarray of shape (T, 61)
        The avatar's motion in ``rig61``.
    partner : ndarray of shape (T, 61)
        The user's.
    other : ndarray of shape (T, 61)
        The avatar's of another clip, another person's if there is one.
    seed : int
        Of what is drawn.
    """

    truth: Rows
    partner: Rows
    other: Rows
    seed: int = 0


MotionDamage = Callable[[Scene, float], Rows]
"""From a scene and a strength to the damaged motion (T, 61)."""


def noise(scene: Scene, level: float) -> Rows:
    """White noise on every column, up to half its spread."""
    drawn = np.random.default_rng(scene.seed).normal(size=scene.truth.shape)
    return np.asarray(scene.truth + 0.5 * level * scene.truth.std(axis=0) * drawn)


def freeze(scene: Scene, level: float) -> Rows:
    """The last part, up to all of it, stands still."""
    return scene.truth[np.minimum(np.arange(len(scene.truth)), round((1 - level) * (len(scene.truth) - 1)))]


def drop(scene: Scene, level: float) -> Rows:
    """Frames are held: down from 25 to 25 / 6 per second."""
    step = 1 + round((HELD - 1) * level)
    return scene.truth[np.arange(len(scene.truth)) // step * step]


def jitter(scene: Scene, level: float) -> Rows:
    """Frames come up to 4 frames too early or too late, each on its own."""
    reach = round(JITTER * level)
    drawn = np.random.default_rng(scene.seed).integers(-reach, reach + 1, size=len(scene.truth))
    return np.asarray(scene.truth[np.clip(np.arange(len(scene.truth)) + drawn, 0, len(scene.truth) - 1)])


def shrink(scene: Scene, level: float) -> Rows:
    """Motion about its mean is scaled down, by up to 80 %."""
    mean = scene.truth.mean(axis=0)
    return np.asarray(mean + (1 - 0.8 * level) * (scene.truth - mean))


def exaggerate(scene: Scene, level: float) -> Rows:
    """Motion about its mean is scaled up, by up to 2."""
    mean = scene.truth.mean(axis=0)
    return np.asarray(mean + (1 + level) * (scene.truth - mean))


def mouth(scene: Scene, level: float) -> Rows:
    """The mouth alone moves less, down to not at all."""
    damaged = scene.truth.copy()
    mean = damaged[:, MOUTH].mean(axis=0)
    damaged[:, MOUTH] = mean + (1 - level) * (damaged[:, MOUTH] - mean)
    return damaged


def emotion(scene: Scene, level: float) -> Rows:
    """Smile and frown trade places, gradually."""
    damaged = scene.truth.copy()
    damaged[:, SMILE] += level * (scene.truth[:, FROWN] - scene.truth[:, SMILE])
    damaged[:, FROWN] += level * (scene.truth[:, SMILE] - scene.truth[:, FROWN])
    return damaged


def identity(scene: Scene, level: float) -> Rows:
    """The posture at rest becomes another person's; the motion about it stays."""
    return np.asarray(scene.truth + level * (scene.other.mean(axis=0) - scene.truth.mean(axis=0)))


def reverse(scene: Scene, level: float) -> Rows:
    """The last part, up to all of it, runs backwards."""
    first = round((1 - level) * len(scene.truth))
    return np.concatenate([scene.truth[:first], scene.truth[first:][::-1]])


def late(scene: Scene, level: float) -> Rows:
    """Everything comes up to 12 frames (0.5 s) late."""
    return scene.truth[np.maximum(np.arange(len(scene.truth)) - round(LATE * level), 0)]


def mirror(scene: Scene, level: float) -> Rows:
    """The motion turns into a copy of the partner's, about its own mean."""
    copy = scene.truth.mean(axis=0) + scene.partner - scene.partner.mean(axis=0)
    return np.asarray((1 - level) * scene.truth + level * copy)


def shuffle(scene: Scene, level: float) -> Rows:
    """The last part, up to all of it, is a reaction to another conversation."""
    first = round((1 - level) * len(scene.truth))
    return np.concatenate([scene.truth[:first], scene.other[first:]])


MOTION: Mapping[str, MotionDamage] = MappingProxyType({
    damage.__name__: damage
    for damage in (
        noise, freeze, drop, jitter, shrink, exaggerate, mouth, emotion, identity, reverse, late, mirror, shuffle,
    )
})  # fmt: skip

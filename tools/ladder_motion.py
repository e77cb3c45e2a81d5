"""Synthetic dyads whose truth is known, and damages to it, each with one strength from 0 (none) to 1.

A listener follows the partner at 0.32 s in expression, head and gaze, has motion of its own, speaks now and then (jaw driven by an
envelope), blinks, smiles, nods, and shows a slowly changing affect. Everything is drawn from one seed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

Floats = NDArray[np.float64]

FPS, MARGIN, FOLLOWS = 25, 25, 8  # frames; the margin is what a delay shifts in
COLUMNS = 61
BLINK, SMILE, FROWN, JAW = [8, 9], [43, 44], [29, 30], 24
MOUTH = slice(22, 49)
PITCH = 52


@dataclass(frozen=True)
class Dyads:
    """Tracks of N clips: ``truth`` (N, T + 2 * MARGIN, 61) with a margin either side, ``partner`` (N, T, 61), ``voice`` (N, T)."""

    truth: Floats
    partner: Floats
    voice: Floats
    frames: int

    def cut(self, motion: Floats, late: int = 0) -> Floats:
        """The scored frames of (N, T + 2 * MARGIN, D), `late` frames late."""
        return motion[:, MARGIN - late : MARGIN - late + self.frames]


def smooth(rng: np.random.Generator, shape: tuple[int, ...], width: float) -> Floats:
    """Gaussian noise of unit spread, low-passed along axis 1 by `width` frames."""
    noise = ndimage.gaussian_filter1d(rng.normal(size=shape), width, axis=1)
    return np.asarray(noise / noise.std())


def make(clips: int = 12, seconds: float = 16, seed: int = 0) -> Dyads:
    """Draw the dyads."""
    rng = np.random.default_rng(seed)
    frames = round(seconds * FPS)
    length = frames + 2 * MARGIN
    lead = smooth(rng, (clips, length + FOLLOWS, COLUMNS), 5)
    place = 0.4 * rng.normal(size=(clips, 1, COLUMNS))
    truth = 0.9 * lead[:, :length] + 0.6 * smooth(rng, (clips, length, COLUMNS), 5) + place
    partner = lead[:, FOLLOWS:] + rng.normal(size=(clips, 1, COLUMNS))
    truth = 0.3 + 0.06 * truth
    affect = smooth(rng, (clips, length, 1), 20)
    truth[:, :, SMILE] = 0.3 + 0.2 * np.tanh(affect) + 0.02 * truth[:, :, SMILE]
    truth[:, :, FROWN] = 0.3 - 0.2 * np.tanh(affect) + 0.02 * truth[:, :, FROWN]
    voice = np.abs(smooth(rng, (clips, length), 2))
    truth[:, :, JAW] = 0.2 * voice
    for clip in range(clips):
        _gestures(truth[clip], rng)
    truth[:, :, PITCH:] -= 0.3
    partner = 0.06 * partner
    return Dyads(truth, partner[:, MARGIN : MARGIN + frames], voice[:, MARGIN : MARGIN + frames], frames)


def _gestures(clip: Floats, rng: np.random.Generator) -> None:
    """Blinks about every 3 s and a nod about every 6 s."""
    clip[:, BLINK] *= 0.3
    for start in np.cumsum(rng.integers(50, 100, size=len(clip) // 50)):
        clip[start : start + 4, BLINK] = 0.9
    for start in np.cumsum(rng.integers(100, 200, size=len(clip) // 100)):
        span = slice(start, min(start + 40, len(clip)))
        t = np.arange(len(clip[span])) / FPS
        clip[span, PITCH] += 0.12 * np.sin(2 * np.pi * 2 * t)


Damage = Callable[[Dyads, float], Floats]
"""Takes the dyads and a strength, gives predictions (N, T, 61)."""


def _spread(truth: Floats) -> Floats:
    return np.asarray(truth.std(axis=(0, 1)))


def _share(dyads: Dyads, level: float, other: Floats) -> Floats:
    """The first `level` of the clips from `other`, the rest true."""
    truth = dyads.cut(dyads.truth)
    count = round(level * len(truth))
    return np.concatenate([other[:count], truth[count:]])


def noise(dyads: Dyads, level: float) -> Floats:
    """White noise on every column, up to half its spread."""
    truth = dyads.cut(dyads.truth)
    return truth + 0.5 * level * _spread(truth) * np.random.default_rng(1).normal(size=truth.shape)


def freeze(dyads: Dyads, level: float) -> Floats:
    """The last part of each clip, up to all of it, stands still."""
    frozen = dyads.cut(dyads.truth).copy()
    last = round((1 - level) * (dyads.frames - 1))
    frozen[:, last:] = frozen[:, last : last + 1]
    return frozen


def shrink(dyads: Dyads, level: float) -> Floats:
    """Motion about each clip's mean is scaled down, by up to 80 %."""
    truth = dyads.cut(dyads.truth)
    mean = truth.mean(axis=1, keepdims=True)
    return mean + (1 - 0.8 * level) * (truth - mean)


def exaggerate(dyads: Dyads, level: float) -> Floats:
    """Motion about each clip's mean is scaled up, by up to 2."""
    truth = dyads.cut(dyads.truth)
    mean = truth.mean(axis=1, keepdims=True)
    return mean + (1 + level) * (truth - mean)


def reverse(dyads: Dyads, level: float) -> Floats:
    """A share of the clips runs backwards."""
    return _share(dyads, level, dyads.cut(dyads.truth)[:, ::-1])


def lag(dyads: Dyads, level: float) -> Floats:
    """Everything comes up to 12 frames (0.5 s) late."""
    return dyads.cut(dyads.truth, late=round(12 * level))


def offset(dyads: Dyads, level: float) -> Floats:
    """A constant on every column, up to its spread."""
    truth = dyads.cut(dyads.truth)
    return truth + level * _spread(truth)


def drop(dyads: Dyads, level: float) -> Floats:
    """Frames are held: down from 25 to 25 / 6 frames per second."""
    step = 1 + round(5 * level)
    return dyads.cut(dyads.truth)[:, np.arange(dyads.frames) // step * step]


def mouth(dyads: Dyads, level: float) -> Floats:
    """The mouth alone moves less, down to not at all."""
    damaged = dyads.cut(dyads.truth).copy()
    mean = damaged[:, :, MOUTH].mean(axis=1, keepdims=True)
    damaged[:, :, MOUTH] = mean + (1 - level) * (damaged[:, :, MOUTH] - mean)
    return damaged


def emotion(dyads: Dyads, level: float) -> Floats:
    """Smile and frown trade places, gradually."""
    damaged = dyads.cut(dyads.truth).copy()
    smile, frown = damaged[:, :, SMILE].copy(), damaged[:, :, FROWN].copy()
    damaged[:, :, SMILE] += level * (frown - smile)
    damaged[:, :, FROWN] += level * (smile - frown)
    return damaged


def mirror(dyads: Dyads, level: float) -> Floats:
    """The motion turns into a copy of the partner's, about its own mean."""
    truth = dyads.cut(dyads.truth)
    copy = truth.mean(axis=1, keepdims=True) + dyads.partner - dyads.partner.mean(axis=1, keepdims=True)
    return (1 - level) * truth + level * copy


def shuffle(dyads: Dyads, level: float) -> Floats:
    """A share of the clips shows the reaction of another clip."""
    count = round(level * len(dyads.truth))
    truth = dyads.cut(dyads.truth)
    return np.concatenate([np.roll(truth[:count], 1, axis=0), truth[count:]])


def collapse(dyads: Dyads, level: float) -> Floats:
    """A share of the clips shows one and the same reaction."""
    truth = dyads.cut(dyads.truth)
    return _share(dyads, level, np.broadcast_to(truth[-1:], truth.shape))


DAMAGES: dict[str, Damage] = {
    damage.__name__: damage
    for damage in (
        noise,
        freeze,
        shrink,
        exaggerate,
        reverse,
        lag,
        offset,
        drop,
        mouth,
        emotion,
        mirror,
        shuffle,
        collapse,
    )
}

"""Who a person is: everything about the look that does not move.

An identity is drawn from its seed alone. Traits that tell people apart at a glance (sex, ethnicity, hair, clothes, scene) are dealt out
in turn from neighbouring seeds rather than drawn, so that any run of consecutive seeds is a varied cast; the rest is random.
Colours are sRGB triples in [0, 1].
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from echo_bench.simulator.traits import (
    ASYMMETRIES,
    BEARDS,
    FABRICS,
    GARMENTS,
    HAIR_COLOURS,
    HAIR_FEMALE,
    HAIR_MALE,
    IRIS_COLOURS,
    LOCAL_SHAPES,
    OUTLINES,
    RGB,
    SCENES,
    SKIN_TONES,
)


@dataclass(frozen=True, slots=True)
class Skin:
    """Complexion.

    Attributes
    ----------
    tone, lips : RGB
    redness, freckles, lines, shine : float in [0, 1]
        Flush of cheeks and nose, density of freckles, depth of age lines, gloss.
    beard : {"none", "stubble", "goatee", "full"}
    """

    tone: RGB
    lips: RGB
    redness: float
    freckles: float
    lines: float
    shine: float
    beard: str


@dataclass(frozen=True, slots=True)
class Hair:
    """Hair of the head, and brows of the same family.

    Attributes
    ----------
    style : str
        A key of :data:`echo_bench.simulator.hairstyles.STYLES`.
    colour, brow_colour : RGB
    brow_weight : float
        Thickness of the brows, about 1.
    part : float in [-1, 1]
        Where hair is parted; negative is the person's right.
    """

    style: str
    colour: RGB
    brow_colour: RGB
    brow_weight: float
    part: float


@dataclass(frozen=True, slots=True)
class Clothes:
    """Garment (one of :data:`echo_bench.simulator.traits.GARMENTS`), its colours and its pattern ("plain", "stripes", "checks", "marl")."""

    garment: str
    colour: RGB
    second: RGB
    pattern: str


@dataclass(frozen=True, slots=True)
class Framing:
    """Where camera and lamps stand.

    Attributes
    ----------
    distance : float
        Camera to head, metres.
    span : float
        Height of the picture at the head, metres.
    x, y : float
        Head centre in the picture, in picture heights from the middle; right and down are positive.
    key : float
        Azimuth of the key light in radians; positive is the image's right.
    warmth : float in [-1, 1]
        Colour of the key light; positive is warm.
    """

    distance: float
    span: float
    x: float
    y: float
    key: float
    warmth: float


@dataclass(frozen=True, slots=True)
class Identity:
    """One person on a call.

    Attributes
    ----------
    seed : int
    female : bool
    age : float
        Years.
    ethnicity : tuple of three float
        Shares of :data:`echo_bench.simulator.traits.ETHNICITIES`; they sum to 1.
    shape : tuple of (str, float)
        Weights of the rig's local shapes, by name.
    skin, hair, clothes, framing : Skin, Hair, Clothes, Framing
    iris : RGB
    glasses : str
        "none", "round", or "square".
    scene : str
        One of :data:`echo_bench.simulator.traits.SCENES`: what is behind.
    """

    seed: int
    female: bool
    age: float
    ethnicity: tuple[float, float, float]
    shape: tuple[tuple[str, float], ...]
    skin: Skin
    hair: Hair
    iris: RGB
    clothes: Clothes
    glasses: str
    scene: str
    framing: Framing


def identity(seed: int) -> Identity:
    """The person of this seed.

    Parameters
    ----------
    seed : int
        Non-negative. Equal seeds are equal people.

    Returns
    -------
    Identity

    Raises
    ------
    ValueError
        When `seed` is negative.

    Examples
    --------
    >>> identity(3) == identity(3), identity(3) == identity(4)
    (True, False)
    """
    if seed < 0:
        raise ValueError(f"an identity's seed must not be negative; got {seed}")
    rng = np.random.default_rng([61, seed])
    female = seed % 2 == 0
    pair = seed // 2
    age = float(np.clip(rng.gamma(3.2, 7.0) + 20.0, 21.0, 72.0))
    ethnicity = _ethnicity(rng, dominant=(pair + seed % 2) % 3)
    hair = _hair(rng, female, age, ethnicity, turn=pair + pair // 8)
    return Identity(
        seed=seed,
        female=female,
        age=age,
        ethnicity=ethnicity,
        shape=_shape(rng, female),
        skin=_skin(rng, female, age, ethnicity, turn=pair),
        hair=hair,
        iris=_iris(rng, ethnicity),
        clothes=_clothes(rng, turn=seed),
        glasses=("none", "none", "none", "round", "none", "none", "square")[(pair + 3 * (seed % 2)) % 7],
        scene=SCENES[(seed * 5 + pair) % len(SCENES)],
        framing=_framing(rng, seed),
    )


def _ethnicity(rng: np.random.Generator, dominant: int) -> tuple[float, float, float]:
    shares = rng.dirichlet([0.5, 0.5, 0.5]) * 0.25
    shares[dominant] += 0.75
    return float(shares[0]), float(shares[1]), float(shares[2])


def _shape(rng: np.random.Generator, female: bool) -> tuple[tuple[str, float], ...]:
    """Random local features: each signed pair by half a unit or so, one outline of the head, a little asymmetry."""
    weights: dict[str, float] = {}
    for low, high in LOCAL_SHAPES:
        value = float(np.clip(rng.normal(0.0, 0.28), -0.6, 0.6))
        weights[high if value > 0 else low] = abs(value)
    weights[f"head-{OUTLINES[rng.integers(len(OUTLINES))]}"] = float(rng.uniform(0.0, 0.4))
    for name in ASYMMETRIES:
        weights[name] = float(np.clip(rng.normal(0.0, 0.15), -0.3, 0.3))
    weight = float(np.clip(rng.normal(0.0, 0.4), -0.6, 0.9))
    weights[f"{'max' if weight > 0 else 'min'}weight-{'female' if female else 'male'}"] = abs(weight)
    return tuple(sorted(weights.items()))


def _skin(rng: np.random.Generator, female: bool, age: float, ethnicity: tuple[float, float, float], turn: int) -> Skin:
    melanin = float(np.dot(ethnicity, [0.84, 0.34, 0.12]) + rng.normal(0.0, 0.06))
    at = float(np.clip(melanin, 0.0, 0.999)) * (len(SKIN_TONES) - 1)
    low = int(at)
    tone = np.array(SKIN_TONES[low]) * (1 - at + low) + np.array(SKIN_TONES[low + 1]) * (at - low)
    tone *= 1.0 + rng.normal(0.0, 0.02, 3)
    lips = tone * np.array([0.90, 0.66, 0.66] if female else [0.90, 0.74, 0.73]) * rng.uniform(0.94, 1.04, 3)
    return Skin(
        tone=_rgb(tone),
        lips=_rgb(lips),
        redness=float(rng.uniform(0.2, 1.0) * (1 - 0.6 * min(melanin, 1.0))),
        freckles=float(rng.beta(0.6, 3.0) * (melanin < 0.3)),
        lines=float(np.clip((age - 28.0) / 40.0, 0.0, 1.0)),
        shine=float(rng.uniform(0.25, 0.8)),
        beard="none" if female else BEARDS[turn % len(BEARDS)],
    )


def _hair(rng: np.random.Generator, female: bool, age: float, ethnicity: tuple[float, float, float], turn: int) -> Hair:
    styles = HAIR_FEMALE if female else HAIR_MALE
    european = ("espresso", "brown", "chestnut", "dark-blond", "blond", "auburn", "ginger")
    names = european if ethnicity[2] > 0.6 else ("black", "black", "espresso")
    natural = np.array(HAIR_COLOURS[names[rng.integers(len(names))]])
    grey = float(np.clip((age - 42.0) / 25.0 + rng.normal(0.0, 0.15), 0.0, 1.0))
    aged = np.array(HAIR_COLOURS["white" if age > 63 else "grey"])
    colour = natural * (1 - grey) + aged * grey
    return Hair(
        style=styles[turn % len(styles)],
        colour=_rgb(colour * rng.uniform(0.85, 1.15)),
        brow_colour=_rgb((0.75 * natural + 0.05) * (1 - 0.6 * grey) + 0.6 * grey * aged),
        brow_weight=float(rng.uniform(0.65, 0.95) if female else rng.uniform(0.8, 1.1)),
        part=float(rng.choice([-1.0, 1.0]) * rng.uniform(0.25, 0.6)),
    )


def _iris(rng: np.random.Generator, ethnicity: tuple[float, float, float]) -> RGB:
    names = tuple(IRIS_COLOURS) if ethnicity[2] > 0.6 else ("brown", "dark", "dark")
    return _rgb(np.array(IRIS_COLOURS[names[rng.integers(len(names))]]) * rng.uniform(0.85, 1.15))


def _clothes(rng: np.random.Generator, turn: int) -> Clothes:
    colour, second = FABRICS[turn * 5 % len(FABRICS)], FABRICS[(turn * 5 + 4) % len(FABRICS)]
    garment = GARMENTS[(turn + turn // 6) % len(GARMENTS)]
    patterns = {"shirt": ("plain", "checks", "stripes"), "blazer": ("plain", "marl")}
    choices = patterns.get(garment, ("plain", "marl", "stripes", "plain"))
    return Clothes(garment, colour, second, choices[rng.integers(len(choices))])


def _framing(rng: np.random.Generator, turn: int) -> Framing:
    return Framing(
        distance=float(rng.uniform(0.62, 0.9)),
        span=float(rng.uniform(0.40, 0.47)),
        x=float(rng.uniform(-0.04, 0.04)),
        y=float(rng.uniform(-0.07, -0.02)),
        key=float((0.7 if turn % 3 else -0.75) + rng.normal(0.0, 0.2)),
        warmth=float(rng.uniform(-0.5, 0.9)),
    )


def _rgb(values: np.ndarray) -> RGB:
    red, green, blue = (float(x) for x in np.clip(values, 0.0, 1.0))
    return red, green, blue

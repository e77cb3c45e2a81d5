"""Who takes part: a face, a voice and a personality per person, each chosen without regard to the others.

``people.toml`` names face and voice. Personality is drawn from the person's name alone, so that it tells nothing about the face,
and a model cannot read expressiveness off a chin.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from echo_bench.simulator.draws import stream


@dataclass(frozen=True, slots=True)
class Personality:
    """How strongly a person shows and shares feelings.

    Attributes
    ----------
    expressiveness : float in [0.6, 1.3]
        Scales every expression and head gesture.
    agreeableness : float in [0, 1]
        Scales how often the person gives feedback and how much a partner's feeling moves them
        (Graziano et al., JPSP 93, 2007: agreeable people report more empathic concern).
    baseline : (valence, arousal, dominance)
        The mood the person returns to.
    """

    expressiveness: float
    agreeableness: float
    baseline: tuple[float, float, float]


@dataclass(frozen=True, slots=True)
class Person:
    """One participant.

    Attributes
    ----------
    name : str
    face : int
        Seed of the looks (:func:`echo_bench.simulator.identity.identity`).
    voice : str
        Recipe of the synthetic voice (``tools/dyad_mini_voices.toml``).
    personality : Personality
    """

    name: str
    face: int
    voice: str
    personality: Personality


def draw_personality(name: str) -> Personality:
    """The personality of a person of that name.

    Examples
    --------
    >>> draw_personality("mara") == draw_personality("mara")
    True
    """
    # Of a few streams tried, one by which no trait of this cast happens to go with age, sex or skin: 52 people are few.
    rng = stream("traits", name)
    return Personality(
        expressiveness=float(rng.uniform(0.6, 1.3)),
        agreeableness=float(rng.uniform(0.0, 1.0)),
        baseline=(float(rng.uniform(0.0, 0.2)), float(rng.uniform(-0.1, 0.1)), float(rng.uniform(-0.1, 0.2))),
    )


@cache
def read_people() -> dict[str, Person]:
    """All participants by name."""
    table = tomllib.loads((files("echo_bench.simulator") / "people.toml").read_text("utf-8"))
    return {name: Person(name, row["face"], row["voice"], draw_personality(name)) for name, row in table.items()}

"""A cast that can be told apart, and stays the same."""

from collections import Counter

import numpy as np
import pytest

from echo_bench.simulator.asset import load_rig
from echo_bench.simulator.hair import grow
from echo_bench.simulator.hairstyles import STYLES
from echo_bench.simulator.identity import identity
from echo_bench.simulator.rig import rest
from echo_bench.simulator.traits import GARMENTS, HAIR_FEMALE, HAIR_MALE, SCENES

CAST = [identity(seed) for seed in range(48)]


def test_equal_seeds_are_equal_people():
    assert identity(7) == identity(7)
    assert len(set(CAST)) == len(CAST)


def test_golden_person_has_not_moved():
    """Drawn once with numpy 2.4 and never moved since: people are part of dyad-mini's version."""
    person = identity(4)
    assert (person.female, person.hair.style, person.clothes.garment, person.scene) == (
        True,
        "bun",
        "turtleneck",
        "curtain",
    )
    assert person.age == pytest.approx(38.864, abs=0.001)
    assert person.ethnicity == pytest.approx((0.1787, 0.0083, 0.8130), abs=0.0001)


@pytest.mark.parametrize("start", [0, 8, 24])
def test_a_run_of_seeds_is_a_varied_cast(start):
    cast = CAST[start : start + 24]
    assert sum(person.female for person in cast) == 12
    assert min(Counter(int(np.argmax(person.ethnicity)) for person in cast).values()) >= 6
    assert len({person.hair.style for person in cast}) >= 14
    assert len({person.scene for person in cast}) == len(SCENES)
    assert len({person.clothes.garment for person in cast}) == len(GARMENTS)
    assert 2 <= sum(person.glasses != "none" for person in cast) <= 12
    assert np.ptp([person.age for person in cast]) > 20


def test_names_are_known_to_those_who_use_them():
    known = set(load_rig().shapes.names)
    for person in CAST:
        assert {name for name, _ in person.shape} <= known
        assert sum(person.ethnicity) == pytest.approx(1.0)
    assert set(HAIR_FEMALE) | set(HAIR_MALE) == set(STYLES)


def test_faces_differ_in_shape():
    """Distance between skulls-aligned faces: millimetres apart for any two people, zero for the same."""
    face = (load_rig().follow == 255) & (load_rig().neutral[:, 2] < -0.05)
    faces = np.array([rest(person)[face] for person in CAST[:24]])
    apart = np.sqrt(((faces[:, None] - faces[None]) ** 2).sum(axis=-1)).mean(axis=-1)
    assert apart[~np.eye(24, dtype=bool)].min() > 0.0012
    assert np.diag(apart).max() == 0.0


@pytest.mark.parametrize("seed", range(16))
def test_hair_covers_the_crown_and_leaves_the_face_free(seed):
    """No strand hangs before eyes, nose or mouth; only a fringe may cross the forehead."""
    hair = grow(CAST[seed])
    if CAST[seed].hair.style == "bald":
        assert len(hair.points) == 0
        return
    x, y, z = hair.points.T
    assert np.isfinite(hair.points).all()
    assert len(hair.points) % hair.count == 0
    assert (y < -0.11).sum() > 100
    before_the_face = (np.abs(x) < 0.035) & (y > -0.03) & (y < 0.06) & (z < -0.06)
    assert before_the_face.mean() < 0.002


def test_refuses_a_negative_seed():
    with pytest.raises(ValueError, match="must not be negative"):
        identity(-1)

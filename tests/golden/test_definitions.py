"""No id changes its meaning, and nothing public vanishes, without somebody saying so (docs/stability.md)."""

from __future__ import annotations

import json
from dataclasses import asdict, replace

import pytest

from echo_bench import __version__
from echo_bench.metrics import METRICS
from tests.golden import definitions
from tests.golden.definitions import INTERFACE, PROTOCOLS, digest


@pytest.fixture(scope="module")
def recorded() -> dict:
    return json.loads(PROTOCOLS.read_text("utf-8"))


@pytest.fixture(scope="module")
def present() -> dict[str, str]:
    return definitions.protocols()


def test_no_definition_changed(recorded, present):
    """A changed definition is a new id; the old one may only go when it names its successor."""
    wrong = []
    for name, entry in recorded["protocols"].items():
        successor = entry["successor"]
        if successor is not None and successor not in present:
            wrong.append(f"{name} points to {successor}, which is not there")
        elif name not in present and successor is None:
            wrong.append(f"{name} is gone and names no successor")
        elif name in present and present[name] != entry["definition"]:
            wrong.append(f"{name} means something else than before: give the new meaning an id of its own")
    assert wrong == []


def test_a_release_lists_everything(recorded, present):
    """New ids may wait for the next release; the version in both files says which one they are of."""
    assert recorded["version"] == __version__
    assert INTERFACE.read_text("utf-8").startswith(f"# {__version__}\n")
    assert len(set(present) & set(recorded["protocols"])) > 100


def test_nothing_public_vanished():
    lines = INTERFACE.read_text("utf-8").strip().split("\n")[1:]
    assert len(lines) > 500
    assert definitions.broken(lines, definitions.interface()) == []


@pytest.mark.parametrize(
    ("old", "new", "serves"),
    [
        ("m.f(a, b=1)", "m.f(a, b=1, c=2)", True),
        ("m.f(a, *, k=1)", "m.f(a, *, j=0, k=1)", True),
        ("m.f(a, b=(1, 2))", "m.f(a, b=(1, 2), *, k=1)", True),
        ("m.f(a, b=1)", "m.f(a, b=2)", False),
        ("m.f(a, b=1)", "m.f(a, c, b=1)", False),
        ("m.f(a)", "m.f(a, c)", False),
        ("m.f(a, b)", "m.f(a)", False),
        ("m.f(a, *, k=1)", "m.f(a)", False),
        ("m.f(a, k=1)", "m.f(a, *, k=1)", False),
        ("m.f(a)", "m.g(a)", False),
        ("method x", "method y", False),
    ],
)
def test_an_interface_may_grow_and_not_change(old, new, serves):
    assert (definitions.broken([old], [new]) == []) is serves


@pytest.mark.parametrize(
    "change",
    [{"unit": "x"}, {"target": 3.0}, {"range": (0.0, 2.0)}, {"min_clips": 7}, {"aggregation": "set"}, {"requires": ()},
     {"signature": (("K", "41"),)}],
)  # fmt: skip
def test_every_part_of_a_definition_counts(change):
    info = METRICS.get("psnr@piq").info
    assert digest(asdict(info)) != digest(asdict(replace(info, **change)))

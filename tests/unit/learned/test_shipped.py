"""Checkpoints that ship: whole, small, of the recipes in the code; and the training command makes equal bytes twice."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from echo_bench.cli.train_command import Material, fit, learner
from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import FOLDER, read_card, restore
from echo_bench.methods.learned.method import Learned, parameters
from tests.unit.learned.corpora import corpus

LEARNED = [
    name for name in METHODS if isinstance(kind := METHODS.get(name), type) and issubclass(kind, Learned) and kind.ships
]


@pytest.mark.parametrize("name", LEARNED)
def test_every_learned_method_ships_trained_by_the_recipe_in_its_file(name):
    kind, path = learner(name), FOLDER / f"{name}.safetensors"
    network = kind.network()
    card = restore(network, path)
    assert path.stat().st_size <= 1_000_000
    assert card.recipe == asdict(kind.recipe)
    assert (card.seed, card.steps) == (0, kind.recipe.steps)
    assert card.parameters == parameters(network)
    assert card.dataset == "dyad-mini@1/train"
    assert card.command.startswith(f"echo-bench train {name} --dataset dyad-mini --seed 0 --out ")
    assert len(card.commit) == 40


def test_nothing_else_ships():
    names = sorted(path.name for path in FOLDER.iterdir())
    baselines = [f"{name}.{suffix}" for name in LEARNED for suffix in ("safetensors", "json", "csv")]
    assert names == sorted([*baselines, "echo-tiny.safetensors", "echo-tiny.json"])


@pytest.mark.parametrize("name", ["rlhg-lstm", "l2l-vq"])
def test_the_same_command_makes_the_same_bytes(name, tmp_path):
    kind = learner(name)
    recipe = replace(kind.recipe, steps=3, batch=2, window=64, check_every=2)
    material = Material("toy@1/train", "00", corpus(), corpus(2), "cpu")
    cards = []
    for out in (tmp_path / "one", tmp_path / "two"):
        path = fit(kind, material, recipe, 7, out, "the command", lambda _what, _done, _total: None)
        cards.append(read_card(path))
    assert cards[0].sha256 == cards[1].sha256
    assert cards[0].curve == cards[1].curve
    assert (cards[0].seed, cards[0].steps, cards[0].command) == (7, 3, "the command")
    other = fit(kind, material, recipe, 8, tmp_path / "other", "the command", lambda _what, _done, _total: None)
    assert read_card(other).sha256 != cards[0].sha256

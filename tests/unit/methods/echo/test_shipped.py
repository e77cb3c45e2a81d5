"""The checkpoint of the reference model that ships: whole, small, of the recipe in the code."""

from __future__ import annotations

from dataclasses import asdict

import torch
from echo_model.config import config
from echo_model.export import load
from echo_model.sdcm import numbers
from echo_model.train import RECIPES

from echo_bench.methods.echo.method import EchoTiny
from echo_bench.methods.learned.checkpoint import FOLDER, read_card

PATH = FOLDER / "echo-tiny.safetensors"


def test_it_ships_trained_by_the_recipes_in_the_code():
    card, model = read_card(PATH), load(PATH)
    assert PATH.stat().st_size <= 12_000_000
    assert model.config == config("echo-tiny")
    assert (card.method, card.version, card.dataset) == ("echo-tiny", EchoTiny.version, "dyad-mini@1/train")
    assert card.recipe == {name: asdict(recipe) for name, recipe in RECIPES.items()}
    assert (card.seed, card.steps) == (0, sum(recipe.steps for recipe in RECIPES.values()))
    assert card.parameters == numbers(model)
    assert card.command == "python -m tools.train_echo --models echo-tiny"
    assert len(card.commit) == 40


def test_its_numbers_are_finite_and_no_part_is_as_it_began():
    """Parts that training starts at zero, so that they change nothing yet, have learnt."""
    model = load(PATH)
    assert all(value.isfinite().all() for value in model.state_dict().values())
    began = (model.generator.leave.weight, model.generator.feeling.weight, model.vae.move.weight)
    assert all(torch.count_nonzero(value) > 0.5 * value.numel() for value in began)

"""Mechanism of edtalk: three orthogonal banks, each of which can be asked by another source."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
import torch

from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.edtalk import COLUMNS, SIZES, BanksNetwork
from echo_bench.methods.learned.trainer import Recipe, Trainer
from tests.unit.learned.untrained import network
from tests.unit.methods.learned.toys import batch, chance, change, drawn, example, trained, without

SOURCES = ("mouth", "pose", "expression")


def moving(seed: int) -> Example:
    """Every column moves by itself."""
    rng = np.random.default_rng(seed)
    return replace(example(seed, 60), target=rng.normal(size=(60, 61)).astype(np.float32))


@cache
def taught() -> BanksNetwork:
    """Trained by the trainer of the suite, whose rate ends at zero."""
    torch.manual_seed(0)
    recipe = Recipe(steps=120, batch=8, window=50, rate=2e-2, warmup=10)
    with TemporaryDirectory() as folder:
        trainer = Trainer(BanksNetwork(), [moving(seed) for seed in range(16)], [], recipe, 0, Path(folder))
        return trainer.run().network


def motion(seed: int) -> torch.Tensor:
    """Standardised motion (1, 60, 61) that was not trained on."""
    return taught().motion(torch.from_numpy(moving(seed).target))[None]


@pytest.mark.parametrize("make", [lambda: network("edtalk"), taught], ids=["random", "trained"])
def test_all_rows_are_orthonormal(make):
    net = make()
    rows = torch.cat(net.banks())
    assert [len(bank) for bank in net.banks()] == SIZES
    assert change(rows @ rows.T, torch.eye(sum(SIZES))) < 1e-4


def leakage(net, source: str) -> float:
    """Share of what changes outside its columns when one source is exchanged."""
    given, sources = batch(net, 60), dict(zip(SOURCES, (motion(50), motion(51), motion(52)), strict=True))
    with torch.inference_mode():
        changed = net.sample(given, chance(), **{**sources, source: motion(53)}) - net.sample(
            given, chance(), **sources
        )
    own = COLUMNS[SOURCES.index(source)]
    rest = [column for column in range(61) if column not in own]
    return float(changed[..., rest].norm() / changed[..., own].norm())


@pytest.mark.parametrize("source", SOURCES)
def test_another_source_changes_its_own_columns_alone(source):
    assert leakage(taught(), source) < 0.05
    assert (
        leakage(network("edtalk"), source) > 0.5
    )  # which the exchange in training brings about, and not the banks as such


def test_a_bank_keeps_what_it_can_hold():
    """The pose has as many columns as its bank has rows: it passes unchanged."""
    with torch.inference_mode():
        made = taught().sample(batch(taught(), 60), chance(), pose=motion(50))
    pose = COLUMNS[1]
    torch.testing.assert_close(made[..., pose], motion(50)[..., pose], rtol=0.2, atol=0.2)


def test_the_voice_drives_what_has_no_other_source():
    net = network("edtalk")
    given = batch(net, 60)
    assert change(drawn(net, given), drawn(net, without(given, "avatar_audio"))) > 1e-3
    sources = dict.fromkeys(SOURCES, torch.randn(1, 60, 61, generator=chance()))
    with torch.inference_mode():
        made, silent = (net.sample(x, chance(), **sources) for x in (given, without(given, "avatar_audio")))
    assert made.equal(silent)


def talking(seed: int) -> Example:
    """Every column follows the voice in a way of its own."""
    base, way = example(seed, 60), np.random.default_rng(9).normal(size=61)
    return replace(base, target=(0.1 * base.inputs.avatar_audio[:, :1] * way).astype(np.float32))


def test_the_weights_of_a_voice_are_learned():
    net = trained("edtalk", [talking(seed) for seed in range(32)], 80, window=50, batch=8)
    made = drawn(net, batch(net, 60))[0, :, COLUMNS[1][0]]
    truth = net.motion(torch.from_numpy(talking(50).target))[:, COLUMNS[1][0]]
    assert np.corrcoef(made, truth)[0, 1] > 0.7

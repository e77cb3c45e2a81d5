"""Tiny training, and what tests of mechanisms ask of a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from echo_bench.methods import METHODS
from echo_bench.methods.learned.corpus import Batch, Example, collate, draw
from echo_bench.methods.learned.network import Network
from tests.unit.learned.corpora import corpus, example


def trained(
    name: str, examples: Sequence[Example], steps: int, *, window: int, batch: int = 6, rate: float = 3e-3
) -> Network:
    """A method's network after some steps; always the same."""
    torch.manual_seed(0)
    network: Network = METHODS.get(name).network()  # type: ignore[attr-defined]
    network.fit_scales(examples)
    optimiser = torch.optim.AdamW(network.parameters(), rate)
    for step in range(steps):
        terms = network.loss(network.standardised(draw(examples, batch, window, np.random.default_rng(step))))
        optimiser.zero_grad()
        torch.stack(list(terms.values())).sum().backward()  # type: ignore[no-untyped-call]
        optimiser.step()
    return network.eval()


def batch(network: Network, frames: int = 80, seed: int = 50) -> Batch:
    """A conversation that was not trained on, standardised, to be generated."""
    given = network.standardised(collate([example(seed, frames)]))
    return replace(given, target=given.target[:, :0], emotion=given.emotion[:, :0])


def chance(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


@torch.inference_mode()
def drawn(network: Network, given: Batch, seed: int = 0) -> Tensor:
    """What a network makes, standardised."""
    return network.sample(given, chance(seed))


def without(given: Batch, *streams: str) -> Batch:
    """The batch with some streams at zero: the mean of the train split."""
    return replace(given, **{stream: torch.zeros_like(getattr(given, stream)) for stream in streams})


def change(one: Tensor, other: Tensor) -> float:
    """Largest difference."""
    return float((one - other).detach().abs().max())


__all__ = ["batch", "chance", "change", "corpus", "drawn", "example", "trained", "without"]

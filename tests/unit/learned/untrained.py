"""Networks with random weights in which every path is live, so that what can leak does."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch

from echo_bench.methods import METHODS
from echo_bench.methods.learned.checkpoint import Card, write
from echo_bench.methods.learned.corpus import Example
from echo_bench.methods.learned.method import Learned
from echo_bench.methods.learned.network import Network
from tests.unit.learned.corpora import corpus


def learned() -> tuple[str, ...]:
    """Names of all methods that learn on the common trunk."""
    kinds = {name: METHODS.get(name) for name in METHODS}
    return tuple(name for name, kind in kinds.items() if isinstance(kind, type) and issubclass(kind, Learned))


def network(name: str, examples: Sequence[Example] | None = None, seed: int = 0) -> Network:
    """The network of a method with the scales of `examples`; what starts at zero (gates, first tokens, means) is moved off it."""
    torch.manual_seed(seed)
    made = METHODS.get(name).network().eval()  # type: ignore[attr-defined]
    made.fit_scales(examples or corpus())
    with torch.no_grad():
        for weight in made.parameters():
            weight.add_(0.1 * torch.randn_like(weight))
        for kept in made.buffers():
            if kept.is_floating_point() and not kept.any():
                kept.copy_(torch.randn_like(kept))
    return made  # type: ignore[no-any-return]


def checkpoint(name: str, folder: Path, examples: Sequence[Example], seed: int = 0) -> Path:
    """Such a network as a checkpoint that the method finds."""
    card = Card(
        method=name, version="1", dataset="random@1/train", manifest_sha256="00", recipe={}, seed=seed, steps=0,
        parameters=1, seconds=0.0, device="cpu", losses={"train": 0.0, "val": None}, curve=[], commit="", command="",
    )  # fmt: skip
    return write(network(name, examples, seed), card, folder)

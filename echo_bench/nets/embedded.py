"""Weights that lie in the package: small nets trained by the suite itself, float16 in ``assets/NAME.safetensors``, a card beside each.

``python -m tools.train_specialists NAME`` makes them anew; ``assets/NAME.json`` says from what, docs/metrics/embedded-nets.md what they are
worth.
"""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from torch import nn

Net = TypeVar("Net", bound="nn.Module")


def asset(name: str) -> Path:
    """The weight file of an embedded net."""
    return Path(str(files("echo_bench.nets"))) / "assets" / f"{name}.safetensors"


@cache
def digest(name: str) -> str:
    """sha256 of the weight file of an embedded net."""
    return hashlib.sha256(asset(name).read_bytes()).hexdigest()


def filled(net: Net, name: str) -> Net:
    """`net` with the weights of the embedded net `name`, in float32, for inference."""
    from echo_bench.nets.loading import fold_norms, load_state

    net.load_state_dict({key: value.float() for key, value in load_state(asset(name)).items()})
    fold_norms(net.eval())
    return net

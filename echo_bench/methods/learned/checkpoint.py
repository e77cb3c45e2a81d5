"""Checkpoints: float16 safetensors with a card beside them that says where they come from.

``NAME.safetensors`` holds the exponential moving average of a network, ``NAME.json`` the card. The card carries the sha256 of the
weights; the two are never used apart.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, ValidationError
from safetensors.torch import load, save

from echo_bench.errors import WeightsHashError, WeightsMissingError
from echo_bench.methods.learned.network import Network

FOLDER = Path(__file__).with_name("weights")
OWN_FOLDER = "ECHO_BENCH_CHECKPOINTS"


class Card(BaseModel):
    """Where a checkpoint comes from.

    Attributes
    ----------
    method, version : str
    dataset, manifest_sha256 : str
        ``name@version/split`` and its lock.
    recipe : dict
        What the trainer was told.
    seed, steps, parameters : int
    seconds : float
        Of training, on `device`.
    device : str
    losses : dict
        Final values: ``train``, ``val`` (None without a val split).
    curve : list of (step, train, val)
    commit, command : str
        The code and the command that made it.
    sha256 : str
        Of the safetensors file.
    limits : str
        What it was found not to do once it was scored, and why; empty before.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    method: str
    version: str
    dataset: str
    manifest_sha256: str
    recipe: dict[str, Any]
    seed: int
    steps: int
    parameters: int
    seconds: float
    device: str
    losses: dict[str, float | None]
    curve: list[tuple[int, float, float | None]]
    commit: str
    command: str
    sha256: str = ""
    limits: str = ""


def write(network: Network, card: Card, folder: Path) -> Path:
    """Write weights and card, each atomically; returns the path of the weights."""
    state = {name: value.detach().cpu().contiguous() for name, value in network.state_dict().items()}
    halves = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    path = folder / f"{card.method}.safetensors"
    folder.mkdir(parents=True, exist_ok=True)
    _replace(path, save(halves))
    describe(card, path)
    return path


def describe(card: Card, path: Path) -> None:
    """Write the card of the weights that lie at `path`, with their sha256."""
    full = card.model_copy(update={"sha256": hashlib.sha256(path.read_bytes()).hexdigest()})
    _replace(path.with_suffix(".json"), (json.dumps(full.model_dump(mode="json"), sort_keys=True) + "\n").encode())


def find(method: str) -> Path:
    """The weights of a method: in ``$ECHO_BENCH_CHECKPOINTS``, else those that ship with the suite.

    Raises
    ------
    WeightsMissingError
        When there are none.
    """
    own = os.environ.get(OWN_FOLDER)
    for folder in ([Path(own)] if own else []) + [FOLDER]:
        if (path := folder / f"{method}.safetensors").is_file():
            return path
    raise WeightsMissingError(
        f"{method} has not been trained",
        where=OWN_FOLDER,
        fix=f"`echo-bench train {method} --dataset dyad-mini --out DIR`, then set {OWN_FOLDER}=DIR",
    )


def read_card(path: Path) -> Card:
    """The card of the weights at `path`.

    Raises
    ------
    WeightsHashError
        When there is none, it is malformed, or it belongs to other weights.
    """
    try:
        card = Card.model_validate_json(path.with_suffix(".json").read_bytes())
    except (OSError, ValidationError) as error:
        raise WeightsHashError(f"has no readable card: {error}", where=path) from error
    if card.sha256 != hashlib.sha256(path.read_bytes()).hexdigest():
        raise WeightsHashError("is not the file that its card describes", where=path, fix="train or install it again")
    return card


def restore(network: Network, path: Path) -> Card:
    """Load weights into a network, in float32.

    Raises
    ------
    WeightsHashError
        When card and weights do not belong together, or the weights are of another network.
    """
    card = read_card(path)
    state = {
        name: value.float() if value.dtype is torch.float16 else value
        for name, value in load(path.read_bytes()).items()
    }
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise WeightsHashError(f"holds another network: {error}", where=path, fix="train it again") from error
    return card


def _replace(path: Path, data: bytes) -> None:
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    part.write_bytes(data)
    os.replace(part, path)

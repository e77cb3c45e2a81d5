"""A trained model as one file: float16 safetensors that carry the configuration, so that a file is enough to build the model."""

from __future__ import annotations

import dataclasses
import json
import os
from dataclasses import replace
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from echo_model.config import EchoConfig, LcuConfig, Switches, VaeConfig
from echo_model.model import OWN, Echo
from echo_model.pretrained import Encoders


def save(model: Echo, path: Path) -> None:
    """Write a model; the file appears whole or not at all."""
    state = {name: value.detach().cpu().contiguous() for name, value in model.state_dict().items()}
    halves = {name: value.half() if value.is_floating_point() else value for name, value in state.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    save_file(halves, part, {"config": json.dumps(dataclasses.asdict(model.config), sort_keys=True)})
    os.replace(part, path)


def load(path: Path, encoders: Encoders = OWN) -> Echo:
    """Read a model, in float32 and ready to sample; `encoders` are those that it was trained with, for they are not in the file.

    Raises
    ------
    ValueError
        When the file is no model of this version, or has other encoders.
    """
    try:
        with safe_open(path, "pt") as file:
            model = Echo(config_from(json.loads(file.metadata()["config"])), encoders)
            model.load_state_dict({name: floated(file.get_tensor(name)) for name in file.keys()})  # noqa: SIM118
    except (SafetensorError, KeyError, TypeError, RuntimeError) as error:
        raise ValueError(f"{path} is no ECHO model of this version: {error}") from error
    return model.eval()


def config_from(values: dict[str, object]) -> EchoConfig:
    """The configuration that ``dataclasses.asdict`` took apart.

    Examples
    --------
    >>> config_from(dataclasses.asdict(EchoConfig())) == EchoConfig()
    True
    """
    parts = {"vae": VaeConfig, "lcu": LcuConfig, "switches": Switches}
    made = EchoConfig(**{name: parts[name](**x) if name in parts else x for name, x in values.items()})  # type: ignore[arg-type]
    return replace(made, encoders=tuple(made.encoders))


def floated(value: torch.Tensor) -> torch.Tensor:
    """Numbers in float32; counts as they are."""
    return value.float() if value.is_floating_point() else value

"""Encoders and classifiers of the Hugging Face hub, by id, run by `transformers` where that is installed (``echo-bench[hub]``).

A model is a folder as `save_pretrained` writes it. It is looked for in the folder named by ``ECHO_BENCH_WEIGHTS``, under the last part of
its id, then in the hub's own cache; never on the network: ``huggingface-cli download ID`` brings it. Only safetensors are read. Pictures
are prepared here, not by the model's processor, since the numerics of those change with the packages that happen to be installed.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from echo_bench.errors import UnavailableError, WeightsMissingError
from echo_bench.nets.resize import as_images, bicubic_pil

FILES = ("config.json", "preprocessor_config.json", "model.safetensors")
IMAGENET = ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model on this disk.

    Attributes
    ----------
    folder : Path
    sha256 : str
        Of its configuration and its parameters, together.
    """

    folder: Path
    sha256: str

    def settings(self, file: str) -> dict[str, Any]:
        """One of its json files; empty where it has none."""
        path = self.folder / file
        found: dict[str, Any] = json.loads(path.read_text("utf-8")) if path.is_file() else {}
        return found

    def open(self, kind: str) -> Any:
        """The model in eval mode, float32, as class `kind` of `transformers`."""
        made = getattr(import_module("transformers"), kind)
        return made.from_pretrained(
            self.folder, local_files_only=True, use_safetensors=True, dtype=torch.float32
        ).eval()


def find(id_: str) -> HubModel:
    """The model called `id_`.

    Parameters
    ----------
    id_ : str
        As on the hub: ``facebook/dinov2-large``.

    Raises
    ------
    UnavailableError
        When `transformers` is not installed.
    WeightsMissingError
        When the model is not on this disk.
    """
    if find_spec("transformers") is None:
        raise UnavailableError(f"{id_} needs transformers, which is not installed", fix="pip install 'echo-bench[hub]'")
    folder = _folder(id_)
    if folder is None or not (folder / "model.safetensors").is_file():
        raise WeightsMissingError(
            f"the model {id_} is not here (model.safetensors)",
            where=folder,
            fix=f"run: huggingface-cli download {id_}; or put its folder, named {id_.rpartition('/')[2]}, into ECHO_BENCH_WEIGHTS",
        )
    digest = hashlib.sha256()
    for file in FILES:
        if (folder / file).is_file():
            digest.update(hashlib.sha256((folder / file).read_bytes()).digest())
    return HubModel(folder, digest.hexdigest())


def pictures(model: HubModel, frames: Tensor) -> Tensor:
    """Frames as the model wants them: squeezed to its side with PIL's antialiased bicubic, its mean and deviation taken off.

    Parameters
    ----------
    model : HubModel
    frames : Tensor of shape (N, H, W, 3), uint8

    Returns
    -------
    Tensor of shape (N, 3, side, side), float32
        FD over DINOv2 is computed so (Stein et al., NeurIPS 2023, dgm-eval): no crop, the aspect is not kept.
    """
    settings = model.settings("preprocessor_config.json")
    size = settings.get("crop_size") or settings.get("size") or {}
    side = size if isinstance(size, int) else size.get("height") or size.get("shortest_edge") or 224
    mean, deviation = (
        settings.get(key, default) for key, default in zip(("image_mean", "image_std"), IMAGENET, strict=True)
    )
    column = partial(torch.tensor, device=frames.device, dtype=torch.float32)
    scaled = bicubic_pil(as_images(frames), (side, side)).clamp(0, 255) / 255
    return (scaled - column(mean)[:, None, None]) / column(deviation)[:, None, None]


def _folder(id_: str) -> Path | None:
    local = os.environ.get("ECHO_BENCH_WEIGHTS")
    if local and (Path(local) / id_.rpartition("/")[2]).is_dir():
        return Path(local) / id_.rpartition("/")[2]
    cached = import_module("huggingface_hub").try_to_load_from_cache(id_, "config.json")
    return Path(cached).parent if isinstance(cached, str) else None

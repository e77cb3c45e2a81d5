"""Pretrained encoders in the place of the small ones: a video autoencoder of `diffusers`, language models of `transformers`.

They are frozen, and no part of a checkpoint: who loads a model brings the same encoders (:func:`read_encoders`).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from echo_model.config import TIME, EchoConfig, VaeConfig
from echo_model.vae import Autoencoder


class Frozen(nn.Module):
    """A pretrained net beside a module: it moves with it, and is no part of its numbers, its state and its training.

    Parameters
    ----------
    net : nn.Module

    Examples
    --------
    >>> frozen = Frozen(nn.Linear(2, 2))
    >>> list(frozen.parameters()), len(frozen.state_dict()), frozen.double().net.weight.dtype
    ([], 0, torch.float64)
    """

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self._held = (net.eval().requires_grad_(False),)  # in a tuple, for a module would be registered

    @property
    def net(self) -> Any:
        """The net; of a class that this package does not know."""
        return self._held[0]

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Frozen:
        self.net._apply(fn, recurse)
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        return self


@dataclass(frozen=True, slots=True)
class Language:
    """A model of `transformers` and its tokeniser."""

    net: nn.Module
    tokeniser: Any


@dataclass(frozen=True, slots=True)
class Encoders:
    """What is pretrained; None is the small part of our own.

    Attributes
    ----------
    video : nn.Module
        A causal video autoencoder of `diffusers` that makes 1 + 4 n frames to 1 + n latents of an eighth of the size, as
        ``AutoencoderKLWan`` and ``AutoencoderKLHunyuanVideo`` do.
    understanding : Language
        Body (``AutoModel``) of a language model, multimodal or not, that takes ``inputs_embeds``: HBCU.
    language, text : Language
        Causal language model that says what the user feels, and the encoder that reads it: LAU. Both, or none.

    Raises
    ------
    ValueError
        When one of `language` and `text` is missing.
    """

    video: nn.Module | None = None
    understanding: Language | None = None
    language: Language | None = None
    text: Language | None = None

    def __post_init__(self) -> None:
        if (self.language is None) != (self.text is None):
            raise ValueError("`language` and `text` go together: one writes what the other reads")

    @property
    def parts(self) -> tuple[str, ...]:
        """Names of those that are there."""
        return tuple(field.name for field in fields(self) if getattr(self, field.name) is not None)


def with_encoders(config: EchoConfig, encoders: Encoders) -> EchoConfig:
    """The configuration of a model that has these encoders."""
    return replace(config, encoders=encoders.parts)


def read_encoders(folder: Path) -> Encoders:
    """The encoders in the folders ``video``, ``understanding``, ``language`` and ``text`` of a folder; those that are there.

    Each is as ``save_pretrained`` wrote it. Nothing is downloaded.

    Raises
    ------
    ValueError
        When the folder holds none of them.
    ModuleNotFoundError
        When `diffusers` or `transformers` is not installed (``echo-bench[echo]``).
    """
    found = {field.name: folder / field.name for field in fields(Encoders) if (folder / field.name).is_dir()}
    if not found:
        raise ValueError(f"{folder} holds none of the folders video, understanding, language, text")
    video = _read_video(found.pop("video")) if "video" in found else None
    return Encoders(video, **{name: _read(name, path) for name, path in found.items()})


def _read_video(path: Path) -> nn.Module:
    from diffusers import AutoModel  # slow, and not needed by the small models

    net: nn.Module = AutoModel.from_pretrained(str(path), local_files_only=True)
    return net


def _read(name: str, path: Path) -> Language:
    import transformers  # slow, and not needed by the small models

    kinds = {"understanding": "AutoModel", "language": "AutoModelForCausalLM", "text": "AutoModelForTextEncoding"}
    kind = getattr(transformers, kinds[name])
    tokeniser = transformers.AutoTokenizer.from_pretrained(path, local_files_only=True)
    return Language(kind.from_pretrained(path, local_files_only=True, dtype="auto"), tokeniser)


class PretrainedVae(Autoencoder):
    """A causal video autoencoder of `diffusers`.

    Such nets give the first frame a latent of its own. So a frame goes before a clip, and its latent is left out: n latents stand for
    4 n frames here, too.

    Parameters
    ----------
    config : VaeConfig
    net : nn.Module

    Raises
    ------
    ValueError
        When its latents are not those that `config` speaks of.
    """

    context = 4
    """Its many convolutions over time see further: with few, windows join less well; each costs as much as a latent of the window."""

    def __init__(self, config: VaeConfig, net: nn.Module) -> None:
        super().__init__(config)
        self.frozen = Frozen(net)
        blank = torch.zeros(1, 3, 64, 64, device=next(net.parameters()).device)
        with torch.no_grad():
            found = tuple(self._moments(blank[:, None].expand(-1, TIME, -1, -1, -1), blank)[0].shape[1:])
        if found != (1, config.channels, 8, 8):
            raise ValueError(
                f"the video autoencoder makes {TIME} frames of 64 x 64 pixels to latents {found}, and the model needs"
                f" (1, {config.channels}, 8, 8): latents, channels, height, width"
            )

    def _moments(self, video: Tensor, reference: Tensor) -> tuple[Tensor, Tensor]:
        # The reference image is not looked at.
        clip = torch.cat([video[:, :1], video], dim=1).transpose(1, 2)
        found = self.frozen.net.encode(clip.to(self.frozen.net.dtype)).latent_dist
        mean, log_variance = (x.to(video.dtype)[:, :, 1:].transpose(1, 2) for x in (found.mean, found.logvar))
        return mean, log_variance

    def _pictures(self, latents: Tensor, reference: Tensor, before: Tensor | None) -> Tensor:
        first = latents[:, :1] if before is None else before  # the reference image is not looked at
        clip = torch.cat([first, latents], dim=1).transpose(1, 2)
        video: Tensor = self.frozen.net.decode(clip.to(self.frozen.net.dtype)).sample.to(latents.dtype)
        return video.transpose(1, 2)[:, -TIME * latents.shape[1] :].clamp(-1, 1)

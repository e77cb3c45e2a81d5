"""Reading published weights: state dicts only, never code; and folding what can be folded."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval

from echo_bench.errors import EchoBenchError


def load_state(path: Path) -> dict[str, Tensor]:
    """The tensors of a weight file, on the CPU.

    Parameters
    ----------
    path : Path
        ``.safetensors``, or whatever `torch.save` wrote: a state dict, or a dict that holds one as ``state_dict``.

    Returns
    -------
    dict of str to Tensor

    Raises
    ------
    EchoBenchError
        When the file cannot be read without running code from it, or holds something else.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder) / "net.pth"
    ...     torch.save({"state_dict": {"fc.bias": torch.ones(2)}}, path)
    ...     load_state(path)
    {'fc.bias': tensor([1., 1.])}
    """
    try:
        found = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except (UnpicklingError, SafetensorError, RuntimeError, EOFError) as error:
        raise _not_weights(path, f"cannot be read as weights: {str(error).splitlines()[0]}") from error
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not found or not all(isinstance(value, Tensor) for value in found.values()):
        raise _not_weights(path, f"holds no state dict but a {type(found).__name__}")
    return dict(found)


def fold_norms(net: nn.Module, conv: str = "conv", norm: str = "bn") -> None:
    """Fold every batch norm into the convolution before it: the same function in fewer passes over memory.

    Parameters
    ----------
    net : nn.Module
        In eval mode. Its submodules that have both attributes are changed in place.
    conv, norm : str
        Attribute names of the pair.

    Notes
    -----
    Outputs move by rounding alone (about 1e-7, relative). State dicts load before this, not after.
    """
    for module in net.modules():
        if isinstance(getattr(module, norm, None), nn.BatchNorm2d | nn.BatchNorm3d):
            setattr(module, conv, fuse_conv_bn_eval(getattr(module, conv), getattr(module, norm)))
            setattr(module, norm, nn.Identity())


def _not_weights(path: Path, what: str) -> EchoBenchError:
    return EchoBenchError(what, where=path, fix="put the official file in its place")

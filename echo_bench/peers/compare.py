"""What a comparison with a named package is, and the random parameters that both sides get."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from echo_bench.errors import UnavailableError
from echo_bench.peers.torchvision_repair import repair_torchvision

Frames = NDArray[np.uint8]
TOLERANCE = 1e-5
"""``||a - b|| / ||b||`` per tensor above which two implementations are not the same net."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A named package that has one of our nets.

    Attributes
    ----------
    name : str
        As it is installed.
    module : str
        As it is imported.
    install : str
        The line that brings it.
    compare : callable
        Takes frames (N, H, W, 3) uint8 RGB, returns the relative difference of each output.
    needs_torchvision : bool
    """

    name: str
    module: str
    install: str
    compare: Callable[[Frames], Mapping[str, float]]
    needs_torchvision: bool = False

    def run(self, frames: Frames) -> dict[str, float]:
        """The comparison.

        Raises
        ------
        UnavailableError
            When the package is not installed, or cannot be imported.
        """
        wanted = [self.module, "torchvision"] if self.needs_torchvision else [self.module]
        missing = [name for name in wanted if find_spec(name) is None]
        if missing:
            raise UnavailableError(f"{', '.join(missing)} not installed", fix=self.install)
        try:
            if self.needs_torchvision:
                repair_torchvision()
            import_module(self.module)
            with torch.inference_mode():
                return dict(self.compare(frames))
        except ImportError as error:
            raise UnavailableError(f"{self.name} cannot be imported: {error}", fix=self.install) from error


def randomised(net: nn.Module, seed: int = 0) -> Mapping[str, Tensor]:
    """The state dict of a net after every parameter and every norm's statistics were drawn anew; magnitudes stay near 1 through depth."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            for tensor, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5)):
                if tensor is not None:
                    tensor.uniform_(low, high, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.uniform_(-0.2, 0.2, generator=generator)
        elif isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=generator)
            if module.bias is not None:
                module.bias.data.uniform_(-0.1, 0.1, generator=generator)
    return net.state_dict()


def relative(ours: Tensor, theirs: Tensor) -> float:
    """``||a - b|| / ||b||`` of two tensors of one shape.

    Raises
    ------
    ValueError
        When the shapes differ.

    Examples
    --------
    >>> relative(torch.tensor([3.0, 4.0]), torch.tensor([3.0, 5.0])) == 1 / 34**0.5
    True
    """
    if ours.shape != theirs.shape:
        raise ValueError(f"ours has shape {tuple(ours.shape)}, theirs {tuple(theirs.shape)}")
    return float((ours.double() - theirs.double()).norm() / theirs.double().norm())


@contextmanager
def replaced(module: ModuleType, name: str, value: Any) -> Iterator[None]:
    """Stand `value` in for an attribute of a module: how a package that only knows how to download is handed parameters."""
    before = getattr(module, name)
    setattr(module, name, value)
    try:
        yield
    finally:
        setattr(module, name, before)


def odd(frames: Frames) -> Frames:
    """The same frames without their last rows and columns: odd, and not square."""
    height, width = (size - 1 + size % 2 for size in (frames.shape[1], 2 * frames.shape[2] // 3))
    return np.ascontiguousarray(frames[:, :height, :width])

"""Nets for tests: parameters drawn at random, with batch norms that do something, so that a wrong layer shows."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn


def randomised(net: nn.Module, seed: int = 0) -> Mapping[str, Tensor]:
    """The state dict of a net after every parameter and every norm's statistics were drawn anew; magnitudes stay near 1 through depth."""
    generator = torch.Generator().manual_seed(seed)
    for module in net.modules():
        if isinstance(module, nn.BatchNorm2d | nn.BatchNorm3d):
            for tensor, low, high in ((module.running_mean, -0.2, 0.2), (module.running_var, 0.5, 1.5)):
                assert tensor is not None
                tensor.uniform_(low, high, generator=generator)
            module.weight.data.uniform_(0.5, 1.5, generator=generator)
            module.bias.data.uniform_(-0.2, 0.2, generator=generator)
        elif isinstance(module, nn.Conv2d | nn.Conv3d | nn.Linear):
            nn.init.kaiming_normal_(module.weight, generator=generator)
            if module.bias is not None:
                module.bias.data.uniform_(-0.1, 0.1, generator=generator)
    return net.state_dict()


def relative(ours: Tensor, theirs: Tensor) -> float:
    """``||a - b|| / ||b||`` of two tensors of one shape."""
    assert ours.shape == theirs.shape
    a, b = ours.detach().double(), theirs.detach().double()
    return float((a - b).norm() / b.norm())

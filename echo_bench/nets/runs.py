"""A torch net as a function of arrays, which is what :class:`echo_bench.extractors.batched.Batches` calls."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from echo_bench.nets.device import device, inference, is_fast, reduced, upload

Run = Callable[[NDArray[Any]], NDArray[np.float32]]


def on_device(
    net: nn.Module, forward: Callable[[Tensor], Tensor], memory: torch.memory_format = torch.channels_last
) -> Run:
    """Move `net` to the chosen device and wrap `forward`, which calls it, in the arithmetic that holds now.

    Parameters
    ----------
    net : nn.Module
        In eval mode from then on.
    forward : callable
        From the batch on the device, as it was decoded, to one row per input.
    memory : torch.memory_format
        Of the parameters; `torch.channels_last_3d` for convolutions over time.
    """
    place = device()
    fast = is_fast()
    net.eval().to(place, memory_format=memory)  # type: ignore[call-overload]

    def run(batch: NDArray[Any]) -> NDArray[np.float32]:
        with inference(), reduced(place) if fast else nullcontext():
            return np.asarray(forward(upload(batch, place)).float().cpu().numpy(), np.float32)

    return run

"""Flow matching on motion: straight paths from noise to data, and Euler steps along the learned velocity.

Lipman et al., arXiv 2210.02747, with the straight path x_t = (1 - t) noise + t data, whose velocity is data - noise.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

Velocity = Callable[[Tensor, Tensor], Tensor]
"""Velocity (B, L, D) at x (B, L, D) and times (B, L)."""


def flow_loss(velocity: Velocity, data: Tensor, times: Tensor | None = None) -> Tensor:
    """Mean squared error of the velocity at random times; `times` (B, L) gives each frame its own."""
    if times is None:
        times = torch.rand(data.shape[0], 1, device=data.device).expand(data.shape[:2])
    start = torch.randn_like(data)
    at = torch.lerp(start, data, times[..., None])
    return F.mse_loss(velocity(at, times), data - start)


def integrate(velocity: Velocity, start: Tensor, steps: int) -> Tensor:
    """Data (B, L, D) reached from noise in equal Euler steps.

    Examples
    --------
    >>> goal = torch.ones(1, 2, 3)
    >>> reached = integrate(lambda x, t: (goal - x) / (1 - t[..., None]), torch.zeros(1, 2, 3), 4)
    >>> torch.allclose(reached, goal)
    True
    """
    x = start
    for k in range(steps):
        x = x + velocity(x, torch.full(x.shape[:2], k / steps, device=x.device)) / steps
    return x

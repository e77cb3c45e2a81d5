"""The one training loop, and how what it gives is written down."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

LOGGED = 20


@dataclass(slots=True)
class Training:
    """How a net is trained.

    Attributes
    ----------
    net : nn.Module
        What is kept.
    loss : callable
        Of a step's number.
    judge : callable
        What the val split says of the net, by name.
    steps : int
    rate : float
        Highest learning rate; it rises for a tenth of the steps and falls as a cosine.
    helpers : nn.Module, optional
        Layers that are trained beside the net and thrown away.
    """

    net: nn.Module
    loss: Callable[[int], Tensor]
    judge: Callable[[], Mapping[str, float]]
    steps: int
    rate: float = 2e-3
    helpers: nn.Module = field(default_factory=nn.Module)


def train(plan: Training) -> list[tuple[int, float, float]]:
    """Train, printing as it goes; nets compute in bfloat16, what they are fed and judged by in float32.

    Returns
    -------
    list of (step, mean loss since the last entry, seconds)
    """
    everything = [p for p in (*plan.net.parameters(), *plan.helpers.parameters()) if p.requires_grad]
    descent = torch.optim.AdamW(everything, plan.rate, weight_decay=0.02)
    course = torch.optim.lr_scheduler.OneCycleLR(descent, plan.rate, plan.steps, pct_start=0.1)
    curve, total, started = [], 0.0, time.perf_counter()
    plan.net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    plan.net.train()
    every = max(1, plan.steps // LOGGED)
    for step in range(1, plan.steps + 1):
        with torch.autocast("cpu", torch.bfloat16):
            loss = plan.loss(step)
        descent.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(everything, 5.0)
        descent.step()
        course.step()
        total += float(loss.detach())
        if step % every == 0:
            curve.append((step, total / every, time.perf_counter() - started))
            print(f"step {step} loss {total / every:.4f} {curve[-1][2]:.0f} s", flush=True)
            total = 0.0
    plan.net.eval()
    return curve


def save(net: nn.Module, path: Path) -> None:
    """Write a net's state as float16, and take it back from there: what is judged is what is kept."""
    state = {
        name: tensor.half().contiguous() if tensor.is_floating_point() else tensor
        for name, tensor in net.state_dict().items()
    }
    save_file(state, path)
    net.load_state_dict(
        {name: tensor.float() if tensor.is_floating_point() else tensor for name, tensor in state.items()}
    )


def correlation(a: Tensor, b: Tensor) -> Tensor:
    """Pearson correlation (D,) of the columns of two tensors (N, D); NaN for a column that is constant."""
    a, b = a - a.mean(dim=0), b - b.mean(dim=0)
    return (a * b).sum(dim=0) / (a.norm(dim=0) * b.norm(dim=0))

"""Selective state-space scans (Mamba, arXiv 2312.00752, section 3) in plain torch.

A scan reads a sequence and keeps a state of fixed size: ``h_t = a_t * h_{t-1} + b_t``, elementwise, with ``a_t`` in (0, 1) chosen by the
input. It is computed in parallel over time by recursive doubling (Hillis and Steele, CACM 1986), and can be continued: the last state of
one window is the first of the next, so an endless history costs no more memory than a short one.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

CHUNK = 32  # what is scanned in parallel fits a processor's cache


def sequential_scan(decay: Tensor, drive: Tensor, start: Tensor) -> Tensor:
    """All states, one after the other: the definition.

    Parameters
    ----------
    decay, drive : Tensor of shape (B, L, ...)
    start : Tensor of shape (B, ...)
        The state before the first step.

    Returns
    -------
    Tensor of shape (B, L, ...)
    """
    states, state = [], start
    for t in range(decay.shape[1]):
        state = decay[:, t] * state + drive[:, t]
        states.append(state)
    return torch.stack(states, dim=1)


def parallel_scan(decay: Tensor, drive: Tensor, start: Tensor) -> Tensor:
    """The same as :func:`sequential_scan` in log2(L) steps over the whole sequence.

    Examples
    --------
    >>> decay, drive, start = torch.full((1, 4), 0.5), torch.ones(1, 4), torch.zeros(1)
    >>> parallel_scan(decay, drive, start).tolist()
    [[1.0, 1.5, 1.75, 1.875]]
    """
    length, reach = decay.shape[1], 1
    drive = torch.cat([drive[:, :1] + decay[:, :1] * start[:, None], drive[:, 1:]], dim=1)
    while reach < length:
        # A step of length `reach` joined to the one that ends where it begins.
        drive = torch.cat([drive[:, :reach], drive[:, reach:] + decay[:, reach:] * drive[:, :-reach]], dim=1)
        decay = torch.cat([decay[:, :reach], decay[:, reach:] * decay[:, :-reach]], dim=1)
        reach *= 2
    return drive


def chunked_scan(decay: Tensor, drive: Tensor, start: Tensor) -> Tensor:
    """The same in parallel within chunks, one chunk after the other: a long sequence costs no more per step than a short one.

    Examples
    --------
    >>> decay, drive, start = torch.rand(1, 200), torch.randn(1, 200), torch.zeros(1)
    >>> torch.allclose(chunked_scan(decay, drive, start), sequential_scan(decay, drive, start), atol=1e-5)
    True
    """
    states: Tensor = _Scan.apply(decay, drive, start)  # type: ignore[no-untyped-call]
    return states


def _by_chunks(decay: Tensor, drive: Tensor, start: Tensor) -> Tensor:
    parts: list[Tensor] = []
    for some in zip(torch.split(decay, CHUNK, dim=1), torch.split(drive, CHUNK, dim=1), strict=True):
        parts.append(parallel_scan(*some, start))
        start = parts[-1][:, -1]
    return torch.cat(parts, dim=1)


class _Scan(torch.autograd.Function):
    """The gradient of a scan is a scan from the end: a third of the time that the gradient of each of its steps takes."""

    @staticmethod
    def forward(ctx: Any, decay: Tensor, drive: Tensor, start: Tensor) -> Tensor:
        states = _by_chunks(decay, drive, start)
        ctx.save_for_backward(decay, states, start)
        return states

    @staticmethod
    def backward(ctx: Any, wanted: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        decay, states, start = ctx.saved_tensors
        later = torch.cat([decay[:, 1:], torch.zeros_like(decay[:, :1])], dim=1)
        drive = _by_chunks(later.flip(1), wanted.flip(1), torch.zeros_like(start)).flip(1)
        before = torch.cat([start[:, None], states[:, :-1]], dim=1)
        return drive * before, drive, decay[:, 0] * drive[:, 0]


class SelectiveScan(nn.Module):
    """A residual block with a selective scan over (B, L, width).

    Parameters
    ----------
    width, state : int

    Notes
    -----
    As in Mamba: step sizes, input and output maps depend on the input; decays start at -1 to -state per unit of step; a gate on the
    way out. There is no convolution: tokens here are already rich.
    """

    def __init__(self, width: int, state: int) -> None:
        super().__init__()
        self.state = state
        self.norm = nn.LayerNorm(width)
        self.enter = nn.Linear(width, 2 * width)
        self.choose = nn.Linear(width, width + 2 * state)
        self.rates = nn.Parameter(torch.log(torch.arange(1, state + 1, dtype=torch.float32)).repeat(width, 1))
        self.skip = nn.Parameter(torch.ones(width))
        self.leave = nn.Linear(width, width)
        # Steps between 0.001 and 0.1 at the start, so that states live for tens to thousands of tokens.
        spread = torch.exp(torch.rand(width) * (math.log(0.1) - math.log(0.001)) + math.log(0.001))
        with torch.no_grad():
            self.choose.bias[:width] = spread + torch.log(-torch.expm1(-spread))

    def first_state(self, rows: Tensor) -> Tensor:
        """The state before anything was seen, (B, width, state)."""
        return rows.new_zeros(len(rows), rows.shape[-1], self.state)

    def forward(self, rows: Tensor, state: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Rows after the block and the state after the last of them."""
        value, gate = self.enter(self.norm(rows)).chunk(2, dim=-1)
        step, write, read = self.choose(value).split([value.shape[-1], self.state, self.state], dim=-1)
        step = F.softplus(step)[..., None]
        decay = torch.exp(-step * self.rates.exp())
        drive = step * write[..., None, :] * value[..., None]
        states = chunked_scan(decay, drive, self.first_state(rows) if state is None else state)
        out = (states * read[..., None, :]).sum(-1) + self.skip * value
        return rows + self.leave(out * F.silu(gate)), states[:, -1]

"""Building blocks of the learned methods: attention with a linear distance bias, causal convolution, conditioning by scale and shift.

Attention biases each head by its own multiple of the distance in time (ALiBi, arXiv 2108.12409), so that a network trained on windows
runs on clips of any length.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

DROPPED = 0.1  # share of what a step adds that is dropped in training


def distance_bias(heads: int, queries: int, keys: int, *, causal: bool, width: int | None = None) -> Tensor:
    """What is added to attention logits, (heads, queries, keys): minus slope times distance; minus infinity where nothing is seen.

    Parameters
    ----------
    heads, queries, keys : int
        Query ``i`` stands at key ``i + keys - queries``.
    causal : bool
        Later keys are not seen.
    width : int, optional
        Keys farther away than this are not seen.

    Examples
    --------
    >>> distance_bias(1, 2, 2, causal=True)[0].tolist()
    [[-0.0, -inf], [-0.00390625, -0.0]]
    """
    slopes = 2.0 ** (-8.0 * torch.arange(1, heads + 1) / heads)
    apart = torch.arange(queries)[:, None] + (keys - queries) - torch.arange(keys)[None]
    bias = -slopes[:, None, None] * apart.abs()
    hidden = torch.zeros(queries, keys, dtype=torch.bool)
    if causal:
        hidden |= apart < 0
    if width is not None:
        hidden |= apart.abs() > width
    return bias.masked_fill(hidden, -math.inf)


class Attention(nn.Module):
    """Multi-head attention of rows to the rows of `source`.

    Parameters
    ----------
    width, heads : int
    source_width : int, optional
        Width of what is attended to; `width` when absent.
    """

    def __init__(self, width: int, heads: int, source_width: int | None = None) -> None:
        super().__init__()
        self.heads = heads
        self.query = nn.Linear(width, width)
        self.key_value = nn.Linear(source_width or width, 2 * width)
        self.out = nn.Linear(width, width)

    def forward(self, rows: Tensor, source: Tensor, bias: Tensor) -> Tensor:
        """Rows (B, T, width) that attend to `source` (B, S, source_width) under `bias` (heads, T, S)."""
        query, (key, value) = self.query(rows), self.key_value(source).chunk(2, dim=-1)
        query, key, value = (x.unflatten(-1, (self.heads, -1)).transpose(1, 2) for x in (query, key, value))
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=bias.to(rows))
        return self.out(mixed.transpose(1, 2).flatten(2))  # type: ignore[no-any-return]


class Block(nn.Module):
    """Self-attention, optional cross-attention, feed-forward; pre-norm, with optional conditioning of the norms.

    Parameters
    ----------
    width, heads : int
    source_width : int, optional
        Width of what cross-attention looks at; no cross-attention when absent.
    condition : int, optional
        Width of a vector that scales and shifts the norms (AdaLN-zero, arXiv 2212.09748).
    """

    def __init__(
        self, width: int, heads: int = 4, source_width: int | None = None, condition: int | None = None
    ) -> None:
        super().__init__()
        parts = 2 + (source_width is not None)
        self.norms = nn.ModuleList(nn.LayerNorm(width, elementwise_affine=condition is None) for _ in range(parts))
        self.attend = Attention(width, heads)
        self.look = Attention(width, heads, source_width) if source_width is not None else None
        self.feed = nn.Sequential(nn.Linear(width, 2 * width), nn.GELU(), nn.Linear(2 * width, width))
        self.modulate = nn.Linear(condition, 3 * parts * width) if condition is not None else None
        if self.modulate is not None:
            nn.init.zeros_(self.modulate.weight)
            nn.init.zeros_(self.modulate.bias)

    def forward(
        self,
        rows: Tensor,
        bias: Tensor,
        source: Tensor | None = None,
        source_bias: Tensor | None = None,
        condition: Tensor | None = None,
        beside: Callable[[Tensor], Tensor] | None = None,
    ) -> Tensor:
        """Rows (B, T, width) after the block; `condition` is (B, T or 1, condition).

        What `beside` makes of the rows that look at the source is added to what they get from it (decoupled cross-attention).
        """
        steps: list[Callable[[Tensor], Tensor]] = [lambda x: self.attend(x, x, bias)]
        if (look := self.look) is not None and source is not None and source_bias is not None:
            steps.append(lambda x: look(x, source, source_bias) + (0.0 if beside is None else beside(x)))
        steps.append(self.feed)
        for norm, step, (shift, scale, gate) in zip(self.norms, steps, self._controls(condition), strict=True):
            rows = rows + gate * F.dropout(step(norm(rows) * (1.0 + scale) + shift), DROPPED, self.training)
        return rows

    def _controls(self, condition: Tensor | None) -> list[tuple[Tensor | float, ...]]:
        """Shift, scale and gate of each norm."""
        if self.modulate is None or condition is None:
            return [(0.0, 0.0, 1.0)] * len(self.norms)
        parts = self.modulate(F.silu(condition)).chunk(3 * len(self.norms), dim=-1)
        return [tuple(parts[3 * i : 3 * i + 3]) for i in range(len(self.norms))]


class CausalConv(nn.Module):
    """Convolution over time that sees `width` frames up to the present, or as many on either side.

    Parameters
    ----------
    inputs, outputs, width : int
        `width` is odd where it is not causal.
    causal : bool
    """

    def __init__(self, inputs: int, outputs: int, width: int = 5, *, causal: bool = True) -> None:
        super().__init__()
        self.pad = (width - 1, 0) if causal else (width // 2, width // 2)
        self.conv = nn.Conv1d(inputs, outputs, width)

    def forward(self, rows: Tensor) -> Tensor:
        """Rows (B, T, inputs) to (B, T, outputs)."""
        return self.conv(F.pad(rows.transpose(1, 2), self.pad)).transpose(1, 2)  # type: ignore[no-any-return]


class Moment(nn.Module):
    """Embeds a time of diffusion in [0, 1] as a vector of `width`, by sines of growing frequency."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.map = nn.Sequential(nn.Linear(32, width), nn.SiLU(), nn.Linear(width, width))

    def forward(self, time: Tensor) -> Tensor:
        """Times (...) to (..., width)."""
        angles = time[..., None] * (1000.0 ** (torch.arange(16, device=time.device) / 16)) * math.pi
        return self.map(torch.cat([angles.sin(), angles.cos()], dim=-1))  # type: ignore[no-any-return]

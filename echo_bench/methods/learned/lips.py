"""What networks of lips share: which columns lips are, how a voice is heard for them, and postures to choose from."""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.methods.learned.blocks import CausalConv
from echo_bench.methods.learned.features import AUDIO, MOTION
from echo_bench.spaces import ARKIT

LIPS = [k for k, name in enumerate(ARKIT) if name.startswith(("jaw", "mouth"))]
WIDTH = 96


def ear() -> nn.Sequential:
    """Sound (B, T, 52) to rows (B, T, width), each of which hears the 13 frames up to its own."""
    return nn.Sequential(CausalConv(AUDIO, WIDTH, 9), nn.GELU(), CausalConv(WIDTH, WIDTH, 5), nn.GELU())


def with_lips(lips: Tensor) -> Tensor:
    """Standardised motion (B, T, 61) of lips (B, T, lips); everything else at its mean."""
    motion = lips.new_zeros(*lips.shape[:2], MOTION)
    motion[..., LIPS] = lips
    return motion


def contrast(one: Tensor, other: Tensor, sharpness: float = 10.0) -> Tensor:
    """Mean loss of telling, for each frame of `one`, which frame of `other` is the same (InfoNCE, arXiv 1807.03748).

    Parameters
    ----------
    one, other : Tensor of shape (B, T, D)
        Frames are told from the others of their own window.

    Examples
    --------
    >>> rows = torch.eye(4)[None]
    >>> bool(contrast(rows, rows) < 0.01 < 1.3 < contrast(rows, torch.ones(1, 4, 4)))
    True
    """
    alike = sharpness * F.normalize(one, dim=-1) @ F.normalize(other, dim=-1).mT
    same = torch.arange(one.shape[1], device=one.device).expand(len(one), -1)
    return F.cross_entropy(alike.flatten(0, 1), same.flatten())


def far_apart(rows: Tensor, count: int) -> Tensor:
    """Numbers (count,) of rows (N, D) of which each is the farthest from those before it; repeated where there are too few.

    Examples
    --------
    >>> far_apart(torch.tensor([[0.0], [1.0], [5.0], [4.0]]), 3).tolist()
    [0, 2, 1]
    """
    chosen, distance = [0], (rows - rows[0]).norm(dim=1)
    while len(chosen) < count:
        chosen.append(int(distance.argmax()))
        distance = torch.minimum(distance, (rows - rows[chosen[-1]]).norm(dim=1))
    return torch.tensor(chosen, device=rows.device)

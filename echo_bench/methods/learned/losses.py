"""Losses that the learned methods share. All are of standardised motion (B, L, 61)."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn import functional as F


def motion_loss(pred: Tensor, target: Tensor, velocity: float = 1.0) -> dict[str, Tensor]:
    """Squared error of motion and of its frame differences (the two L2 terms of RLHG, arXiv 2112.13548, equation 3).

    Parameters
    ----------
    pred, target : Tensor of shape (B, L, D)
    velocity : float
        Weight of the differences.
    """
    return {
        "motion": F.mse_loss(pred, target),
        "velocity": velocity * F.mse_loss(pred.diff(dim=1), target.diff(dim=1)),
    }


def gaussian_kl(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Kullback-Leibler divergence of a diagonal normal from the standard one, mean over batch and dimensions.

    Examples
    --------
    >>> float(gaussian_kl(torch.zeros(2, 3), torch.zeros(2, 3)))
    0.0
    """
    return 0.5 * torch.mean(mean**2 + log_variance.exp() - 1.0 - log_variance)

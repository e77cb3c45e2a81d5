"""Losses that the learned methods share, of motion (B, L, 61): standardised, but for that of affect, which is of ``rig61`` itself."""

from __future__ import annotations

from functools import cache

import torch
from echo_metrics.rig_affect import COLUMNS, STEP, TOGETHER, WINDOW, readout
from torch import Tensor
from torch.nn import functional as F

SPAN = 75  # frames within which what is shown is compared: 3 s, about a stretch of listening
STILL = 1e-3  # variance that is added: of a face that hardly moves, nothing is asked


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


def affect_loss(pred: Tensor, target: Tensor) -> Tensor:
    """One minus the concordance (Lin, 1989) of displayed valence and arousal with the truth's, mean over spans of 3 s.

    A squared error is smallest for a face that shows too little; concordance is not, and it asks for the time course as well as for the
    level. The affect is that of :func:`echo_metrics.rig_affect.displayed_affect`.

    Parameters
    ----------
    pred, target : Tensor of shape (B, L, 61)
        ``rig61``, not standardised, of 15 frames or more. Frames after the last whole span do not count; what is shorter is one span.
    """
    span = min(SPAN, pred.shape[1])
    frames = pred.shape[1] // span * span
    one, other = (shown_affect(rows[:, :frames].reshape(-1, span, rows.shape[-1])) for rows in (pred, target))
    means = one.mean(-1, keepdim=True), other.mean(-1, keepdim=True)
    shared = ((one - means[0]) * (other - means[1])).mean(-1)
    apart = one.var(-1, correction=0) + other.var(-1, correction=0) + (means[0] - means[1]).squeeze(-1).pow(2)
    return 1.0 - torch.mean(2.0 * shared / (apart + STILL))


def shown_affect(motion: Tensor) -> Tensor:
    """Valence and arousal (B, 2, N) that motion (B, T, 61) shows where the window of its smoothing lies inside, 5 times a second.

    Without the intercept, which concordance takes out again.

    Examples
    --------
    >>> shown_affect(torch.zeros(1, 75, 61)).shape
    torch.Size([1, 2, 13])
    """
    weights, hann, single = _constants()
    means = [motion[..., columns].mean(-1) for columns in single.values()]
    named = dict(zip(single, means, strict=True))
    # No gradient flows at 0, where that of the root is infinite.
    both = [(named[a].clamp_min(1e-4) * named[b].clamp_min(1e-4)).sqrt() for a, b in TOGETHER]
    shown = torch.stack([*means, *both], dim=-1) @ weights.to(motion)
    return F.conv1d(shown.mT.flatten(0, 1)[:, None], hann.to(motion), stride=STEP).view(len(motion), 2, -1)


@cache
def _constants() -> tuple[Tensor, Tensor, dict[str, list[int]]]:
    """Weights of the readout (13, 2), the smoothing (1, 1, 15), and the columns of each coefficient."""
    offsets = torch.arange(WINDOW) - WINDOW // 2
    hann = 1.0 + torch.cos(2.0 * torch.pi * offsets / (WINDOW + 1))
    columns = {name: list(found) for name, found in COLUMNS.items()}
    return torch.from_numpy(readout()[0]).float(), (hann / hann.sum())[None, None], columns

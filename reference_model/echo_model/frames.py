"""Pictures as bytes, and as what the autoencoder takes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


def to_video(frames: NDArray[np.uint8]) -> Tensor:
    """Pictures (..., H, W, 3) uint8 as (..., 3, H, W) float in [-1, 1]."""
    return torch.from_numpy(np.array(frames)).movedim(-1, -3).float() / 127.5 - 1


def to_frames(video: Tensor) -> NDArray[np.uint8]:
    """Undoes :func:`to_video`, rounded.

    Examples
    --------
    >>> frames = np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1).repeat(3, -1)
    >>> bool((to_frames(to_video(frames)) == frames).all())
    True
    """
    levels = ((video.detach().float().cpu().clamp(-1, 1) + 1) * 127.5).round()
    return levels.to(torch.uint8).movedim(-3, -1).contiguous().numpy()

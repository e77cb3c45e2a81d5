"""Pictures as bytes, and as what the autoencoder takes."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional as F

LARGEST = 128  # pixels, each way, of pictures that eyes are shown


def to_video(frames: NDArray[np.uint8]) -> Tensor:
    """Pictures (..., H, W, 3) uint8 as (..., 3, H, W) float in [-1, 1]."""
    return floated(torch.from_numpy(np.array(frames)))


def floated(frames: Tensor) -> Tensor:
    """The same of a tensor."""
    return frames.movedim(-1, -3).float() / 127.5 - 1


def shrunk(pictures: Tensor) -> Tensor:
    """Pictures (..., H, W), at most LARGEST pixels high and wide."""
    if pictures.shape[-1] <= LARGEST:
        return pictures
    rows = F.interpolate(pictures.flatten(0, -4), size=(LARGEST, LARGEST), mode="area")
    return rows.view(*pictures.shape[:-2], LARGEST, LARGEST)


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

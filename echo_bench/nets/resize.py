"""Resizing as each protocol does it: the filter is part of the number (FID moves by more than 6 with it; clean-fid, CVPR 2022).

All functions take and give float tensors ``(B, C, H, W)`` and keep the range of their input.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor
from torch.nn import functional

from echo_bench.errors import EchoBenchError


def as_images(frames: Tensor) -> Tensor:
    """Frames as float32 images, values still 0 to 255, on the device they are on.

    Parameters
    ----------
    frames : Tensor of shape (B, H, W, 3), uint8
        RGB.

    Returns
    -------
    Tensor of shape (B, 3, H, W), float32

    Raises
    ------
    EchoBenchError
        When they are anything else: a net would take floats in [0, 1] or transposed frames without a word, and give other numbers.
    """
    if frames.dtype != torch.uint8 or frames.ndim != 4 or frames.shape[3] != 3:
        raise EchoBenchError(
            f"nets take uint8 RGB frames (B, H, W, 3); got {frames.dtype} {tuple(frames.shape)}",
            fix="hand over the decoded frames as they are, neither scaled nor transposed",
        )
    return frames.permute(0, 3, 1, 2).float()


def bilinear(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear between pixel centres, without antialiasing: pytorch-fid, the FVD code, `torch.nn.functional.interpolate`."""
    return functional.interpolate(images, size=size, mode="bilinear", align_corners=False)


def bilinear_tf1(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Bilinear as in TensorFlow 1: output pixel i reads at ``i * in / out``, so the picture shifts up and left.

    Notes
    -----
    Source: TensorFlow 1.x ``resize_bilinear`` with ``align_corners=False``; torch-fidelity repeats it for the original FID.
    """
    top, bottom, down = _tf1_taps(images.shape[2], size[0], images)
    left, right, across = _tf1_taps(images.shape[3], size[1], images)
    upper, lower = images[:, :, top], images[:, :, bottom]
    above = torch.lerp(upper[..., left], upper[..., right], across)
    below = torch.lerp(lower[..., left], lower[..., right], across)
    return torch.lerp(above, below, down[:, None])


def _tf1_taps(length: int, out: int, like: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """The two source rows of every output row, and how far it is between them."""
    at = torch.arange(out, dtype=like.dtype, device=like.device) * torch.tensor(length / out, dtype=torch.float32)
    first = at.long()
    return first, (first + 1).clamp_max(length - 1), at - first.to(like.dtype)


def bicubic_pil(images: Tensor, size: tuple[int, int]) -> Tensor:
    """Bicubic with antialiasing as PIL's ``resize(BICUBIC)`` of a float image (mode F): clean-fid.

    Notes
    -----
    torch's antialiased filter is PIL's (a = -0.5, support scaled with the reduction). Single precision leaves 4e-6 of the norm, double
    3e-8, which is the rounding of PIL's own float32 result; double costs no more. PIL is not clipped here: bicubic overshoots.
    """
    resized = functional.interpolate(images.double(), size=size, mode="bicubic", align_corners=False, antialias=True)
    return resized.float()


def cover_and_crop(images: Tensor, side: int) -> Tensor:
    """Scale the shorter side to `side` (bilinear), round the longer one up, and cut out the centre square.

    Notes
    -----
    Source: JunyaoHu/common_metrics_on_video_quality ``fvd/styleganv/fvd.py`` (from universome/fvd-comparison), ``preprocess_single``.
    """
    height, width = images.shape[-2:]
    scale = side / min(height, width)
    size = (side, math.ceil(width * scale)) if height < width else (math.ceil(height * scale), side)
    covered = bilinear(images, size)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    return covered[..., top : top + side, left : left + side]

"""S3FD, the face detector that the published lip-sync scores were cropped with.

:class:`S3FD` has the layers and names of the published file ``sfd_face.pth``, which loads with ``strict=True``; :func:`find_faces` is the
official detection around it: scale the frame, run the net, decode, suppress twice.

Sources: Zhang et al., "S3FD: single shot scale-invariant face detector", ICCV 2017; joonson/syncnet_python, detectors/s3fd (6efbb1c).
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from echo_bench.errors import MediaError
from echo_bench.faces.boxes import suppress
from echo_bench.faces.resize import resize_bilinear
from echo_bench.nets.device import inference

MEAN = (123.0, 117.0, 104.0)
"""Of the training pictures, RGB, taken from each frame."""

STRIDES = (4, 8, 16, 32, 64, 128)
"""Pixels between the anchors of each of the six heads; an anchor is a square of four times that."""

VARIANCES = (0.1, 0.2)
FIRST_OVERLAP, FIRST_KEPT = 0.3, 750
LAST_OVERLAP = 0.1
LEAST_SIDE = 32
"""Of the scaled frame: a smaller one leaves nothing to the deeper layers."""

# (out channels of each 3 x 3 convolution) per stage of VGG-16; stages end in pooling, the last in two dilated layers of their own.
STAGES = ((64, 64), (128, 128), (256, 256, 256), (512, 512, 512), (512, 512, 512))
NORMALISED = {16: "L2Norm3_3", 23: "L2Norm4_3", 30: "L2Norm5_3"}
"""Layers of `vgg` before which features are taken, normalised, to a head."""


class L2Norm(nn.Module):
    """Features scaled to unit length over channels, times a learned weight per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))

    def forward(self, features: Tensor) -> Tensor:
        """(N, C, H, W) to the same shape."""
        length = features.square().sum(dim=1, keepdim=True).sqrt() + 1e-10
        return self.weight[None, :, None, None] * (features / length)


class S3FD(nn.Module):
    """VGG-16 with six detection heads, as published."""

    def __init__(self) -> None:
        super().__init__()
        self.vgg = nn.ModuleList(_vgg())
        self.L2Norm3_3, self.L2Norm4_3, self.L2Norm5_3 = L2Norm(256), L2Norm(512), L2Norm(512)
        self.extras = nn.ModuleList(
            [
                nn.Conv2d(1024, 256, 1),
                nn.Conv2d(256, 512, 3, 2, 1),
                nn.Conv2d(512, 128, 1),
                nn.Conv2d(128, 256, 3, 2, 1),
            ]
        )
        widths = (256, 512, 512, 1024, 512, 256)
        self.loc = nn.ModuleList(nn.Conv2d(width, 4, 3, padding=1) for width in widths)
        # The head of the smallest faces has three scores for "no face", of which the highest counts.
        self.conf = nn.ModuleList(nn.Conv2d(width, 4 if k == 0 else 2, 3, padding=1) for k, width in enumerate(widths))

    def forward(self, frames: Tensor) -> tuple[Tensor, Tensor]:
        """Score all anchors.

        Parameters
        ----------
        frames : Tensor of shape (N, 3, H, W), float32
            RGB in 0..255, :data:`MEAN` taken off.

        Returns
        -------
        boxes : Tensor of shape (N, A, 4)
            Left, top, right, bottom, in units of the frame's width and height.
        scores : Tensor of shape (N, A)
            Probability of a face, in [0, 1].
        """
        maps = self._features(frames)
        regressed = torch.cat([_rows(head(x)) for head, x in zip(self.loc, maps, strict=True)], dim=1)
        first, *others = (head(x) for head, x in zip(self.conf, maps, strict=True))
        first = torch.cat([first[:, :3].amax(dim=1, keepdim=True), first[:, 3:]], dim=1)
        scores = torch.cat([_rows(x) for x in (first, *others)], dim=1).softmax(dim=2)[..., 1]
        height, width = frames.shape[2:]
        anchors = torch.cat([_anchors(x.shape[2:], width, height, s) for x, s in zip(maps, STRIDES, strict=True)])
        return _decode(regressed, anchors.to(frames.device)), scores

    def _features(self, x: Tensor) -> list[Tensor]:
        maps = []
        for index, layer in enumerate(self.vgg):
            if index in NORMALISED:
                maps.append(getattr(self, NORMALISED[index])(x))
            x = layer(x)
        maps.append(x)
        for index, layer in enumerate(self.extras):
            x = layer(x).relu()
            if index % 2:
                maps.append(x)
        return maps


def find_faces(net: S3FD, frame: NDArray[np.uint8], scale: float = 0.25, least: float = 0.9) -> NDArray[np.float64]:
    """The faces of a frame.

    Parameters
    ----------
    net : S3FD
    frame : ndarray of shape (H, W, 3), uint8
        RGB.
    scale : float, default 0.25
        The frame is looked at in this size; the official scripts use 0.25, at which faces under about 60 px are lost.
    least : float, default 0.9
        Lowest score of a face.

    Returns
    -------
    ndarray of shape (N, 5), float64
        Left, top, right, bottom in pixels of `frame`, and the score; best first.

    Raises
    ------
    MediaError
        When the scaled frame is smaller than 32 pixels.
    """
    height, width = frame.shape[:2]
    rows, columns = round(scale * height), round(scale * width)
    if min(rows, columns) < LEAST_SIDE:
        raise MediaError(
            f"a frame of {width} x {height} px is too small to look for faces in at {scale:g} of its size",
            fix=f"use videos of at least {LEAST_SIDE / scale:.0f} px a side, or the protocol syncnet-v2-memory",
        )
    small = resize_bilinear(frame, rows, columns, step=1 / scale)
    pixels = torch.from_numpy(small).to(next(net.parameters()).device).permute(2, 0, 1)[None].float()
    with inference():
        boxes, scores = net(pixels - torch.tensor(MEAN, device=pixels.device)[:, None, None])
    good = (scores[0] > least).cpu()
    found, score = boxes[0].cpu()[good].numpy(), scores[0].cpu()[good].numpy()
    # Twice, as in the official code, which is not the same as once with the lower value: a box that the second pass removes has
    # already removed its neighbours in the first.
    kept = suppress(found, score, FIRST_OVERLAP)[:FIRST_KEPT]
    pixel = found[kept].astype(np.float64) * (width, height, width, height)
    last = suppress(pixel, score[kept], LAST_OVERLAP)
    return np.column_stack([pixel[last], score[kept][last].astype(np.float64)])


def _vgg() -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = 3
    for index, stage in enumerate(STAGES):
        for outputs in stage:
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = outputs
        layers.append(nn.MaxPool2d(2, 2, ceil_mode=index == 2))
    dilated = nn.Conv2d(inputs, 1024, 3, padding=6, dilation=6)
    return [*layers, dilated, nn.ReLU(inplace=True), nn.Conv2d(1024, 1024, 1), nn.ReLU(inplace=True)]


def _rows(x: Tensor) -> Tensor:
    """(N, C, H, W) to (N, H * W, C)."""
    return x.flatten(2).transpose(1, 2)


def _anchors(cells: torch.Size, width: int, height: int, stride: int) -> Tensor:
    """Centre x, y, width and height of a head's anchors, (H * W, 4), in units of the frame."""
    y, x = torch.meshgrid(torch.arange(cells[0]) + 0.5, torch.arange(cells[1]) + 0.5, indexing="ij")
    centres = torch.stack([x.flatten() * stride / width, y.flatten() * stride / height], dim=1)
    return torch.cat([centres, torch.tensor([4 * stride / width, 4 * stride / height]).expand_as(centres)], dim=1)


def _decode(regressed: Tensor, anchors: Tensor) -> Tensor:
    centre = anchors[:, :2] + regressed[..., :2] * VARIANCES[0] * anchors[:, 2:]
    size = anchors[:, 2:] * torch.exp(regressed[..., 2:] * VARIANCES[1])
    return torch.cat([centre - size / 2, centre + size / 2], dim=-1)

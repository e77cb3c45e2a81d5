"""dlib's face recognition ResNet: 128 numbers per face, carried by a wheel of the package index.

29 layers on a 150 x 150 chip. Normalisations were folded to a gain and an offset per channel when it was saved. Layers that halve the
picture neither pad their convolution nor their average, so the two branches may differ by a row and a column, and in channels: the smaller
is filled with zeros.

Its cosines crowd near 1 (0.98 for one person, 0.83 for two): a CSIM over it spreads less than over ArcFace, and compares with no other.

Source: dlib, examples/dnn_face_recognition_ex.cpp; the chip: dlib, image_transforms/interpolation.h, get_face_chip_details.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.dlib_file import layers
from echo_bench.nets.resize import as_images

SIDE = 150
FEATURES = 128
MEAN = (122.782, 117.001, 104.298)
WIDTHS = ((32, False, 3), (64, True, 4), (128, True, 3), (256, True, 3), (256, True, 1))
"""Channels of each level, whether its first block halves the picture, and how many blocks it has."""


class Affine(nn.Module):
    """A gain and an offset per channel."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.gain = nn.Parameter(torch.ones(channels))
        self.offset = nn.Parameter(torch.zeros(channels))

    def forward(self, x: Tensor) -> Tensor:
        """``gain * x + offset``."""
        return x * self.gain[:, None, None] + self.offset[:, None, None]


class Residual(nn.Module):
    """Two convolutions beside a way past them."""

    def __init__(self, inputs: int, outputs: int, halves: bool) -> None:
        super().__init__()
        self.halves = halves
        self.conv1 = nn.Conv2d(inputs, outputs, 3, 2, 0) if halves else nn.Conv2d(inputs, outputs, 3, 1, 1)
        self.affine1 = Affine(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1)
        self.affine2 = Affine(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """The sum of both ways, rectified."""
        past = F.avg_pool2d(x, 2, 2) if self.halves else x
        y = self.affine2(self.conv2(F.relu(self.affine1(self.conv1(x)))))
        return F.relu(_filled(past, y) + _filled(y, past))


class DlibFace(nn.Module):
    """The net from a normalised chip (:func:`normalise`) to its embedding."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 32, 7, 2)
        self.affine = Affine(32)
        self.blocks = nn.Sequential(*_blocks())
        self.fc = nn.Linear(256, FEATURES, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 150, 150)`` to ``(N, 128)``."""
        x = F.max_pool2d(F.relu(self.affine(self.conv(x))), 3, 2)
        embedding: Tensor = self.fc(self.blocks(x).mean(dim=(2, 3)))
        return embedding


def normalise(chips: Tensor) -> Tensor:
    """RGB chips ``(N, 150, 150, 3)`` uint8 to what the net sees: ``(x - mean) / 256``, channels first."""
    return (as_images(chips) - torch.tensor(MEAN, device=chips.device)[:, None, None]) / 256


def load(path: Path) -> DlibFace:
    """The net with the parameters of ``dlib_face_recognition_resnet_model_v1.dat``.

    Raises
    ------
    WeightsHashError
        When the file holds no net of dlib.
    ValueError
        When it holds another one.
    """
    net = DlibFace().eval()
    wanted = [module for module in net.modules() if isinstance(module, nn.Conv2d | Affine | nn.Linear)]
    for module, (name, values) in zip(wanted, layers(path), strict=True):
        _fill(module, name, values)
    return net


def _fill(module: nn.Module, name: str, values: NDArray[np.float32]) -> None:
    """Copy one layer's flat tensor into it; dlib writes a fully connected layer as (inputs, outputs)."""
    expected = {nn.Conv2d: "con", Affine: "affine", nn.Linear: "fc"}[type(module)]
    if name != expected or values.size != sum(p.numel() for p in module.parameters()):
        raise ValueError(f"a layer {name} of {values.size} numbers stands where the net has {module}")
    flat = torch.from_numpy(values)
    with torch.no_grad():
        if isinstance(module, nn.Linear):
            module.weight.copy_(flat.reshape(module.in_features, module.out_features).T)
            return
        for parameter in module.parameters():
            parameter.copy_(flat[: parameter.numel()].reshape(parameter.shape))
            flat = flat[parameter.numel() :]


def _blocks() -> list[Residual]:
    blocks, inputs = [], WIDTHS[0][0]
    for width, halves, count in WIDTHS:
        for index in range(count):
            blocks.append(Residual(inputs, width, halves and index == 0))
            inputs = width
    return blocks


def _filled(x: Tensor, like: Tensor) -> Tensor:
    """`x` with zeros behind its last channel, row and column, to be no smaller than `like`."""
    (channels, height, width), (more, higher, wider) = x.shape[1:], like.shape[1:]
    return F.pad(x, (0, max(0, wider - width), 0, max(0, higher - height), 0, max(0, more - channels)))

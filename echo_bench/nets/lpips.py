"""LPIPS: the distance of two pictures in the layers of a classifier, weighted by human judgements.

The trunks (AlexNet, VGG-16, SqueezeNet 1.1) have the names of torchvision's files, of which only ``features.*`` is used; the linear heads
those of the `lpips` package. The net is part of the id: values of two trunks do not compare.

Source: Zhang et al., CVPR 2018; richzhang/PerceptualSimilarity, `lpips` 0.1.4, version 0.1 of the heads.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor, nn
from torch.nn import functional

from echo_bench.errors import EchoBenchError
from echo_bench.nets.resize import as_images

Trunk = Literal["alex", "vgg", "squeeze"]
SMALLEST = 32
"""Pixels of a side: AlexNet has nothing left of less."""
SHIFT = (-0.030, -0.088, -0.188)
SCALE = (0.458, 0.448, 0.450)
EPSILON = 1e-10  # keeps a dead pixel's features at 0


class Fire(nn.Module):
    """SqueezeNet's block: a narrow 1x1 layer, then 1x1 beside 3x3."""

    def __init__(self, inputs: int, narrow: int, wide: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, narrow, 1)
        self.expand1x1 = nn.Conv2d(narrow, wide, 1)
        self.expand3x3 = nn.Conv2d(narrow, wide, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, 2 wide, H, W)."""
        x = functional.relu(self.squeeze(x))
        return functional.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


def _alex() -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 11, 4, 2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    layers += [nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(), nn.MaxPool2d(3, 2)]
    for inputs, outputs in ((192, 384), (384, 256), (256, 256)):
        layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
    return layers


def _vgg() -> list[nn.Module]:
    layers: list[nn.Module] = []
    inputs = 3
    for outputs, depth in ((64, 2), (128, 2), (256, 3), (512, 3), (512, 3)):
        for _ in range(depth):
            layers += [nn.Conv2d(inputs, outputs, 3, padding=1), nn.ReLU()]
            inputs = outputs
        layers.append(nn.MaxPool2d(2, 2))
    return layers[:-1]


def _squeeze() -> list[nn.Module]:
    layers: list[nn.Module] = [nn.Conv2d(3, 64, 3, 2), nn.ReLU()]
    for stage in ([(64, 16, 64), (128, 16, 64)], [(128, 32, 128), (256, 32, 128)]):
        layers += [nn.MaxPool2d(3, 2, ceil_mode=True), *(Fire(*widths) for widths in stage)]
    last = [(256, 48, 192), (384, 48, 192), (384, 64, 256), (512, 64, 256)]
    return [*layers, nn.MaxPool2d(3, 2, ceil_mode=True), *(Fire(*widths) for widths in last)]


@dataclass(frozen=True, slots=True)
class _Taps:
    """After which layers a trunk is read, and how many channels it has there."""

    layers: tuple[int, ...]
    channels: tuple[int, ...]


MAKERS = {"alex": _alex, "vgg": _vgg, "squeeze": _squeeze}
TAPS = {
    "alex": _Taps((1, 4, 7, 9, 11), (64, 192, 384, 256, 256)),
    "vgg": _Taps((3, 8, 15, 22, 29), (64, 128, 256, 512, 512)),
    "squeeze": _Taps((1, 4, 7, 9, 10, 11, 12), (64, 128, 256, 384, 384, 512, 512)),
}


class Head(nn.Module):
    """A weight per channel; index 1 of `model`, since the published file has a dropout before it."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.model = nn.Sequential(nn.Identity(), nn.Conv2d(channels, 1, 1, bias=False))

    def forward(self, x: Tensor) -> Tensor:
        """(B, channels, H, W) to (B,): weighted sum, mean over the picture."""
        weighted: Tensor = self.model(x)
        return weighted.mean((1, 2, 3))


class Lpips(nn.Module):
    """LPIPS version 0.1.

    Parameters
    ----------
    trunk : {"alex", "vgg", "squeeze"}
        ``alex`` is what most papers print; ``vgg`` is the one used as a training loss.
    """

    def __init__(self, trunk: Trunk) -> None:
        super().__init__()
        self.features = nn.Sequential(*MAKERS[trunk]())
        self.taps = TAPS[trunk]
        for index, channels in enumerate(self.taps.channels):
            self.add_module(f"lin{index}", Head(channels))
        for name, values in (("shift", SHIFT), ("scale", SCALE)):
            self.register_buffer(name, torch.tensor(values)[:, None, None], persistent=False)

    def forward(self, a: Tensor, b: Tensor) -> Tensor:
        """Distance per pair.

        Parameters
        ----------
        a, b : Tensor of shape (B, 3, H, W)
            RGB in [-1, 1].

        Returns
        -------
        Tensor of shape (B,)
            0 for equal pictures, lower is more alike, no upper bound.
        """
        gaps = [(x - y) ** 2 for x, y in zip(self._read(a), self._read(b), strict=True)]
        distances = [self.get_submodule(f"lin{index}")(gap) for index, gap in enumerate(gaps)]
        return torch.stack(distances).sum(0)

    def _read(self, x: Tensor) -> list[Tensor]:
        """The tapped layers, each pixel's features of length 1."""
        x = (x - self.get_buffer("shift")) / self.get_buffer("scale")
        found = []
        for index, layer in enumerate(self.features):
            x = layer(x)
            if index in self.taps.layers:
                found.append(x / (x.square().sum(1, keepdim=True).sqrt() + EPSILON))
        return found


def for_lpips(frames: Tensor) -> Tensor:
    """Frames (B, H, W, 3) uint8 RGB at their size: (B, 3, H, W) float32 in [-1, 1].

    Raises
    ------
    EchoBenchError
        When a side is below 32 pixels, or as :func:`echo_bench.nets.resize.as_images`.
    """
    images = as_images(frames)
    if min(images.shape[2:]) < SMALLEST:
        raise EchoBenchError(
            f"LPIPS needs frames of at least {SMALLEST} x {SMALLEST} pixels; got {images.shape[3]} x {images.shape[2]}",
            fix="write the videos at the size of the truth",
        )
    return images / 127.5 - 1


def build(trunk: Trunk, features: Mapping[str, Tensor], heads: Mapping[str, Tensor]) -> Lpips:
    """The net with published parameters, in eval mode.

    Parameters
    ----------
    trunk : {"alex", "vgg", "squeeze"}
    features : mapping of str to Tensor
        Of torchvision's file; its classifier is left out.
    heads : mapping of str to Tensor
        Of the `lpips` package.
    """
    net = Lpips(trunk).eval()
    net.load_state_dict({name: value for name, value in features.items() if name.startswith("features.")} | dict(heads))
    return net

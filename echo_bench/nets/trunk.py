"""The trunk of the embedded nets: a small residual net, so shallow that a core does a thousand pictures per second.

Plain 3 x 3 convolutions with few channels: on a CPU they are three times as fast as depthwise ones of equal size.
Residual blocks: He et al., "Deep residual learning", CVPR 2016; the first layer cuts patches as in Liu et al., "A ConvNet for the 2020s",
CVPR 2022.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from torch import Tensor, nn
from torch.nn import functional as F

WIDTHS = (24, 48, 96)


class Conv(nn.Module):
    """Convolution and batch norm; :func:`echo_bench.nets.loading.fold_norms` makes one layer of them."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int = 1) -> None:
        super().__init__()
        padding = kernel // 2 if stride == 1 else 0
        self.conv = nn.Conv2d(inputs, outputs, kernel, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H / stride, W / stride)``."""
        return cast(Tensor, self.bn(self.conv(x)))


class Block(nn.Module):
    """Two convolutions beside the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = Conv(width, width, 3), Conv(width, width, 3)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, width, H, W)`` to the same."""
        return F.relu(x + self.second(F.relu(self.first(x))))


class Trunk(nn.Module):
    """Patches, then stages of one block each at half the resolution of the stage before.

    Parameters
    ----------
    inputs : int
        Channels of the picture.
    stem : int
        Side of the patches, pixels.
    widths : sequence of int
        Channels per stage.
    """

    def __init__(self, inputs: int, stem: int = 4, widths: Sequence[int] = WIDTHS) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before, step = inputs, stem
        for width in widths:
            layers += [Conv(before, width, step, step), nn.ReLU(), Block(width)]
            before, step = width, 2
        self.layers = nn.Sequential(*layers)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, widths[-1], H / s, W / s)`` with ``s = stem * 2 ** (stages - 1)``."""
        return cast(Tensor, self.layers(x))


class Reader(nn.Module):
    """A trunk, then one vector that still knows where things are: few channels per cell, flattened.

    Parameters
    ----------
    trunk : Trunk
    width : int
        Channels of the trunk's output.
    cells : int
        Cells of its map.
    features : int
        Length of the vector.
    """

    def __init__(self, trunk: Trunk, width: int, cells: int, features: int) -> None:
        super().__init__()
        narrow = width // 4
        self.trunk, self.squeeze = trunk, Conv(width, narrow, 1)
        self.join = nn.Linear(narrow * cells, features)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, features)``, not negative."""
        return F.relu(self.join(F.relu(self.squeeze(self.trunk(x))).flatten(1)))


def centred(pictures: Tensor) -> Tensor:
    """RGB pictures (N, H, W, 3) in 0..255 as (N, 3, H, W) float32 about 0: grey level 128 is 0, 255 is 2."""
    return (pictures.permute(0, 3, 1, 2).float() - 128) / 64


def framed(frames: Tensor, side: int) -> Tensor:
    """uint8 RGB frames (N, H, W, 3) scaled to cover a square and cut to it about their centre.

    Returns
    -------
    Tensor of shape (N, side, side, 3), float32
        In 0..255; bilinear and antialiased, so that a large frame does not alias.
    """
    height, width = frames.shape[1:3]
    scale = side / min(height, width)
    size = round(height * scale), round(width * scale)
    covered = F.interpolate(frames.permute(0, 3, 1, 2).float(), size=size, mode="bilinear", antialias=True)
    top, left = (size[0] - side) // 2, (size[1] - side) // 2
    return covered[:, :, top : top + side, left : left + side].permute(0, 2, 3, 1)

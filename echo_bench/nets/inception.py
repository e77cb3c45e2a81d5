"""The Inception-v3 of FID: TensorFlow's graph of 2015-12-05, pool3 features of 2048 channels, and what is done to a frame before it.

It differs from the textbook net (and from torchvision's) in three places: average pools do not count their padding, the last block
takes a maximum where the others average, and the classifier has 1008 outputs. Parameters have the names of
``pt_inception-2015-12-05-6726825d.pth``.

Preprocessing is part of the protocol, and values of two protocols do not compare:

* :func:`for_pytorch_fid` -- bilinear without antialiasing on [0, 1], then ``2 x - 1``. What most papers run.
* :func:`for_clean_fid` -- PIL's antialiased bicubic in float, clipped, then ``(x - 128) / 128``.
* :func:`for_torch_fidelity` -- TensorFlow 1's bilinear, then ``(x - 128) / 128``: the original FID; torchmetrics with ``antialias=False``.

Source: Szegedy et al., CVPR 2016; Heusel et al., NeurIPS 2017; mseitzer/pytorch-fid ``inception.py`` 0.3.0, toshas/torch-fidelity 0.4.0,
GaParmar/clean-fid 0.1.35 (which runs the same graph from NVIDIA's TorchScript).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional

from echo_bench.nets.loading import fold_norms
from echo_bench.nets.resize import as_images, bicubic_pil, bilinear, bilinear_tf1

SIDE = 299
CHANNELS = 2048


def for_pytorch_fid(frames: Tensor) -> Tensor:
    """Frames (B, H, W, 3) uint8 RGB as pytorch-fid's net sees them: (B, 3, 299, 299) float32 in [-1, 1]."""
    return 2 * bilinear(as_images(frames) / 255, (SIDE, SIDE)) - 1


def for_clean_fid(frames: Tensor) -> Tensor:
    """Frames (B, H, W, 3) uint8 RGB as clean-fid's net sees them: (B, 3, 299, 299) float32 in [-1, 0.99]."""
    return (bicubic_pil(as_images(frames), (SIDE, SIDE)).clamp(0, 255) - 128) / 128


def for_torch_fidelity(frames: Tensor) -> Tensor:
    """Frames (B, H, W, 3) uint8 RGB as torch-fidelity's net sees them: (B, 3, 299, 299) float32 in [-1, 0.99]."""
    return (bilinear_tf1(as_images(frames), (SIDE, SIDE)) - 128) / 128


PREPARATIONS = {"pytorch-fid": for_pytorch_fid, "clean-fid": for_clean_fid, "torch-fidelity": for_torch_fidelity}
"""Protocol -> its preprocessing."""


class ConvNorm(nn.Module):
    """Convolution without bias, batch norm, ReLU."""

    def __init__(
        self, inputs: int, outputs: int, kernel: int | tuple[int, int], stride: int = 1, *, same: bool = True
    ) -> None:
        super().__init__()
        sides = (kernel, kernel) if isinstance(kernel, int) else kernel
        padding = (sides[0] // 2, sides[1] // 2) if same else (0, 0)
        self.conv = nn.Conv2d(inputs, outputs, sides, stride, padding, bias=False)
        self.bn = nn.BatchNorm2d(outputs, eps=0.001)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, H, W) to (B, outputs, H', W')."""
        return functional.relu(self.bn(self.conv(x)), inplace=True)


def average(x: Tensor) -> Tensor:
    """3 x 3 mean whose padding does not count, as TensorFlow's."""
    return functional.avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False)


def halve(x: Tensor) -> Tensor:
    """3 x 3 maximum, stride 2."""
    return functional.max_pool2d(x, 3, stride=2)


class Mixed5(nn.Module):
    """Blocks 5b to 5d: 1x1, 5x5, double 3x3 and a pooled branch."""

    def __init__(self, inputs: int, pooled: int) -> None:
        super().__init__()
        self.branch1x1 = ConvNorm(inputs, 64, 1)
        self.branch5x5_1 = ConvNorm(inputs, 48, 1)
        self.branch5x5_2 = ConvNorm(48, 64, 5)
        self.branch3x3dbl_1 = ConvNorm(inputs, 64, 1)
        self.branch3x3dbl_2 = ConvNorm(64, 96, 3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, 3)
        self.branch_pool = ConvNorm(inputs, pooled, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, 35, 35) to (B, 224 + pooled, 35, 35)."""
        five = self.branch5x5_2(self.branch5x5_1(x))
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch1x1(x), five, double, self.branch_pool(average(x))], 1)


class Mixed6a(nn.Module):
    """Block 6a: halves the side."""

    def __init__(self, inputs: int) -> None:
        super().__init__()
        self.branch3x3 = ConvNorm(inputs, 384, 3, 2, same=False)
        self.branch3x3dbl_1 = ConvNorm(inputs, 64, 1)
        self.branch3x3dbl_2 = ConvNorm(64, 96, 3)
        self.branch3x3dbl_3 = ConvNorm(96, 96, 3, 2, same=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, 35, 35) to (B, 480 + inputs, 17, 17)."""
        double = self.branch3x3dbl_3(self.branch3x3dbl_2(self.branch3x3dbl_1(x)))
        return torch.cat([self.branch3x3(x), double, halve(x)], 1)


class Mixed6(nn.Module):
    """Blocks 6b to 6e: 7x7 convolutions as pairs of 1x7 and 7x1."""

    def __init__(self, inner: int) -> None:
        super().__init__()
        self.branch1x1 = ConvNorm(768, 192, 1)
        self.branch7x7_1 = ConvNorm(768, inner, 1)
        self.branch7x7_2 = ConvNorm(inner, inner, (1, 7))
        self.branch7x7_3 = ConvNorm(inner, 192, (7, 1))
        self.branch7x7dbl_1 = ConvNorm(768, inner, 1)
        self.branch7x7dbl_2 = ConvNorm(inner, inner, (7, 1))
        self.branch7x7dbl_3 = ConvNorm(inner, inner, (1, 7))
        self.branch7x7dbl_4 = ConvNorm(inner, inner, (7, 1))
        self.branch7x7dbl_5 = ConvNorm(inner, 192, (1, 7))
        self.branch_pool = ConvNorm(768, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 768, 17, 17) to the same."""
        seven = self.branch7x7_3(self.branch7x7_2(self.branch7x7_1(x)))
        double = self.branch7x7dbl_3(self.branch7x7dbl_2(self.branch7x7dbl_1(x)))
        double = self.branch7x7dbl_5(self.branch7x7dbl_4(double))
        return torch.cat([self.branch1x1(x), seven, double, self.branch_pool(average(x))], 1)


class Mixed7a(nn.Module):
    """Block 7a: halves the side."""

    def __init__(self) -> None:
        super().__init__()
        self.branch3x3_1 = ConvNorm(768, 192, 1)
        self.branch3x3_2 = ConvNorm(192, 320, 3, 2, same=False)
        self.branch7x7x3_1 = ConvNorm(768, 192, 1)
        self.branch7x7x3_2 = ConvNorm(192, 192, (1, 7))
        self.branch7x7x3_3 = ConvNorm(192, 192, (7, 1))
        self.branch7x7x3_4 = ConvNorm(192, 192, 3, 2, same=False)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 768, 17, 17) to (B, 1280, 8, 8)."""
        three = self.branch3x3_2(self.branch3x3_1(x))
        seven = self.branch7x7x3_4(self.branch7x7x3_3(self.branch7x7x3_2(self.branch7x7x3_1(x))))
        return torch.cat([three, seven, halve(x)], 1)


class Mixed7(nn.Module):
    """Blocks 7b and 7c: 3x3 convolutions split into 1x3 beside 3x1."""

    def __init__(self, inputs: int, *, maximum: bool) -> None:
        super().__init__()
        self.maximum = maximum
        self.branch1x1 = ConvNorm(inputs, 320, 1)
        self.branch3x3_1 = ConvNorm(inputs, 384, 1)
        self.branch3x3_2a = ConvNorm(384, 384, (1, 3))
        self.branch3x3_2b = ConvNorm(384, 384, (3, 1))
        self.branch3x3dbl_1 = ConvNorm(inputs, 448, 1)
        self.branch3x3dbl_2 = ConvNorm(448, 384, 3)
        self.branch3x3dbl_3a = ConvNorm(384, 384, (1, 3))
        self.branch3x3dbl_3b = ConvNorm(384, 384, (3, 1))
        self.branch_pool = ConvNorm(inputs, 192, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, 8, 8) to (B, 2048, 8, 8)."""
        three = self.branch3x3_1(x)
        double = self.branch3x3dbl_2(self.branch3x3dbl_1(x))
        # The maximum is a slip of the 2015 graph that every FID since carries.
        pooled = functional.max_pool2d(x, 3, stride=1, padding=1) if self.maximum else average(x)
        split = [self.branch3x3_2a(three), self.branch3x3_2b(three)]
        split += [self.branch3x3dbl_3a(double), self.branch3x3dbl_3b(double)]
        return torch.cat([self.branch1x1(x), *split, self.branch_pool(pooled)], 1)


class FidInception(nn.Module):
    """Inception-v3 up to pool3.

    Examples
    --------
    >>> with torch.inference_mode():
    ...     FidInception().eval()(torch.zeros(1, 3, 299, 299)).shape
    torch.Size([1, 2048])
    """

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = ConvNorm(3, 32, 3, 2, same=False)
        self.Conv2d_2a_3x3 = ConvNorm(32, 32, 3, same=False)
        self.Conv2d_2b_3x3 = ConvNorm(32, 64, 3)
        self.Conv2d_3b_1x1 = ConvNorm(64, 80, 1)
        self.Conv2d_4a_3x3 = ConvNorm(80, 192, 3, same=False)
        self.Mixed_5b = Mixed5(192, 32)
        self.Mixed_5c = Mixed5(256, 64)
        self.Mixed_5d = Mixed5(288, 64)
        self.Mixed_6a = Mixed6a(288)
        self.Mixed_6b = Mixed6(128)
        self.Mixed_6c = Mixed6(160)
        self.Mixed_6d = Mixed6(160)
        self.Mixed_6e = Mixed6(192)
        self.Mixed_7a = Mixed7a()
        self.Mixed_7b = Mixed7(1280, maximum=False)
        self.Mixed_7c = Mixed7(2048, maximum=True)
        self.fc = nn.Linear(CHANNELS, 1008)  # in the published file; no distance reads it

    def forward(self, x: Tensor) -> Tensor:
        """Features of prepared images.

        Parameters
        ----------
        x : Tensor of shape (B, 3, 299, 299)
            From one of the preprocessing functions.

        Returns
        -------
        Tensor of shape (B, 2048)
        """
        x = halve(self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x))))
        x = halve(self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x)))
        x = self.Mixed_5d(self.Mixed_5c(self.Mixed_5b(x)))
        x = self.Mixed_6e(self.Mixed_6d(self.Mixed_6c(self.Mixed_6b(self.Mixed_6a(x)))))
        x = self.Mixed_7c(self.Mixed_7b(self.Mixed_7a(x)))
        return x.mean((2, 3))


def build(state: Mapping[str, Tensor]) -> FidInception:
    """The net with the parameters of ``pt_inception-2015-12-05-6726825d.pth``, its norms folded, in eval mode."""
    net = FidInception().eval()
    net.load_state_dict(state)
    fold_norms(net)
    return net

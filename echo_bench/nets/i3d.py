"""I3D trained on Kinetics-400, 400 logits per window of frames: the net of FVD; and what is done to a window before it.

Two published files hold it: VideoGPT's state dict ``i3d_pretrained_400.pt`` (:func:`build`, the names of piergiaj/pytorch-i3d), and
StyleGAN-V's ``i3d_torchscript.pt`` (:func:`load_script`), which resizes and scales by itself when asked to. Their windows differ, and so do
the values:

* :func:`for_videogpt` -- squeezed to 224 x 224, [-1, 1] (VideoGPT, TATS, cd-fvd).
* :func:`cropped` -- shorter side to 224, centre square, [-1, 1] (common_metrics_on_video_quality).
* ``rescale=True, resize=True`` on 0 to 255 (StyleGAN-V itself), ``rescale=False, resize=True`` on [0, 1] (LatentSync, which leaves the net
  half of the range it was trained on).

Source: Carreira and Zisserman, CVPR 2017; Unterthiner et al., arXiv 1812.01717 (FVD); wilson1yan/VideoGPT ``fvd``, cd-fvd 0.1.1;
universome/stylegan-v ``src/metrics/frechet_video_distance.py``; JunyaoHu/common_metrics_on_video_quality ``fvd/styleganv/fvd.py``.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional

from echo_bench.errors import EchoBenchError
from echo_bench.nets.loading import fold_norms
from echo_bench.nets.resize import as_images, bilinear, cover_and_crop

SIDE = 224
CLASSES = 400
SHORTEST = 9
"""Frames: fewer leave nothing to the pool over two steps of time."""

Triple = tuple[int, int, int]


def for_videogpt(windows: Tensor) -> Tensor:
    """Windows (B, T, H, W, 3) uint8 RGB as VideoGPT's code prepares them: (B, 3, T, 224, 224) float32 in [-1, 1]."""
    images = bilinear(_flat(windows), (SIDE, SIDE))
    return _windows(2 * images / 255 - 1, len(windows))


def cropped(windows: Tensor) -> Tensor:
    """Windows (B, T, H, W, 3) uint8 RGB, covered and cropped: (B, 3, T, 224, 224) float32 in [-1, 1]."""
    images = cover_and_crop(_flat(windows) / 255, SIDE)
    return _windows((images - 0.5) * 2, len(windows))


def as_windows(windows: Tensor) -> Tensor:
    """Windows (B, T, H, W, 3) uint8 RGB, at their size: (B, 3, T, H, W) float32, 0 to 255."""
    return _windows(_flat(windows), len(windows))


def _flat(windows: Tensor) -> Tensor:
    if windows.ndim != 5 or windows.shape[1] < SHORTEST:
        raise EchoBenchError(
            f"I3D takes windows (B, T, H, W, 3) of at least {SHORTEST} frames; got {tuple(windows.shape)}",
            fix="use a longer clip, or a protocol with a smaller stride between frames",
        )
    return as_images(windows.flatten(0, 1))


def _windows(images: Tensor, count: int) -> Tensor:
    return images.reshape(count, -1, *images.shape[1:]).transpose(1, 2)


def pad_same(x: Tensor, kernel: Triple, stride: Triple) -> Tensor:
    """Zeros on both ends of time and space so that the output has ``ceil(n / stride)`` steps; the odd one goes last (TensorFlow's SAME)."""
    pads: list[int] = []
    for length, window, step in zip(reversed(x.shape[2:]), reversed(kernel), reversed(stride), strict=True):
        total = max(window - (length % step or step), 0)
        pads += [total // 2, total - total // 2]
    return functional.pad(x, pads)


def pool(x: Tensor, kernel: Triple, stride: Triple) -> Tensor:
    """Maximum over windows, padded as :func:`pad_same`."""
    return functional.max_pool3d(pad_same(x, kernel, stride), kernel, stride)


class Unit3D(nn.Module):
    """Convolution over time and space with SAME padding, batch norm, ReLU."""

    def __init__(self, inputs: int, outputs: int, kernel: int = 1, stride: int = 1) -> None:
        super().__init__()
        self.kernel: Triple = (kernel, kernel, kernel)
        self.stride: Triple = (stride, stride, stride)
        self.conv3d = nn.Conv3d(inputs, outputs, self.kernel, self.stride, bias=False)
        self.bn = nn.BatchNorm3d(outputs)

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, T, H, W) to (B, outputs, T', H', W')."""
        return functional.relu(self.bn(self.conv3d(pad_same(x, self.kernel, self.stride))), inplace=True)


class Mixed(nn.Module):
    """Inception block: 1x1x1, two 3x3x3 branches behind bottlenecks, and a pooled branch."""

    def __init__(self, inputs: int, widths: tuple[int, int, int, int, int, int]) -> None:
        super().__init__()
        self.b0 = Unit3D(inputs, widths[0])
        self.b1a = Unit3D(inputs, widths[1])
        self.b1b = Unit3D(widths[1], widths[2], 3)
        self.b2a = Unit3D(inputs, widths[3])
        self.b2b = Unit3D(widths[3], widths[4], 3)
        self.b3b = Unit3D(inputs, widths[5])

    def forward(self, x: Tensor) -> Tensor:
        """(B, inputs, T, H, W) to (B, sum of the four branches, T, H, W)."""
        pooled = self.b3b(pool(x, (3, 3, 3), (1, 1, 1)))
        return torch.cat([self.b0(x), self.b1b(self.b1a(x)), self.b2b(self.b2a(x)), pooled], 1)


class Logits(nn.Module):
    """The classifier, a 1x1x1 convolution with bias."""

    def __init__(self) -> None:
        super().__init__()
        self.conv3d = nn.Conv3d(1024, CLASSES, 1)

    def forward(self, x: Tensor) -> Tensor:
        """(B, 1024, T, 1, 1) to (B, 400, T, 1, 1)."""
        logits: Tensor = self.conv3d(x)
        return logits


class I3D(nn.Module):
    """Inception-v1 inflated over time, up to the logits."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv3d_1a_7x7 = Unit3D(3, 64, 7, 2)
        self.Conv3d_2b_1x1 = Unit3D(64, 64)
        self.Conv3d_2c_3x3 = Unit3D(64, 192, 3)
        self.Mixed_3b = Mixed(192, (64, 96, 128, 16, 32, 32))
        self.Mixed_3c = Mixed(256, (128, 128, 192, 32, 96, 64))
        self.Mixed_4b = Mixed(480, (192, 96, 208, 16, 48, 64))
        self.Mixed_4c = Mixed(512, (160, 112, 224, 24, 64, 64))
        self.Mixed_4d = Mixed(512, (128, 128, 256, 24, 64, 64))
        self.Mixed_4e = Mixed(512, (112, 144, 288, 32, 64, 64))
        self.Mixed_4f = Mixed(528, (256, 160, 320, 32, 128, 128))
        self.Mixed_5b = Mixed(832, (256, 160, 320, 32, 128, 128))
        self.Mixed_5c = Mixed(832, (384, 192, 384, 48, 128, 128))
        self.logits = Logits()

    def forward(self, x: Tensor) -> Tensor:
        """Logits, averaged over what time is left.

        Parameters
        ----------
        x : Tensor of shape (B, 3, T, 224, 224)
            In [-1, 1], T at least 9.

        Returns
        -------
        Tensor of shape (B, 400)
        """
        x = pool(self.Conv3d_1a_7x7(x), (1, 3, 3), (1, 2, 2))
        x = pool(self.Conv3d_2c_3x3(self.Conv3d_2b_1x1(x)), (1, 3, 3), (1, 2, 2))
        x = pool(self.Mixed_3c(self.Mixed_3b(x)), (3, 3, 3), (2, 2, 2))
        x = self.Mixed_4f(self.Mixed_4e(self.Mixed_4d(self.Mixed_4c(self.Mixed_4b(x)))))
        x = self.Mixed_5c(self.Mixed_5b(pool(x, (2, 2, 2), (2, 2, 2))))
        x = self.logits(functional.avg_pool3d(x, (2, 7, 7), stride=1))
        return x.mean((2, 3, 4))


def build(state: Mapping[str, Tensor]) -> I3D:
    """The net with the parameters of ``i3d_pretrained_400.pt``, its norms folded, in eval mode."""
    net = I3D().eval()
    net.load_state_dict(state)
    fold_norms(net, conv="conv3d")
    return net


def load_script(path: Path) -> torch.jit.ScriptModule:
    """StyleGAN-V's TorchScript detector.

    Parameters
    ----------
    path : Path
        TorchScript is code: only a file whose sha256 was checked may come here.

    Returns
    -------
    ScriptModule
        Takes (B, 3, T, H, W) and ``rescale``, ``resize``, ``return_features``; gives (B, 400) with the last of them true.

    Raises
    ------
    EchoBenchError
        When the file is no TorchScript.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # the file was published so, in 2022
            script: torch.jit.ScriptModule = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]
    except RuntimeError as error:
        reason = str(error).splitlines()[0]
        raise EchoBenchError(
            f"is no TorchScript: {reason}", where=path, fix="put the official file in its place"
        ) from error
    return script.eval()

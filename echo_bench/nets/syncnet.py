"""SyncNet v2: 0.2 s of mouth and 0.2 s of sound into one space of 1024 dimensions.

Conventions
-----------
:class:`SyncNet` has the layers and names of the published file ``syncnet_v2.model``, which loads with ``strict=True``. For inference
:func:`lip_tower` and :func:`audio_tower` make faster nets with the same outputs: the first layer alone looks along time, so five frames
become the channels of one picture, and every normalisation goes into the layer before it (3e-6 of the output, 1.4 times as fast).

Sources: Chung and Zisserman, "Out of time: automated lip sync in the wild", ACCV-W 2016; joonson/syncnet_python, SyncNetModel.py (6efbb1c).
"""

from __future__ import annotations

from typing import cast

from torch import Tensor, nn
from torch.nn.utils.fusion import fuse_conv_bn_eval, fuse_linear_bn_eval

WINDOW = 5
"""Frames that one embedding sees."""

FEATURES = 1024


class SyncNet(nn.Module):
    """Both towers, as published."""

    def __init__(self) -> None:
        super().__init__()
        self.netcnnaud = nn.Sequential(
            *_layer2d(1, 64, (3, 3), padding=(1, 1)), nn.MaxPool2d((1, 1), (1, 1)),
            *_layer2d(64, 192, (3, 3), padding=(1, 1)), nn.MaxPool2d((3, 3), (1, 2)),
            *_layer2d(192, 384, (3, 3), padding=(1, 1)),
            *_layer2d(384, 256, (3, 3), padding=(1, 1)),
            *_layer2d(256, 256, (3, 3), padding=(1, 1)), nn.MaxPool2d((3, 3), (2, 2)),
            *_layer2d(256, 512, (5, 4)),
        )  # fmt: skip
        self.netfcaud = _head()
        self.netfclip = _head()
        self.netcnnlip = nn.Sequential(
            *_layer3d(3, 96, (5, 7, 7), stride=2), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_layer3d(96, 256, (1, 5, 5), stride=2, padding=1), nn.MaxPool3d((1, 3, 3), (1, 2, 2), (0, 1, 1)),
            *_layer3d(256, 256, (1, 3, 3), padding=1),
            *_layer3d(256, 256, (1, 3, 3), padding=1),
            *_layer3d(256, 256, (1, 3, 3), padding=1), nn.MaxPool3d((1, 3, 3), (1, 2, 2)),
            *_layer3d(256, 512, (1, 6, 6)),
        )  # fmt: skip

    def forward_lip(self, frames: Tensor) -> Tensor:
        """Embed mouths.

        Parameters
        ----------
        frames : Tensor of shape (N, 3, 5, 224, 224), float32
            **BGR**, in 0..255.

        Returns
        -------
        Tensor of shape (N, 1024)
        """
        return cast(Tensor, self.netfclip(self.netcnnlip(frames).flatten(1)))

    def forward_aud(self, sound: Tensor) -> Tensor:
        """Embed sound.

        Parameters
        ----------
        sound : Tensor of shape (N, 1, 13, 20), float32
            MFCC (:mod:`echo_metrics.mfcc`) of int16 samples at 16 kHz.

        Returns
        -------
        Tensor of shape (N, 1024)
        """
        return cast(Tensor, self.netfcaud(self.netcnnaud(sound).flatten(1)))


def lip_tower(net: SyncNet) -> nn.Sequential:
    """The lip tower for inference.

    Parameters
    ----------
    net : SyncNet
        In evaluation mode.

    Returns
    -------
    nn.Sequential
        Takes (N, 15, 224, 224) float32 in 0..255: five **RGB** frames, channel ``3 t + c``, in any memory format (channels_last is the
        fast one); gives (N, 1024).
    """
    flat = [_flat(layer) for layer in net.netcnnlip]
    return nn.Sequential(*_fused(flat), nn.Flatten(1), *_fused(list(net.netfclip)))


def audio_tower(net: SyncNet) -> nn.Sequential:
    """The audio tower for inference: the input and output of :meth:`SyncNet.forward_aud`; `net` must be in evaluation mode."""
    return nn.Sequential(*_fused(list(net.netcnnaud)), nn.Flatten(1), *_fused(list(net.netfcaud)))


def _layer2d(inputs: int, outputs: int, kernel: tuple[int, int], padding: tuple[int, int] = (0, 0)) -> list[nn.Module]:
    return [nn.Conv2d(inputs, outputs, kernel, padding=padding), nn.BatchNorm2d(outputs), nn.ReLU(inplace=True)]


def _layer3d(
    inputs: int, outputs: int, kernel: tuple[int, int, int], stride: int = 1, padding: int = 0
) -> list[nn.Module]:
    """Strides and padding are spatial."""
    conv = nn.Conv3d(inputs, outputs, kernel, (1, stride, stride), (0, padding, padding))
    return [conv, nn.BatchNorm3d(outputs), nn.ReLU(inplace=True)]


def _head() -> nn.Sequential:
    return nn.Sequential(nn.Linear(512, 512), nn.BatchNorm1d(512), nn.ReLU(), nn.Linear(512, FEATURES))


def _flat(layer: nn.Module) -> nn.Module:
    """A layer of the lip tower without its axis of time, which is 5 long before the first layer and 1 after it."""
    if isinstance(layer, nn.Conv3d):
        return _flat_conv(layer)
    if isinstance(layer, nn.BatchNorm3d):
        norm = nn.BatchNorm2d(layer.num_features, layer.eps)
        norm.load_state_dict(layer.state_dict())
        return norm.eval()
    if isinstance(layer, nn.MaxPool3d):
        kernel, stride, padding = (_spatial(size) for size in (layer.kernel_size, layer.stride, layer.padding))
        return nn.MaxPool2d(kernel, stride, padding)
    return layer


def _flat_conv(layer: nn.Conv3d) -> nn.Conv2d:
    depth, height, width = layer.kernel_size
    inputs = layer.in_channels * depth
    flat = nn.Conv2d(inputs, layer.out_channels, (height, width), _spatial(layer.stride), _spatial(layer.padding))
    weight = layer.weight.detach()
    if depth == WINDOW:
        weight = weight.flip(1)  # the published net sees BGR, ours RGB
    flat.weight = nn.Parameter(weight.transpose(1, 2).reshape(layer.out_channels, inputs, height, width))
    flat.bias = layer.bias
    return flat.eval()


def _spatial(size: object) -> tuple[int, int]:
    _, height, width = cast(tuple[int, int, int], size if isinstance(size, tuple) else (size,) * 3)
    return height, width


def _fused(layers: list[nn.Module]) -> list[nn.Module]:
    """Layers with each normalisation folded into the convolution or matrix before it."""
    done: list[nn.Module] = []
    for layer in layers:
        last = done[-1] if done else None
        if isinstance(layer, nn.BatchNorm2d) and isinstance(last, nn.Conv2d):
            done[-1] = fuse_conv_bn_eval(last, layer)
        elif isinstance(layer, nn.BatchNorm1d) and isinstance(last, nn.Linear):
            done[-1] = fuse_linear_bn_eval(last, layer)
        else:
            done.append(layer)
    return done

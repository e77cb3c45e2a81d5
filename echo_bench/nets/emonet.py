"""EmoNet: eight expressions, valence and arousal from a face, on top of a face-alignment network.

Parameters have the names of ``emonet_8.pth``; that file carries the prefix ``module.`` of the machine it was trained on and leaves out
counters of batches: :func:`load` takes both into account, and nothing else may be missing.

Sources: face-analysis/emonet, emonet/models/emonet.py, demo.py; Toisoul et al., Nature Machine Intelligence 3 (2021).
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.resize import as_images

SIDE = 256
CLASSES = ("neutral", "happy", "sad", "surprise", "fear", "disgust", "anger", "contempt")
WIDTH, POINTS, DEPTH, STACKS = 256, 68, 4, 2


class ConvBlock(nn.Module):
    """Three convolutions whose outputs stand side by side, beside the input."""

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        half, quarter = outputs // 2, outputs // 4
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, half, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(half)
        self.conv2 = nn.Conv2d(half, quarter, 3, padding=1, bias=False)
        self.bn3 = nn.BatchNorm2d(quarter)
        self.conv3 = nn.Conv2d(quarter, quarter, 3, padding=1, bias=False)
        self.downsample = nn.Sequential()
        if inputs != outputs:
            self.downsample.extend([nn.BatchNorm2d(inputs), nn.ReLU(), nn.Conv2d(inputs, outputs, 1, bias=False)])

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H, W)``."""
        wide = self.conv1(F.relu(self.bn1(x)))
        middle = self.conv2(F.relu(self.bn2(wide)))
        narrow = self.conv3(F.relu(self.bn3(middle)))
        summed: Tensor = torch.cat((wide, middle, narrow), dim=1) + self.downsample(x)
        return summed


class HourGlass(nn.Module):
    """Down four levels and up again, adding each level's own way."""

    def __init__(self) -> None:
        super().__init__()
        for level in range(DEPTH, 0, -1):
            for part in ("b1", "b2", "b3"):
                setattr(self, f"{part}_{level}", ConvBlock(WIDTH, WIDTH))
        self.b2_plus_1 = ConvBlock(WIDTH, WIDTH)

    def forward(self, x: Tensor, level: int = DEPTH) -> Tensor:
        """``(N, 256, H, W)`` to the same; H and W divide by 16."""
        low = getattr(self, f"b2_{level}")(F.max_pool2d(x, 2))
        low = self.b2_plus_1(low) if level == 1 else self(low, level - 1)
        low = getattr(self, f"b3_{level}")(low)
        beside: Tensor = getattr(self, f"b1_{level}")(x)
        return beside + F.interpolate(low, scale_factor=2)


class EmoNet(nn.Module):
    """The net from a normalised face (:func:`normalise`) to ten numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3)
        self.bn1 = nn.BatchNorm2d(64)
        self.conv2, self.conv3, self.conv4 = ConvBlock(64, 128), ConvBlock(128, 128), ConvBlock(128, WIDTH)
        for stack in range(STACKS):
            setattr(self, f"m{stack}", HourGlass())
            setattr(self, f"top_m_{stack}", ConvBlock(WIDTH, WIDTH))
            setattr(self, f"conv_last{stack}", nn.Conv2d(WIDTH, WIDTH, 1))
            setattr(self, f"bn_end{stack}", nn.BatchNorm2d(WIDTH))
            setattr(self, f"l{stack}", nn.Conv2d(WIDTH, POINTS, 1))
        self.bl0 = nn.Conv2d(WIDTH, WIDTH, 1)
        self.al0 = nn.Conv2d(POINTS, WIDTH, 1)
        self.conv1x1_input_emo_2 = nn.Conv2d(WIDTH * (STACKS + 1), WIDTH, 1)
        self.emo_net_2 = nn.Sequential(*(part for _ in range(4) for part in (ConvBlock(WIDTH, WIDTH), nn.MaxPool2d(2))))
        head = (nn.Linear(WIDTH, 128), nn.BatchNorm1d(128), nn.ReLU(), nn.Linear(128, len(CLASSES) + 2))
        self.emo_fc_2 = nn.Sequential(*head)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 3, 256, 256)`` to ``(N, 10)``: a logit for each of :data:`CLASSES`, then valence and arousal, not clipped."""
        x = F.relu(self.bn1(self.conv1(x)))
        trunk = self.conv4(self.conv3(F.max_pool2d(self.conv2(x), 2)))
        first, heat = self._stack(trunk, 0)
        first = self.bl0(first)
        second, heat = self._stack(trunk + first + self.al0(heat), 1)
        attended = torch.cat((first, second), dim=1) * heat.sum(dim=1, keepdim=True)
        y = self.emo_net_2(self.conv1x1_input_emo_2(torch.cat((trunk, attended), dim=1)))
        found: Tensor = self.emo_fc_2(F.avg_pool2d(y, 4).flatten(1))
        return found

    def _stack(self, x: Tensor, index: int) -> tuple[Tensor, Tensor]:
        """One hourglass: its features and the heat maps of the 68 points."""
        y = getattr(self, f"top_m_{index}")(getattr(self, f"m{index}")(x))
        y = F.relu(getattr(self, f"bn_end{index}")(getattr(self, f"conv_last{index}")(y)))
        return y, getattr(self, f"l{index}")(y)


def load(state: Mapping[str, Tensor]) -> EmoNet:
    """The net with the parameters of ``emonet_8.pth``.

    Raises
    ------
    RuntimeError
        When anything but counters of batches is missing, or anything is too much.
    """
    net = EmoNet()
    counters = {name: value for name, value in net.state_dict().items() if name.endswith("num_batches_tracked")}
    net.load_state_dict(counters | {name.removeprefix("module."): value for name, value in state.items()})
    return net.eval()


def normalise(faces: Tensor) -> Tensor:
    """RGB faces ``(N, 256, 256, 3)`` uint8 to ``(N, 3, 256, 256)`` in [0, 1]; no mean is taken off."""
    return as_images(faces) / 255

"""The frame attention network of EAMM's and EAT's Acc_emo: which of eight emotions a *video* shows.

A ResNet-18 sees every frame; each frame weighs by how telling it is (alpha), and by how it relates to the others (beta). One decision per
video. Parameters have the names of Emotion-FAN's checkpoints; those of a net that was trained on several cards carry ``module.``.

Acc_emo needs the checkpoint that was trained on MEAD: with AFEW's, or with an untrained head, its numbers are noise.

Sources: Open-Debin/Emotion-FAN, code/networks.py (ResNet_AT, self_relation-attention); yuangan/evaluation_eat, code/_acc_test.py; Meng et
al., ICIP 2019.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.resize import as_images

SIDE = 224
CLASSES = ("happy", "anger", "disgust", "fear", "sad", "neutral", "surprise", "contempt")
"""The order of the MEAD checkpoint's outputs."""

WIDTHS = (64, 128, 256, 512)


class BasicBlock(nn.Module):
    """Two convolutions beside the input, scaled where it must be."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.downsample = nn.Sequential()
        if stride > 1 or inputs != outputs:
            self.downsample.extend([nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs)])

    def forward(self, x: Tensor) -> Tensor:
        """``(N, inputs, H, W)`` to ``(N, outputs, H / stride, W / stride)``."""
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(y + self.downsample(x))


class EmotionFan(nn.Module):
    """The net.

    Parameters
    ----------
    classes : int, default 8
        7 for AFEW's checkpoint.
    """

    def __init__(self, classes: int = len(CLASSES)) -> None:
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        inputs = 64
        for level, width in enumerate(WIDTHS, start=1):
            first = BasicBlock(inputs, width, 1 if level == 1 else 2)
            setattr(self, f"layer{level}", nn.Sequential(first, BasicBlock(width, width, 1)))
            inputs = width
        self.alpha = nn.Sequential(nn.Linear(512, 1), nn.Sigmoid())
        self.beta = nn.Sequential(nn.Linear(1024, 1), nn.Sigmoid())
        self.pred_fc1 = nn.Linear(512, classes)  # of the variant without beta; in every checkpoint
        self.pred_fc2 = nn.Linear(1024, classes)

    def frames(self, x: Tensor) -> Tensor:
        """Features ``(N, 512)`` of normalised frames ``(N, 3, 224, 224)`` (:func:`normalise`)."""
        x = F.max_pool2d(F.relu(self.bn1(self.conv1(x))), 3, 2, 1)
        for level in range(1, 5):
            x = getattr(self, f"layer{level}")(x)
        return x.mean(dim=(2, 3))

    def video(self, features: Tensor) -> Tensor:
        """One decision from the features of all frames of a video.

        Parameters
        ----------
        features : Tensor of shape (T, 512)

        Returns
        -------
        Tensor of shape (classes,)
            Logits.

        Notes
        -----
        The official evaluation divides by the sum of alpha beta but weighs by alpha alone, where training weighs by both: kept, since the
        published numbers are made so.
        """
        alpha = self.alpha(features)
        mean = (features * alpha).sum(dim=0) / alpha.sum()
        related = torch.cat((features, mean.expand_as(features)), dim=1)
        pooled = (related * alpha).sum(dim=0) / (alpha * self.beta(related)).sum()
        logits: Tensor = self.pred_fc2(pooled)
        return logits


def load(state: Mapping[str, Tensor], classes: int = len(CLASSES)) -> EmotionFan:
    """The net with the parameters of a checkpoint.

    Raises
    ------
    RuntimeError
        When its names or shapes are others: another kind of attention, or another number of classes.
    """
    net = EmotionFan(classes)
    net.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    return net.eval()


def normalise(faces: Tensor) -> Tensor:
    """RGB faces ``(N, 224, 224, 3)`` uint8 to ``(N, 3, 224, 224)`` in [0, 1]; no mean is taken off."""
    return as_images(faces) / 255

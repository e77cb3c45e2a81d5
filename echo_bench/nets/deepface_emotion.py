"""DeepFace's net of seven facial expressions (FER2013), on 48 x 48 grey pixels.

Parameters have the names of ``facial_expression_model_weights.pth``, which loads with ``strict=True``.

Sources: serengil/deepface 0.0.103, deepface/models/demography/pytorch/Emotion.py, modules/preprocessing.py (resize_image).
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.resize import as_images, bilinear

SIDE = 48
BETWEEN = 224
CLASSES = ("anger", "disgust", "fear", "happy", "sad", "surprise", "neutral")
GREY = (0.299, 0.587, 0.114)


class EmotionModel(nn.Module):
    """The net from grey faces (:func:`normalise`) to probabilities."""

    def __init__(self) -> None:
        super().__init__()
        self.conv_1 = nn.Conv2d(1, 64, 5)
        self.conv_2 = nn.Conv2d(64, 64, 3)
        self.conv_3 = nn.Conv2d(64, 64, 3)
        self.conv_4 = nn.Conv2d(64, 128, 3)
        self.conv_5 = nn.Conv2d(128, 128, 3)
        self.fc_1 = nn.Linear(128, 1024)
        self.fc_2 = nn.Linear(1024, 1024)
        self.fc_3 = nn.Linear(1024, len(CLASSES))

    def forward(self, x: Tensor) -> Tensor:
        """``(N, 1, 48, 48)`` in [0, 1] to the probability of each of :data:`CLASSES`, ``(N, 7)``."""
        x = F.max_pool2d(F.relu(self.conv_1(x)), 5, 2)
        x = F.avg_pool2d(F.relu(self.conv_3(F.relu(self.conv_2(x)))), 3, 2)
        x = F.avg_pool2d(F.relu(self.conv_5(F.relu(self.conv_4(x)))), 3, 2)
        x = F.relu(self.fc_2(F.relu(self.fc_1(x.flatten(1)))))
        return torch.softmax(self.fc_3(x), dim=1)


def normalise(face: Tensor) -> Tensor:
    """What DeepFace makes of a face of any size.

    Parameters
    ----------
    face : Tensor of shape (H, W, 3), uint8
        RGB.

    Returns
    -------
    Tensor of shape (1, 48, 48), float32
        In [0, 1]: scaled to fit 224 x 224 with its aspect kept, black around it, grey, scaled again; both times bilinear without
        antialiasing.
    """
    picture = as_images(face[None]) / 255
    factor = BETWEEN / max(face.shape[:2])
    height, width = (int(side * factor) for side in face.shape[:2])
    picture = bilinear(picture, (height, width))
    top, left = (BETWEEN - height) // 2, (BETWEEN - width) // 2
    picture = F.pad(picture, (left, BETWEEN - width - left, top, BETWEEN - height - top))
    grey = (picture * torch.tensor(GREY, device=face.device)[:, None, None]).sum(dim=1, keepdim=True)
    return bilinear(grey, (SIDE, SIDE))[0]

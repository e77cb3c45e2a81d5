"""syncnet-eb: 0.2 s of mouth and 0.2 s of sound into one space, where what belongs together is near.

Same task and windows as SyncNet (:mod:`echo_bench.nets.syncnet`): five frames at 25 fps against 20 steps of 10 ms. What differs keeps a net
that has only seen rendered faces useful on others: the mouth is grey, and what stays the same for two seconds is taken off it, so
nothing of skin, beard or light is left but how they move; the sound is log-mel at a normalised level.

Embeddings are directions of length 1 / sqrt(2) beside a constant of the same length. Two that have nothing in common are so at distance 1,
just as far as the zero rows with which the LSE protocol pads the sound: the ends of a short clip pull neither way.

Trained to pick the right sound of a moment out of those around it: Chung, Chung and Kang, "Perfect match", ICASSP 2019.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.faces.mouths import WINDOW
from echo_bench.nets.trunk import Reader, Trunk

SIDE = 48
BANDS, STEPS = 40, 20
FEATURES = 64
RATE, WIDTH, STEP, SIZE = 16000, 400, 160, 512
LOUD = 0.95
"""Share of the steps of a clip that are no louder than its level."""

FLAT, SCALE = 8.0, 1.3
"""Least contrast of a mouth in grey levels; what a movement as strong as the contrast counts."""


class SyncNetEB(nn.Module):
    """Both towers."""

    def __init__(self) -> None:
        super().__init__()
        self.lip = Reader(Trunk(2 * WINDOW - 1, 4, (32, 64)), 64, (SIDE // 8) ** 2, 128)
        self.audio = Reader(Trunk(1, 2, (24, 48, 64)), 64, (BANDS // 8) * (STEPS // 8), 128)
        self.lip_head, self.audio_head = nn.Linear(128, FEATURES), nn.Linear(128, FEATURES)

    def forward_lip(self, windows: Tensor) -> Tensor:
        """Embed mouths.

        Parameters
        ----------
        windows : Tensor of shape (N, 6, 48, 48), float32
            As :class:`echo_bench.faces.mouths.MouthRun` gives them.

        Returns
        -------
        Tensor of shape (N, 65)
        """
        still = windows[:, WINDOW:]
        contrast = still.std(dim=(2, 3), keepdim=True).clamp_min(FLAT)
        moved = SCALE * (windows[:, :WINDOW] - still) / contrast
        return embedded(self.lip_head(self.lip(torch.cat([moved, 2 * moved.diff(dim=1)], dim=1))))

    def forward_audio(self, sound: Tensor) -> Tensor:
        """``(N, 40, 20)`` float32 of :func:`log_mel` to ``(N, 65)``."""
        return embedded(self.audio_head(self.audio(sound[:, None])))


def embedded(rows: Tensor) -> Tensor:
    """Directions of `rows` (N, 64) beside the constant, (N, 65) of length 1."""
    half = 0.5**0.5
    directions = half * F.normalize(rows, dim=1)
    return torch.cat([directions, directions.new_full((len(rows), 1), half)], dim=1)


def log_mel(waveform: NDArray[np.floating[Any]]) -> NDArray[np.float32]:
    """Log energies of 40 mel bands each 10 ms, loud speech at about 0.

    Parameters
    ----------
    waveform : ndarray of shape (samples,)
        Mono at 16 kHz.

    Returns
    -------
    ndarray of shape (40, steps), float32
        Step k hears the 25 ms that begin at ``k / 100`` s; natural logarithm, halved, not below -4.
    """
    count = max(0, 1 + (len(waveform) - WIDTH) // STEP)
    if not count:
        return np.empty((BANDS, 0), np.float32)
    windows = np.lib.stride_tricks.sliding_window_view(waveform, WIDTH)[::STEP][:count]
    power = np.abs(np.fft.rfft(windows * np.hanning(WIDTH), SIZE)) ** 2
    energy = power @ mel_bands().T
    loud = np.quantile(energy.mean(axis=1), LOUD)
    level = 0.5 * np.log(energy / max(float(loud), 1e-9) + 1e-6)
    return np.asarray(np.maximum(level, -4.0).T, np.float32)


def mel_bands() -> NDArray[np.float64]:
    """Triangular filters (40, 257) between 60 and 7600 Hz, even in mel (2595 log10(1 + f / 700))."""
    low, high = (2595 * np.log10(1 + f / 700) for f in (60.0, 7600.0))
    corners = 700 * (10 ** (np.linspace(low, high, BANDS + 2) / 2595) - 1)
    bins = np.arange(SIZE // 2 + 1) * RATE / SIZE
    rising = (bins - corners[:-2, None]) / (corners[1:-1] - corners[:-2])[:, None]
    falling = (corners[2:, None] - bins) / (corners[2:] - corners[1:-1])[:, None]
    return np.asarray(np.clip(np.minimum(rising, falling), 0, None))

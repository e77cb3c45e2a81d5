"""Silero VAD: the chance that someone speaks, every 32 ms; carried by a wheel of the package index.

A windowed Fourier transform as a convolution, four convolutions, an LSTM over the chunks. The parameters are read out of the TorchScript
file of release 6 (:func:`load`); the ``.safetensors`` in the same wheel holds the net of an earlier release, which answers differently.

Source: snakers4/silero-vad, src/silero_vad/data/silero_vad.jit and tinygrad_model.py (its own plain description of the net).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.device import inference

RATE = 16000
CHUNK = 512
"""Samples per probability: 32 ms."""

CONTEXT = 64
"""Samples before a chunk that the net sees with it."""

BINS = 129
PUBLISHED = {
    "stft_conv.weight": "stft.forward_basis_buffer",
    **{f"conv{i + 1}.{kind}": f"encoder.{i}.reparam_conv.{kind}" for i in range(4) for kind in ("weight", "bias")},
    **{f"lstm_cell.{kind}": f"decoder.rnn.{kind}" for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")},
    **{f"final_conv.{kind}": f"decoder.decoder.2.{kind}" for kind in ("weight", "bias")},
}
"""Our names of the parameters, and those in the file, below ``_model``."""


class SileroVad(nn.Module):
    """The net; :func:`speech_probability` runs it over a waveform."""

    def __init__(self) -> None:
        super().__init__()
        self.stft_conv = nn.Conv1d(1, 2 * BINS, 256, 128, bias=False)
        self.conv1 = nn.Conv1d(BINS, 128, 3, 1, 1)
        self.conv2 = nn.Conv1d(128, 64, 3, 2, 1)
        self.conv3 = nn.Conv1d(64, 64, 3, 2, 1)
        self.conv4 = nn.Conv1d(64, 128, 3, 1, 1)
        self.lstm_cell = nn.LSTMCell(128, 128)
        self.final_conv = nn.Conv1d(128, 1, 1)

    def encode(self, chunks: Tensor) -> Tensor:
        """Features ``(N, 128)`` of chunks with their context, ``(N, 576)``."""
        x = self.stft_conv(F.pad(chunks, (0, CONTEXT), mode="reflect").unsqueeze(1))
        x = (x[:, :BINS].square() + x[:, BINS:].square()).sqrt()
        for conv in (self.conv1, self.conv2, self.conv3, self.conv4):
            x = F.relu(conv(x))
        features: Tensor = x.squeeze(2)
        return features

    def forward(self, chunks: Tensor) -> Tensor:
        """Probability ``(N,)`` of speech in each of successive chunks with their context, ``(N, 576)``; the memory starts empty."""
        states, hidden = [], (torch.zeros(1, 128, device=chunks.device),) * 2
        for features in self.encode(chunks):
            hidden = self.lstm_cell(features[None], hidden)
            states.append(hidden[0])
        return torch.sigmoid(self.final_conv(F.relu(torch.cat(states)).unsqueeze(2))).flatten()


def load(path: Path) -> SileroVad:
    """The net with the parameters of ``silero_vad.jit``."""
    published = torch.jit.load(path, map_location="cpu").state_dict()  # type: ignore[no-untyped-call]
    net = SileroVad()
    net.load_state_dict({ours: published[f"_model.{theirs}"] for ours, theirs in PUBLISHED.items()})
    return net.eval()


def speech_probability(net: SileroVad, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """The chance of speech in each 32 ms of a sound.

    Parameters
    ----------
    net : SileroVad
    waveform : ndarray of shape (samples,), float32
        Mono, in [-1, 1], 16 kHz; the last chunk is filled with silence.

    Returns
    -------
    ndarray of shape (ceil(samples / 512),), float32
        In [0, 1].
    """
    samples = torch.from_numpy(np.asarray(waveform, np.float32))
    if not len(samples):
        return np.empty(0, np.float32)
    padded = F.pad(samples, (CONTEXT, -len(samples) % CHUNK))
    with inference():
        found = net(padded.unfold(0, CHUNK + CONTEXT, CHUNK).to(net.stft_conv.weight.device))
    return np.asarray(found.cpu().numpy(), np.float32)

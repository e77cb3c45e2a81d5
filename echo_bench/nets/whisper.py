"""Whisper tiny.en's encoder: what is said and how, 50 vectors of 384 per second; carried by a wheel of the package index.

Parameters have the names below ``encoder.`` in OpenAI's ``tiny.en.pt``; :func:`load` reads them out of the CTranslate2 file that the wheel
holds (float16; the decoder is left where it is). The encoder sees 30 s at a time, whatever is said in them: shorter sound is filled with
silence, longer sound is cut into pieces that know nothing of each other.

Source: openai/whisper, whisper/model.py and audio.py; Radford et al., arXiv 2212.04356.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional as F

from echo_bench.nets.ctranslate2_file import variables
from echo_bench.nets.device import inference

RATE = 16000
SECONDS = 30
HOP = 160
MELS, FFT = 80, 400
STEPS, WIDTH, HEADS, LAYERS = 1500, 384, 6, 4
ROWS_PER_SECOND = 50


class Attention(nn.Module):
    """Self-attention; the keys have no offset."""

    def __init__(self) -> None:
        super().__init__()
        self.query = nn.Linear(WIDTH, WIDTH)
        self.key = nn.Linear(WIDTH, WIDTH, bias=False)
        self.value = nn.Linear(WIDTH, WIDTH)
        self.out = nn.Linear(WIDTH, WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, steps, 384)`` to the same."""
        heads = [part(x).unflatten(2, (HEADS, -1)).transpose(1, 2) for part in (self.query, self.key, self.value)]
        mixed: Tensor = self.out(F.scaled_dot_product_attention(*heads).transpose(1, 2).flatten(2))
        return mixed


class Block(nn.Module):
    """Attention, then a layer of its own for each step."""

    def __init__(self) -> None:
        super().__init__()
        self.attn = Attention()
        self.attn_ln = nn.LayerNorm(WIDTH)
        self.mlp = nn.Sequential(nn.Linear(WIDTH, 4 * WIDTH), nn.GELU(), nn.Linear(4 * WIDTH, WIDTH))
        self.mlp_ln = nn.LayerNorm(WIDTH)

    def forward(self, x: Tensor) -> Tensor:
        """``(N, steps, 384)`` to the same."""
        x = x + self.attn(self.attn_ln(x))
        return x + self.mlp(self.mlp_ln(x))  # type: ignore[no-any-return]


class WhisperEncoder(nn.Module):
    """The encoder, from a log-mel spectrogram (:func:`log_mel`) to features."""

    positional_embedding: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.conv1 = nn.Conv1d(MELS, WIDTH, 3, padding=1)
        self.conv2 = nn.Conv1d(WIDTH, WIDTH, 3, stride=2, padding=1)
        self.register_buffer("positional_embedding", torch.zeros(STEPS, WIDTH))
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.ln_post = nn.LayerNorm(WIDTH)

    def forward(self, mel: Tensor) -> Tensor:
        """``(N, 80, 3000)`` to ``(N, 1500, 384)``."""
        x = F.gelu(self.conv2(F.gelu(self.conv1(mel)))).transpose(1, 2) + self.positional_embedding
        for block in self.blocks:
            x = block(x)
        features: Tensor = self.ln_post(x)
        return features


def load(path: Path) -> WhisperEncoder:
    """The encoder with the parameters of a CTranslate2 model of Whisper tiny or tiny.en.

    Raises
    ------
    WeightsHashError
        When the file is no such model.
    """
    found = {name: torch.from_numpy(value) for name, value in variables(path, "encoder/").items()}
    state = {"positional_embedding": found["position_encodings/encodings"]}
    for name in ("conv1", "conv2"):
        state |= {f"{name}.{kind}": found[f"{name}/{kind}"] for kind in ("weight", "bias")}
    state |= _norm("ln_post", found, "layer_norm")
    for index in range(LAYERS):
        state |= _block(f"blocks.{index}", found, f"layer_{index}")
    net = WhisperEncoder()
    net.load_state_dict(state)
    return net.eval()


def features(net: WhisperEncoder, waveform: NDArray[np.float32]) -> NDArray[np.float32]:
    """Features of a sound, 50 rows per second.

    Parameters
    ----------
    net : WhisperEncoder
    waveform : ndarray of shape (samples,), float32
        Mono, in [-1, 1], 16 kHz.

    Returns
    -------
    ndarray of shape (samples // 320, 384), float32
    """
    samples = torch.from_numpy(np.asarray(waveform, np.float32))
    pieces = []
    with inference():
        for piece in torch.split(samples, RATE * SECONDS):
            mel = log_mel(piece).to(net.conv1.weight.device)
            pieces.append(net(mel[None])[0, : len(piece) * ROWS_PER_SECOND // RATE].cpu())
    return np.asarray(torch.cat(pieces).numpy(), np.float32)


def log_mel(samples: Tensor) -> Tensor:
    """The spectrogram that Whisper was trained on.

    Parameters
    ----------
    samples : Tensor of shape (at most 480000,), float32
        16 kHz; filled with silence to 30 s.

    Returns
    -------
    Tensor of shape (80, 3000), float32
        Log10 of mel energies, cut 8 below the loudest, ``(x + 4) / 4``: a whisper and a shout look alike.
    """
    padded = F.pad(samples, (0, RATE * SECONDS - len(samples)))
    window = torch.hann_window(FFT)
    spectrum = torch.stft(padded, FFT, HOP, window=window, return_complex=True)[:, :-1].abs().square()
    mel = (torch.from_numpy(mel_filters()) @ spectrum).clamp(min=1e-10).log10()
    return (mel.clamp(min=float(mel.max()) - 8) + 4) / 4


@lru_cache
def mel_filters() -> NDArray[np.float32]:
    """Triangles of unit area on Slaney's mel scale (linear to 1 kHz, logarithmic above), ``(80, 201)``.

    Equal to ``librosa.filters.mel(sr=16000, n_fft=400, n_mels=80)``, from which Whisper's are.
    """
    step = np.log(6.4) / 27
    top = 15 + np.log(RATE / 2 / 1000) / step
    mels = np.linspace(0, top, MELS + 2)
    edges = np.where(mels < 15, mels * 200 / 3, 1000 * np.exp(step * (mels - 15)))
    rise = (np.fft.rfftfreq(FFT, 1 / RATE)[None] - edges[:, None]) / np.maximum(np.diff(edges, append=np.inf), 1e-9)[
        :, None
    ]
    fall = 1 - rise
    triangles = np.maximum(0, np.minimum(rise[:-2], fall[1:-1]))
    return np.asarray(triangles * (2 / (edges[2:] - edges[:-2]))[:, None], np.float32)


def _block(ours: str, found: dict[str, Tensor], theirs: str) -> dict[str, Tensor]:
    """One layer's parameters; CTranslate2 stacks query, key and value."""
    weights = found[f"{theirs}/self_attention/linear_0/weight"].chunk(3)
    biases = found[f"{theirs}/self_attention/linear_0/bias"].chunk(3)
    state = {f"{ours}.attn.{name}.weight": part for name, part in zip(("query", "key", "value"), weights, strict=True)}
    state |= {f"{ours}.attn.query.bias": biases[0], f"{ours}.attn.value.bias": biases[2]}
    linear = {"attn.out": "self_attention/linear_1", "mlp.0": "ffn/linear_0", "mlp.2": "ffn/linear_1"}
    for name, there in linear.items():
        state |= {f"{ours}.{name}.{kind}": found[f"{theirs}/{there}/{kind}"] for kind in ("weight", "bias")}
    return (
        state
        | _norm(f"{ours}.attn_ln", found, f"{theirs}/self_attention/layer_norm")
        | _norm(f"{ours}.mlp_ln", found, f"{theirs}/ffn/layer_norm")
    )


def _norm(ours: str, found: dict[str, Tensor], theirs: str) -> dict[str, Tensor]:
    return {f"{ours}.weight": found[f"{theirs}/gamma"], f"{ours}.bias": found[f"{theirs}/beta"]}

"""The inputs behind `vectors.json`: synthetic motion, reactions and sync embeddings, the same on every machine.

The official implementations were run on exactly these arrays, so every generator keeps the legacy `RandomState` stream and its order
of draws: a `numpy.random.Generator` would give other numbers and orphan the golden values.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

Floats = NDArray[np.floating]

#: Which listeners' reactions are appropriate for which speaker clip (rows: speaker clip, columns: listener clip).
NEIGHBOURS = np.array([[1, 0, 1, 0], [0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 1]])


def walk(seed: int, frames: int, dims: int, step: float = 0.05) -> Floats:
    """Random walk, (frames, dims) float64, with a constant offset per dimension drawn from `seed + 1000`."""
    path = RandomState(seed).randn(frames, dims).cumsum(axis=0) * step
    offset = 0.1 * RandomState(seed + 1000).randn(1, dims)
    return path + offset


def motion(
    lengths: Sequence[int], gt_seed: int, partner_seed: int, noise_seed: int
) -> tuple[list[Floats], list[Floats], list[Floats]]:
    """Ground truth, partner and prediction: one (T_i, 56) array per clip, DIM layout (pose 0:6, expression 6:56).

    Clip i draws from `seed + i`; the prediction is 0.7 of the truth plus 0.3 of an unrelated walk.
    """

    def clips(first_seed: int) -> list[Floats]:
        return [walk(first_seed + i, frames, 56) for i, frames in enumerate(lengths)]

    truth = clips(gt_seed)
    prediction = [0.7 * own + 0.3 * noise for own, noise in zip(truth, clips(noise_seed), strict=True)]
    return truth, clips(partner_seed), prediction


def smooth_uniform(seed: int, *shape: int) -> Floats:
    """U(0, 1) draws of `shape`, averaged over 5 steps of axis -2; beyond the ends the sequence counts as 0."""
    raw = RandomState(seed).rand(*shape)
    box = np.full(5, 1 / 5)
    return np.apply_along_axis(np.convolve, -2, raw, box, mode="same")


def reactions(
    pred_seed: int,
    listener_seed: int,
    speaker_seed: int,
    n: int = 4,
    samples: int = 3,
    frames: int = 120,
    dims: int = 25,
) -> tuple[Floats, Floats, Floats, NDArray[np.integer]]:
    """Prediction (n, samples, frames, dims), listener and speaker (n, frames, dims), all float32, and `NEIGHBOURS`.

    Each predicted sample is 0.6 of the true listener plus 0.4 of its own noise.
    """
    listener = smooth_uniform(listener_seed, n, frames, dims).astype(np.float32)
    speaker = smooth_uniform(speaker_seed, n, frames, dims).astype(np.float32)
    noise = smooth_uniform(pred_seed, n, samples, frames, dims).astype(np.float32)
    prediction = (0.6 * listener[:, None] + 0.4 * noise).astype(np.float32)
    return prediction, listener, speaker, NEIGHBOURS


def sync_features(
    seed: int, video_rows: tuple[int, int], audio_rows: tuple[int, int], noise: float = 0.3
) -> tuple[Floats, Floats]:
    """SyncNet-like video and audio embeddings, (40, 16) float32: two row ranges of one 60 x 16 draw, audio with added noise."""
    stream = RandomState(seed)
    base = stream.randn(60, 16)
    video = base[slice(*video_rows)]
    audio = base[slice(*audio_rows)] + noise * stream.randn(40, 16)
    return video.astype(np.float32), audio.astype(np.float32)

"""Synthetic footage for tests: known pixels and known sound, made with the suite's own encoder."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from echo_bench.media.encode import write_video

FPS = 25.0
RATE = 16000


def pattern(seed: int, frames: int, size: int = 64) -> NDArray[np.uint8]:
    """(T, size, size, 3) smooth, moving colours that differ by seed."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[0:size, 0:size] / size
    waves = rng.uniform(1, 3, (3, 3))
    t = np.arange(frames)[:, None, None] / FPS
    channels = [np.sin(2 * np.pi * (a * x + b * y + c * t)) for a, b, c in waves]
    return (127 + 100 * np.stack(channels, axis=-1)).astype(np.uint8)


def left_right_clips(folder: Path, names: tuple[str, ...], seconds: float) -> Path:
    """Side-by-side clips with sound, one for each name."""
    folder.mkdir(parents=True, exist_ok=True)
    frames = round(seconds * FPS)
    for index, name in enumerate(names):
        both = np.concatenate([pattern(2 * index, frames), pattern(2 * index + 1, frames)], axis=2)
        sound = np.random.default_rng(index).normal(0, 0.1, round(seconds * RATE)).astype(np.float32)
        write_video(folder / f"{name}.mp4", both, fps=FPS, audio=sound, audio_rate=RATE)
    return folder

"""Small files in the layouts of published datasets: made here, a few frames each."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np

from echo_bench.datasets.base import DATASETS, DatasetOptions
from echo_bench.datasets.prepare import examine
from echo_bench.media.encode import write_video


def video(path: Path, seconds: float = 0.4, width: int = 32, fps: float = 25.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    frames = np.full((round(seconds * fps), 32, width, 3), 90, np.uint8)
    write_video(path, frames, fps=fps)
    return path


def sound(path: Path, seconds: float = 0.4) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    samples = np.random.default_rng(0).integers(-999, 999, round(seconds * 16000), np.int16)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(16000)
        file.writeframes(samples.tobytes())
    return path


def text(path: Path, *lines: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    return path


def arrays(path: Path, **named: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.savez(path, **named)
    return path


def array(path: Path, values: np.ndarray) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, values)
    return path


def opened(name: str, root: Path, layout: str | None = None, manifest: Path | None = None):
    return DATASETS.get(name)(DatasetOptions(root, layout, manifest))


def defects(name: str, root: Path, split: str, layout: str | None = None) -> list[str]:
    return list(examine(opened(name, root, layout), split).defects)
